/** The addon where there is too little memory: an error for each call, and the process goes on. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { networkPieces } from '../../ts/snapshot/index.ts'
import { checkBuilt } from '../cli/run.ts'
import { BLOCK, chainSnapshot, networkItems, subnetItems } from '../emission/network.ts'

const CHILD = fileURLToPath(new URL('limited.mjs', import.meta.url))
const missing = spawnSync('prlimit', ['--version']).status !== 0
if (missing) console.warn('skipped: no prlimit to take memory away with')

interface Line {
  readonly megabytes: number
  readonly digest?: string
  readonly error?: { readonly name: string; readonly message: string }
}

const folder = mkdtempSync(join(tmpdir(), 'yuma-limited-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A network whose state takes some tens of megabytes. */
function writeNetwork(path: string): void {
  const epoch = chainSnapshot(1, 4000)
  const subnets = Array.from({ length: 20 }, (_, i) => {
    const { subnet } = epoch
    return { netuid: i + 1, subnet, epoch: { ...epoch, netuid: i + 1 } }
  })
  const network = {
    specVersion: 425,
    blockHash: `0x${'ab'.repeat(32)}`,
    stateBlock: BLOCK,
    block: BLOCK + 1n,
    network: networkItems(),
    subnets: [{ netuid: 0, subnet: subnetItems(0, 0), epoch: null }, ...subnets],
    upgradedFrom: null,
    baskets: null,
    unread: [],
  }
  writeFileSync(path, [...networkPieces(network)].join(''))
}

const file = join(folder, 'network.json')

/** What came of a call, with ever more memory. */
function callsOf(name: string): readonly Line[] {
  // Without memory that the allocator has set aside from the beginning: a gigabyte of addresses.
  const env = { ...process.env, MIMALLOC_ARENA_RESERVE: '1' }
  const args = ['--expose-gc', CHILD, name, file]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  const lines = stdout.split('\n').slice(0, -1)
  console.info(
    name,
    lines.map((line) => line.slice(0, 120)),
  )
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' })
  return lines.map((line) => JSON.parse(line) as Line)
}

describe.skipIf(missing)('with little memory, and ever more', () => {
  beforeAll(() => {
    checkBuilt()
    writeNetwork(file)
  })

  test.each([
    ['epoch', 1],
    ['epoch, traced', 1],
    ['epochs, traced', 1],
    ['the reference', 1],
    ['open', 1],
    ['a recording', 1],
    // What was free before it is enough.
    ['columns', 0],
  ])('%s: an EngineError that says so, until it is done', (name, short) => {
    const lines = callsOf(name)
    const firstDone = lines.findIndex(({ error }) => error === undefined)
    expect(firstDone).toBeGreaterThanOrEqual(short)
    for (const { digest, error } of lines.slice(firstDone)) {
      expect(error).toBeUndefined()
      expect(digest).toBe(lines[firstDone]!.digest)
    }
    for (const { error } of lines.slice(0, firstDone))
      expect(error).toMatchObject({
        name: 'EngineError',
        message: expect.stringMatching(/not enough memory/),
      })
  })

  test('a proof: an EngineError that says so, until it is refused for what it is', () => {
    const names = callsOf('proof').map(({ error }) => error!.name)
    expect([names[0], names.at(-1)]).toEqual(['EngineError', 'ChainError'])
    expect(new Set(names).size).toBe(2)
  })
})
