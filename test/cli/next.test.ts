/** `yuma next`: of files, and of a chain that is served. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { next } from '../../ts/simulate/index.ts'
import { encodeSnapshot, networkPieces, packSections } from '../../ts/snapshot/index.ts'
import { BLOCK, chainSnapshot, networkSnapshot } from '../emission/network.ts'
import { checkBuilt, lines, yuma } from './run.ts'

const SUBNET = chainSnapshot(3, 16, 20, { items: { subnetAlphaOutEmission: 1_000_000_000n } })
const NETWORK = networkSnapshot(4)

let folder = ''
let subnetFile = ''
let networkFile = ''

beforeAll(() => {
  checkBuilt()
  folder = mkdtempSync(join(tmpdir(), 'yuma-'))
  subnetFile = join(folder, 'subnet.json.gz')
  networkFile = join(folder, 'network.json')
  writeFileSync(subnetFile, encodeSnapshot(packSections(SUBNET)))
  writeFileSync(networkFile, [...networkPieces(NETWORK)].join(''))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface NextJson {
  readonly schema: string
  readonly state_block: string
  readonly epochs: readonly string[]
  readonly deferrals: boolean
  readonly due: { readonly basis: string; readonly server: string }
  readonly epoch: { readonly server_emission: readonly string[] }
  readonly pay: readonly { readonly hotkey: string; readonly root_stakers: string }[]
  readonly seats: { readonly asked: readonly { readonly uid: number; readonly more: string | null }[] }
  readonly replacements: { readonly now: readonly number[] }
}

describe('of a file', () => {
  it('gives as JSON what next() gives', async () => {
    const { code, out, err } = yuma(['next', subnetFile, '--json', '--uid', '7,3', '--epochs', '2'])
    expect([code, err]).toEqual([0, ''])
    const [line] = lines(out)
    const json = JSON.parse(line!) as NextJson
    const found = next(await loadEngine(), await loadEmission(), SUBNET, { uids: [7, 3], epochs: 2 })
    expect(json.schema).toBe('yuma-next/1')
    expect(json.state_block).toBe(String(BLOCK))
    expect(json.epochs).toEqual(found.epochs.map(String))
    expect(json.due).toMatchObject({ basis: 'like the last block', server: String(found.due.server) })
    expect(json.epoch.server_emission).toEqual([...found.result.serverEmission].map(String))
    expect(json.pay.map(({ hotkey, root_stakers }) => [hotkey, root_stakers])).toEqual(
      found.pay!.map(({ hotkey, rootStakers }) => [hotkey, String(rootStakers)]),
    )
    expect(json.seats.asked.map(({ uid, more }) => [uid, more])).toEqual(
      found.seats.asked.map(({ uid, more }) => [uid, more === null ? null : String(more)]),
    )
    expect(json.replacements.now).toEqual(found.replacements!.now)
  })

  it('tells it to people, in lines of a terminal’s width', () => {
    const { code, out, err } = yuma(['next', subnetFile, '--hotkey', SUBNET.hotkeys[9]!])
    expect([code, err]).toEqual([0, ''])
    const all = lines(out)
    expect(all[0]).toBe('subnet 3, after block 8,000,000, spec 425, 16 neurons')
    expect(out).toMatch(/^next epochs: 8,000,\d{3}, 8,000,\d{3}, 8,000,\d{3} by the schedule/m)
    expect(out).toMatch(/^permits: \d+ of \d+; /m)
    expect(out).toMatch(/^ {2}uid 9 has [\d,.]+: it has a permit$/m)
    expect(out).toMatch(/^a registration costs /m)
    expect(out).toMatch(/^yields to stakers/m)
    for (const line of all.filter((line) => !line.startsWith('note: ')))
      expect(line.length, line).toBeLessThanOrEqual(100)
  })

  it('runs the blocks of a whole network', () => {
    const { code, out } = yuma(['next', networkFile, '--netuid', '2', '--json'])
    expect(code).toBe(0)
    const json = JSON.parse(out) as NextJson
    expect([json.deferrals, json.due.basis]).toEqual([true, 'blocks run'])
  })
})

describe('what means nothing', () => {
  it.each([
    [[], /no FILE and no --netuid given/],
    [['a.json', 'b.json'], /one FILE expected, 2 given/],
    [['NETWORK'], /a network file needs --netuid N/],
    [['NETWORK', '--netuid', '9'], /netuid: expected a subnet of the network/],
    [['SUBNET', '--netuid', '4'], /netuid: expected 3, found 4/],
    [['SUBNET', '--whole'], /--whole is of a node/],
    [['SUBNET', '--block', '5'], /--block is of a node/],
    [['SUBNET', '--uid', '16'], /uids at uid 16: expected a uid below 16/],
    [['SUBNET', '--hotkey', '5F'], /hotkey: expected a hotkey of the subnet, found 5F/],
    [['SUBNET', '--epochs', '0'], /--epochs: expected an integer from 1 to 100/],
    [['examples/subnet.json.gz'], /extra.chain: expected a snapshot read from a chain/],
  ])('%j', (args, message) => {
    const files: Readonly<Record<string, string>> = { NETWORK: networkFile, SUBNET: subnetFile }
    const { code, err } = yuma(['next', ...args.map((arg) => files[arg] ?? arg)])
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})
