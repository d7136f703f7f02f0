import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { STORED, SYSTEM } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { FakeChain, sealed } from '../chain/fake-chain.ts'
import { provable } from '../chain/provable.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'
import { type Ran, yuma } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-verify-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A recording and a block more, in which nothing happens. */
function recorded(): FakeChain {
  const chain = chainOf(readRecording(RECORDINGS[0]!))
  const last = chain.at(chain.best)!
  const writer = new StorageWriter(last.runtime)
  writer.put(SYSTEM.number, [], chain.best + 1)
  const state = new Map([...last.state, ...writer.state])
  chain.put(sealed({ ...last, number: chain.best + 1, parentHash: last.hash, state }))
  return chain
}

/** The last recorded epoch with one consensus a unit off. */
function broken(): FakeChain {
  const chain = recorded()
  const stored = chain.at(33)!
  const key = new StorageWriter(demoRuntime(300)).key(STORED.consensus, [1])
  const value = stored.state.get(key)!
  const at = 2 + 2 * (1 + 2 * 9)
  const byte = Number.parseInt(value.slice(at, at + 2), 16) ^ 1
  const changed = value.slice(0, at) + byte.toString(16).padStart(2, '0') + value.slice(at + 2)
  chain.put({ ...stored, state: new Map(stored.state).set(key, changed) })
  return chain
}

async function verify(chain: FakeChain, ...args: readonly string[]): Promise<Ran> {
  await using server = await ChainServer.start(chain)
  return await yuma('verify', '--endpoint', server.url, ...args)
}

describe('yuma verify', () => {
  test('an equal epoch: exit code 0, what was compared, what is not covered', async () => {
    const { code, out, err } = await verify(recorded(), '--netuid', '1')
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/^subnet 1, block 33, spec 300, 24 neurons: equal\n/)
    expect(out).toMatch(/values compared, all equal/)
    expect(out).toMatch(/not covered: .*SubnetTAO/)
  })

  test('each recorded block by its number, as JSON', async () => {
    for (const block of [6, 15, 24, 33]) {
      const { code, out } = await verify(recorded(), '--netuid', '1', '--block', String(block), '--json')
      expect(code).toBe(0)
      expect(JSON.parse(out)).toMatchObject({
        schema: 'yuma-verification/1',
        netuid: 1,
        block: String(block),
        outcome: 'equal',
        differences: [],
      })
    }
  })

  test('with --prove: an equal epoch, by proofs alone', async () => {
    const chain = recorded()
    const numbers = [5, 6, 14, 15, 23, 24, 32, 33, 34]
    const proved = new FakeChain(provable(numbers.map((number) => chain.at(number)!)))
    await using server = await ChainServer.start(proved)
    const args = ['verify', '--endpoint', server.url, '--prove', '--netuid', '1', '--json']
    const one = await yuma(...args)
    expect(one).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(one.out)).toMatchObject({ netuid: 1, block: '33', outcome: 'equal', differences: [] })
    expect(server.counts.state_getReadProof).toBeGreaterThan(0)
    expect(server.counts.state_queryStorageAt).toBeUndefined()
  })

  test('a difference: exit code 1, named in the report, in JSON and in JUnit', async () => {
    const file = join(folder, 'report.xml')
    const { code, out } = await verify(broken(), '--netuid', '1', '--junit', file)
    expect(code).toBe(1)
    expect(out).toMatch(/DIFFERENT/)
    expect(out).toMatch(/^ {2}consensus +1 +9 .* weights +5[1-9A-HJ-NP-Za-km-z]{47}$/m)
    const xml = readFileSync(file, 'utf8')
    expect(xml).toMatch(/<testsuite name="subnet 1 block 33" tests="\d+" failures="1" skipped="2">/)
    expect(xml.match(/<failure /g)).toHaveLength(1)
    const json = JSON.parse((await verify(broken(), '--netuid', '1', '--json')).out)
    expect(json.outcome).toBe('different')
    expect(json.differences).toMatchObject([{ field: 'consensus', uid: 9, firstStep: 'weights' }])
  })

  test.each([
    ['no subnet', []],
    ['a subnet that cannot be', ['--netuid', '70000']],
    ['a block without an epoch', ['--netuid', '1', '--block', '34']],
    ['an option that is none', ['--netuid', '1', '--blok', '2']],
    ['a report that cannot be written', ['--netuid', '1', '--junit', '/nowhere/report.xml']],
  ])('%s: exit code 2', async (_, args) => {
    const { code, out, err } = await verify(recorded(), ...args)
    expect(err).toMatch(/^yuma: /)
    expect(out === '' || args.includes('--junit')).toBe(true)
    expect(code).toBe(2)
  })

  test('nobody there, and a block that the node does not have: exit code 3', async () => {
    expect((await yuma('verify', '--netuid', '1', '--endpoint', 'ws://127.0.0.1:9')).code).toBe(3)
    expect((await verify(recorded(), '--netuid', '1', '--block', '999')).code).toBe(3)
  })
})
