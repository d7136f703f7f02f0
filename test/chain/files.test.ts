import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChainSnapshot, connect, type NetworkSnapshot } from '../../ts/chain/index.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import {
  chainSnapshotOf,
  networkPieces,
  packSections,
  parseDocuments,
  parseNetwork,
} from '../../ts/snapshot/index.ts'
import { readBytes, readDocuments, writeSnapshot, writeText } from '../../ts/snapshot/node.ts'
import { FakeChain } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { ChainServer } from './server.ts'

const BLOCK = 1_000_000
const text = (pieces: Iterable<string>): string => [...pieces].join('')
const bytes = (json: string): Uint8Array => new TextEncoder().encode(json)

describe('files of what was pulled', () => {
  let folder: string
  let network: NetworkSnapshot
  let snapshot: ChainSnapshot

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yuma-chain-'))
    const subnets = [0, 3, 15].map((netuid) =>
      makeSubnet({
        netuid,
        n: 20,
        validators: 6,
        seed: netuid + 1,
        block: BLOCK,
        commitReveal: true,
        mechanisms: 2,
      }),
    )
    await using server = await ChainServer.start(new FakeChain([blockOf(demoRuntime(424), BLOCK, subnets)]))
    await using chain = await connect(server.url)
    network = await chain.network()
    snapshot = await chain.subnet(15)
  })

  afterAll(() => rm(folder, { recursive: true }))

  test.each(['snapshot.json', 'snapshot.json.gz'])('a snapshot, with all its sections: %s', async (name) => {
    const file = join(folder, name)
    await writeSnapshot(file, packSections(snapshot))
    const [document] = await readDocuments(file)
    expect(chainSnapshotOf(document!.snapshot)).toEqual(snapshot)
  })

  test('a network', async () => {
    const file = join(folder, 'network.json.gz')
    await writeText(file, networkPieces(network))
    expect(await parseNetwork(await readBytes(file))).toEqual(network)
  })

  test('a subnet without neurons stays without an epoch', async () => {
    const [first, ...rest] = network.subnets
    const partly = { ...network, subnets: [{ ...first!, epoch: null }, ...rest] }
    expect(await parseNetwork(bytes(text(networkPieces(partly))))).toEqual(partly)
  })

  test("a network's epochs are read like those of other files", async () => {
    const documents = await parseDocuments(bytes(text(networkPieces(network))))
    expect(documents.map(({ name }) => name)).toEqual(['subnet 0', 'subnet 3', 'subnet 15'])
    expect(documents[2]!.snapshot.totalStake).toEqual(network.subnets[2]!.epoch!.totalStake)
  })

  test('a snapshot without sections is none from a chain', () => {
    expect(snapshot.extra).toBeUndefined()
    expect(chainSnapshotOf(snapshot)).toBeUndefined()
  })

  test.each([
    ['a missing item', (json: string) => json.replace('"subnet_tao":', '"subnet_tax":'), 'subnet.subnet_tao'],
    [
      'a negative amount',
      (json: string) => json.replace(/"subnet_tao":"\d+"/, '"subnet_tao":"-1"'),
      'subnet.subnet_tao',
    ],
    ['a float', (json: string) => json.replace(/"tempo":360/, '"tempo":360.5'), 'subnet.tempo'],
    [
      'a hash cut short',
      (json: string) => json.replace(/("block_hash":"0x[0-9a-f]{63})[0-9a-f]"/, '$1"'),
      'block_hash',
    ],
    ['a netuid beyond u16', (json: string) => json.replace('"netuid":3', '"netuid":70000'), 'netuid'],
    ['no subnets', (json: string) => json.replace('"subnets":', '"subnots":'), 'subnots'],
    [
      'an account that is not there',
      (json: string) => json.replace(/"account":\[\d+/, '"account":[9999'),
      'extra.chain.accounts',
    ],
    [
      'rows that do not ascend',
      (json: string) => json.replace(/"row_start":\[0/, '"row_start":[7'),
      'extra.chain.accounts.parent_keys',
    ],
    [
      'a column cut short',
      (json: string) => json.replace(/"alpha_stake":\["\d+",/, '"alpha_stake":['),
      'extra.chain.alpha_stake',
    ],
    ['an item twice', (json: string) => json.replace('"unread":[]', '"unread":[],"unread":[]'), 'unread'],
  ])('%s is named', async (_, spoil, field) => {
    const right = text(networkPieces(network))
    const wrong = spoil(right)
    expect(wrong).not.toBe(right)
    await expect(parseNetwork(bytes(wrong), { file: 'net.json' })).rejects.toMatchObject({
      code: 'input',
      file: 'net.json',
      field,
    })
  })

  test.each([
    ['an item that is missing', /"subnet_tao":/, '"subnet_tax":', 'expected a value, found none'],
    ['a section that is missing', /"stored":/, '"stowed":', 'expected a value, found none'],
    ['a text in place of a section', /"stored":\{/, '"stored":"x","kept":{', 'expected an object, found "x"'],
  ])('%s: the message says so in our own words', async (_, right, wrong, expected) => {
    const json = text(networkPieces(network)).replace(right, wrong)
    await expect(parseNetwork(bytes(json))).rejects.toMatchObject({ code: 'input', expected })
  })

  test('a network file that is cut short', async () => {
    const whole = text(networkPieces(network))
    for (const part of [0.1, 0.5, 0.99]) {
      const cut = bytes(whole.slice(0, Math.floor(whole.length * part)))
      await expect(parseNetwork(cut)).rejects.toMatchObject({ code: 'file' })
    }
  })
})
