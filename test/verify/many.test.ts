/** `yuma verify --since`: a line for each epoch, a summary, and no silence about what cannot be. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { STORED } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { findEpochs, History, watch } from '../../ts/verify/index.ts'
import { type FakeChain, sealed } from '../chain/fake-chain.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'
import { lines } from '../cli/run.ts'
import { type Ran, yuma, yumaPath } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-many-'))
afterAll(() => rmSync(folder, { recursive: true }))

const recorded = (): FakeChain => chainOf(readRecording(RECORDINGS[0]!))

/** A recording with every consensus of one epoch a unit off. */
function broken(): FakeChain {
  const chain = recorded()
  const key = new StorageWriter(demoRuntime(300)).key(STORED.consensus, [1])
  const stored = chain.at(15)!
  const value = stored.state.get(key)!
  const digits = value.slice(4).replace(/(..)(..)/g, (_, low: string, high: string) => {
    const byte = Number.parseInt(low, 16) ^ 1
    return byte.toString(16).padStart(2, '0') + high
  })
  chain.put({ ...stored, state: new Map(stored.state).set(key, value.slice(0, 4) + digits) })
  return chain
}

async function verify(chain: FakeChain, ...args: readonly string[]): Promise<Ran> {
  await using server = await ChainServer.start(chain)
  return await yuma('verify', '--endpoint', server.url, ...args)
}

describe('many epochs', () => {
  test('are a line each, and what none of them covers is said once, at the end', async () => {
    const { code, out, err } = await verify(recorded(), '--since', '6', '--netuid', '1')
    expect([code, err]).toEqual([0, ''])
    const shown = lines(out)
    for (const [i, block] of [6, 15, 24, 33].entries()) {
      expect(shown[i]).toMatch(
        new RegExp(`^subnet 1, block ${block}, spec 300, 24 neurons: equal, \\d+ values$`),
      )
    }
    expect(shown[4]).toMatch(/^4 epochs of 1 subnet in blocks 6 to 33: 4 equal; 1,\d+ values compared$/)
    const open = shown.slice(5)
    for (const line of open) expect(line).toMatch(/^ {2}not covered in any of them: /)
    expect(new Set(open).size).toBe(open.length)
    expect(open).toHaveLength(2)
  })

  test('that differ are told in full, however many values there are', async () => {
    const { code, out } = await verify(broken(), '--since', '6', '--netuid', '1')
    expect(code).toBe(1)
    expect(out).toMatch(/^subnet 1, block 15, .*: DIFFERENT, \d+ values, 24 differ\n {2}field +netuid /m)
    expect(out.match(/^ {2}consensus +1 +\d+ /gm)).toHaveLength(24)
    expect(out).toMatch(/^4 epochs of 1 subnet in blocks 6 to 33: 3 equal, 1 different; /m)
  })

  test('have their whole reports with --verbose, and no summary as JSON', async () => {
    const { out } = await verify(recorded(), '--since', '24', '--netuid', '1', '--verbose')
    expect(out.match(/values compared, all equal/g)).toHaveLength(2)
    expect(out.match(/not covered: /g)).toHaveLength(4)
    const json = lines((await verify(recorded(), '--since', '24', '--json')).out)
    expect(json.map((line) => JSON.parse(line).block)).toEqual(['24', '33'])
  })

  test('none: said, with the blocks that were looked through', async () => {
    const chain = recorded()
    chain.forget(33)
    chain.finalized = 32
    const none = await verify(chain, '--since', '25')
    expect(none).toEqual({ code: 0, out: 'no epoch to check in blocks 25 to 32\n', err: '' })
  })

  test.each([
    [['--netuid', '7'], 'netuid: expected a subnet that has epochs and is there at block 5 or 33, found 7'],
    [
      ['--netuid', '1,7,9'],
      'netuid: expected a subnet that has epochs and is there at block 5 or 33, found 7, 9',
    ],
  ])('of a subnet that there is not: %j, exit code 2', async (args, message) => {
    for (const more of [[], ['--json']]) {
      const { code, out, err } = await verify(recorded(), '--since', '6', ...args, ...more)
      expect([code, out, err]).toEqual([2, '', `yuma: ${message}\n`])
    }
  })

  test('of blocks beyond the head: exit code 2', async () => {
    expect(await verify(recorded(), '--since', '34')).toEqual({
      code: 2,
      out: '',
      err: 'yuma: since: expected a block up to 33, the newest finalized one, found 34\n',
    })
  })

  test('have nothing of a password or a key in an address in what they say and keep', async () => {
    const chain = recorded()
    // The command asks for the hash of the first block, to tell chains apart: a recording has none.
    chain.put(sealed({ ...chain.at(5)!, number: 0 }))
    await using server = await ChainServer.start(chain)
    const url = `${server.url.replace('ws://', 'ws://alice77:hunter22@')}/v1/key-4711?apikey=token99`
    const file = join(folder, 'secrets.duckdb')
    const kept = await yuma('verify', '--since', '24', '--json', '--endpoint', url, '--history', file)
    expect(kept.code).toBe(0)
    // From now on nobody has the states any more: a watch says so, and waits.
    for (const block of [24, 32, 33]) chain.put({ ...chain.at(block)!, pruned: true })
    const args = [
      'verify',
      '--watch',
      '--since',
      '6',
      '--endpoint',
      url,
      '--history',
      join(folder, 'w.duckdb'),
    ]
    const child = spawn(process.execPath, [yumaPath(), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const before = said
      said += text
      // Once: a second time would not be waited for.
      if (said.includes('trying again') && !before.includes('trying again')) child.kill('SIGINT')
    })
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130)
    expect(said).toMatch(/127\.0\.0\.1:\d+\/…: state_\w+: has no state of that block.*; trying again\n/)
    const texts = [kept.out, kept.err, said, readFileSync(file, 'latin1')]
    for (const secret of ['alice77', 'hunter22', 'key-4711', 'token99'])
      for (const text of texts) expect(text).not.toContain(secret)
  })

  test('are the same to programs: typed errors, and how far a watch is', async () => {
    await using server = await ChainServer.start(recorded())
    await using chain = await connect(server.url)
    const engine = await loadEngine()
    const seen: bigint[] = []
    const options = { once: true, onVerification: () => {}, since: 6n }
    await expect(watch(engine, chain, { ...options, netuids: [1, 7] })).rejects.toMatchObject({
      code: 'input',
      field: 'netuid',
    })
    // One that goes on would wait for ever.
    await expect(watch(engine, chain, { ...options, once: false, netuids: [7] })).rejects.toMatchObject({
      code: 'input',
      field: 'netuid',
    })
    await using history = await History.open(join(folder, 'beyond.duckdb'), 'a chain')
    await expect(watch(engine, chain, { ...options, history, since: 1000n })).rejects.toMatchObject({
      code: 'input',
      field: 'since',
    })
    expect(await history.progress('all')).toBeUndefined()
    await watch(engine, chain, { ...options, onProgress: ({ block }) => seen.push(block) })
    expect(seen).toEqual([5n, 33n])
    expect(await findEpochs(chain, { after: 5n, to: 33n })).toHaveLength(4)
  })
})
