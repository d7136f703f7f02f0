import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { STORED, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { History, junit, type Verification, verifyEpoch, watch } from '../../ts/verify/index.ts'
import { type FakeChain, LOGS_OF_UPGRADE, sealed } from '../chain/fake-chain.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { missingShared, RECORDINGS, readRecording, realRuntime } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'

const NETUID = 1
/** The block of the last recorded epoch. */
const BLOCK = 33
const ABOUT = 'System.LastRuntimeUpgrade'
const SENTENCE = `block ${BLOCK - 1} is the last of spec 299: the next one runs spec 300 and its migrations first`

const folder = mkdtempSync(join(tmpdir(), 'yuma-upgrade-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Write = (writer: StorageWriter) => void

/** A recording whose last epoch is in the first block of its runtime, and what else its block may have stored. */
function upgraded(after: Write = () => {}): FakeChain {
  const chain = chainOf(readRecording(RECORDINGS[0]!))
  const write = (number: number, change: Write, logs?: readonly string[]): void => {
    const block = chain.at(number)!
    const parentHash = chain.at(number - 1)?.hash ?? block.parentHash
    const writer = new StorageWriter(realRuntime(300))
    for (const [key, value] of block.state) writer.state.set(key, value)
    change(writer)
    chain.put(sealed({ ...block, parentHash, state: writer.state, ...(logs === undefined ? {} : { logs }) }))
  }
  const ran299: Write = (writer) => writer.put(SYSTEM.lastRuntimeUpgrade, [], [299, 'node-subtensor'])
  write(BLOCK - 1, ran299, LOGS_OF_UPGRADE)
  write(BLOCK, (writer) => {
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [300, 'node-subtensor'])
    after(writer)
  })
  return chain
}

async function verified(chain: FakeChain, block: number = BLOCK): Promise<Verification> {
  const warnings: string[] = []
  await using server = await ChainServer.start(chain)
  await using connection = await connect(server.url, { onWarning: (message) => warnings.push(message) })
  const verification = await verifyEpoch(connection, await loadEngine(), { netuid: NETUID, block })
  expect(warnings).toEqual(block === BLOCK ? [SENTENCE] : [])
  return verification
}

/** One unit of a value more or less. */
function changed(writer: StorageWriter, key: string, byte: number): void {
  const bytes = Buffer.from(writer.state.get(key)!.slice(2), 'hex')
  bytes[byte]! ^= 1
  writer.state.set(key, `0x${bytes.toString('hex')}`)
}

describe.skipIf(missingShared !== undefined)('an epoch in the first block of a new runtime', () => {
  test('has a note of the migrations; those of other blocks have none', async () => {
    const verification = await verified(upgraded())
    expect(verification.outcome).toBe('equal')
    const [note] = verification.notes
    expect(note).toMatchObject({ kind: 'not-covered', about: ABOUT })
    expect(note!.text).toContain(SENTENCE)
    const earlier = await verified(upgraded(), 24)
    expect(earlier.notes.map(({ about }) => about)).not.toContain(ABOUT)
  })

  test('what a block writes is not comparable with what migrations may have changed; what epochs store is', async () => {
    const verification = await verified(
      upgraded((writer) => {
        changed(writer, writer.key(SUBNET.subnetAlphaInEmission, [NETUID]), 0)
        changed(writer, writer.key(STORED.consensus, [NETUID]), 1 + 2 * 9)
      }),
    )
    expect(verification.differences).toMatchObject([{ field: 'consensus', uid: 9 }])
    expect(verification.notComparable).toMatchObject([
      { field: 'SubnetAlphaInEmission', event: 'the migrations of spec 300', extrinsic: null },
    ])
  })

  test('keeps the note in JUnit and in the history', async () => {
    const verification = await verified(upgraded())
    expect(junit([verification])).toMatch(
      new RegExp(`<testcase [^>]*name="${ABOUT}"><skipped message="[^"]*spec 299`),
    )
    const file = join(folder, 'history.duckdb')
    await using server = await ChainServer.start(upgraded())
    await using chain = await connect(server.url, { onWarning: () => {} })
    {
      await using history = await History.open(file, 'a chain')
      const options = { history, since: BigInt(BLOCK), once: true, onVerification: () => {} }
      await watch(chain, await loadEngine(), options)
    }
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    try {
      const rows = await connection.runAndReadAll(`SELECT block, kind FROM notes WHERE about = '${ABOUT}'`)
      expect(rows.getRows()).toEqual([[BigInt(BLOCK), 'not-covered']])
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  })
})
