import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type CoinbaseState, coinbase425 } from '../../ts/verify/coinbase.ts'
import { blockEmission } from '../../ts/verify/fixed.ts'

const FOLDER = new URL('../vectors/dtao-spec425/', import.meta.url)

function read<T>(name: string): T {
  return JSON.parse(gunzipSync(readFileSync(new URL(`${name}.json.gz`, FOLDER))).toString('utf8')) as T
}

interface SimulatedSubnet {
  readonly netuid: number
  readonly mechanism: number
  readonly FirstEmissionBlockNumber: string | null
  readonly SubtokenEnabled: boolean
  readonly NetworkRegistrationAllowed: boolean
  readonly OwnerCutEnabled: boolean
  readonly SubnetAlphaIn: string
  readonly SubnetAlphaOut: string
  readonly SubnetMovingPrice: string
}

type Column = readonly string[]

interface SimulatedBlock {
  readonly SubnetAlphaIn: Column
  readonly SubnetAlphaOut: Column
  readonly alpha_in: Column
  readonly alpha_out: Column
  readonly moving_price: Column
  readonly pending_server: Column
  readonly pending_validator: Column
  readonly pending_root: Column
  readonly epochs_run: readonly number[]
  /** What happened before the block: kind and netuid first. */
  readonly ops: readonly (readonly unknown[])[]
}

interface Simulation {
  readonly header: {
    readonly SubnetOwnerCut: number
    readonly TaoWeight: string
    readonly root_SubnetTAO: string
  }
  readonly netuids: readonly number[]
  readonly subnets: readonly SimulatedSubnet[]
  readonly blocks: readonly SimulatedBlock[]
}

/** What the coinbase reads before a block of a simulation. */
function stateBefore({ header, subnets }: Simulation, before: SimulatedBlock | undefined): CoinbaseState {
  const network = { taoWeight: BigInt(header.TaoWeight), subnetOwnerCut: header.SubnetOwnerCut }
  const root = { netuid: 0, powAllowed: false, items: { subnetTao: BigInt(header.root_SubnetTAO) } }
  const all = subnets.map((subnet, i) => ({
    netuid: subnet.netuid,
    powAllowed: false,
    items: {
      firstEmissionBlockNumber:
        subnet.FirstEmissionBlockNumber === null ? null : BigInt(subnet.FirstEmissionBlockNumber),
      subtokenEnabled: subnet.SubtokenEnabled,
      networkRegistrationAllowed: subnet.NetworkRegistrationAllowed,
      ownerCutEnabled: subnet.OwnerCutEnabled,
      subnetMechanism: subnet.mechanism,
      subnetMovingPrice: BigInt(before?.moving_price[i] ?? subnet.SubnetMovingPrice),
      subnetAlphaIn: BigInt(before?.SubnetAlphaIn[i] ?? subnet.SubnetAlphaIn),
      subnetAlphaOut: BigInt(before?.SubnetAlphaOut[i] ?? subnet.SubnetAlphaOut),
    },
  }))
  // Of all items these are what it reads.
  return { network, subnets: [root, ...all] } as unknown as CoinbaseState
}

function pendingOf(block: SimulatedBlock | undefined, i: number): bigint {
  if (block === undefined) return 0n
  return (
    BigInt(block.pending_server[i]!) + BigInt(block.pending_validator[i]!) + BigInt(block.pending_root[i]!)
  )
}

describe('the coinbase of spec 425 against whole-block runs of the chain', () => {
  test.each(['sim_03', 'sim_08', 'sim_20', 'sim_64'])(
    '%s: what each block adds to pending amounts',
    (name) => {
      const simulation = read<Simulation>(name)
      let added = 0
      for (const [b, block] of simulation.blocks.entries()) {
        const before = simulation.blocks[b - 1]
        const state = stateBefore(simulation, before)
        for (const [i, netuid] of simulation.netuids.entries()) {
          // An epoch has drained them, or trades came between.
          if (block.epochs_run.includes(netuid) || block.ops.some(([, traded]) => traded === netuid)) continue
          const terms = coinbase425(state, netuid, BigInt(block.alpha_in[i]!))
          expect(pendingOf(block, i) - pendingOf(before, i), `block ${b} of ${netuid}`).toBe(
            terms?.pending ?? 0n,
          )
          if (terms !== undefined) expect(terms.alphaOut).toBe(BigInt(block.alpha_out[i]!))
          if (terms !== undefined) added++
        }
      }
      expect(simulation.blocks).toHaveLength(400)
      expect(added).toBeGreaterThan(500)
    },
  )

  test('the curve of emissions', () => {
    const { cases } = read<{
      cases: readonly { in: { issuance: string }; out: { emission: string | null } }[]
    }>('block_emission')
    for (const { in: input, out } of cases) {
      expect(blockEmission(BigInt(input.issuance))).toBe(BigInt(out.emission ?? 0))
    }
    expect(cases.length).toBeGreaterThan(100)
  })
})
