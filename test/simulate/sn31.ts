/** Finney's subnet 31 of August 2024, 100 epochs, as snapshots; see `/work/shared/real/README.md` where it is. */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type Snapshot, usualHyperparameters } from '../../ts/snapshot/index.ts'
import { RowsBuilder } from '../../ts/snapshot/rows.ts'

const FILE = fileURLToPath(new URL('../../../shared/real/finney-sn31-series/sn31.json.gz', import.meta.url))
/** The rules of the three snapshots that lie beside it. */
const SPEC = 300

/** Whether the series is there. */
export const hasSn31: boolean = existsSync(FILE)

interface Published {
  readonly stake_rao: readonly string[]
  readonly epochs: readonly {
    readonly block: number
    readonly weights: Readonly<Record<string, readonly (readonly [number, number])[]>>
    readonly last_update: readonly number[]
    readonly registered: readonly number[]
    readonly permit: readonly number[]
  }[]
}

/** The series, each snapshot the state before the epoch of the next block. */
export function sn31Series(): readonly Snapshot[] {
  const { stake_rao, epochs } = JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as Published
  const n = stake_rao.length
  const totalStake = BigUint64Array.from(stake_rao.flatMap((rao) => [0n, BigInt(rao)]))
  const none = { rowStart: new Uint32Array(n + 1), uid: new Uint16Array(0), value: new Uint16Array(0) }
  return epochs.map(({ block, weights, last_update, registered, permit }) => {
    const rows = new RowsBuilder()
    for (let uid = 0; uid < n; uid++) {
      for (const [to, value] of weights[uid] ?? []) rows.push(to, value)
      rows.endRow()
    }
    return {
      ...usualHyperparameters(SPEC),
      specVersion: SPEC,
      netuid: 31,
      n,
      block: BigInt(block + 1),
      lastMechanismStepBlock: BigInt(block - 360),
      commitRevealEnabled: false,
      stakeThreshold: 0n,
      maxAllowedValidators: 64,
      blockAtRegistration: BigUint64Array.from(registered, BigInt),
      totalStake,
      ownerUid: null,
      validatorPermit: Uint8Array.from(permit),
      emission: 1_000_000_000n,
      mechanismEmissionSplit: null,
      mechanisms: [
        {
          lastUpdate: BigUint64Array.from(last_update, BigInt),
          weights: rows.finish(),
          bonds: none,
          commitBlocks: new BigUint64Array(0),
        },
      ],
    }
  })
}
