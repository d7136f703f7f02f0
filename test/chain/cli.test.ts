import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import { connect } from '../../ts/chain/index.ts'
import { SYSTEM } from '../../ts/chain/items.ts'
import { runCli } from '../../ts/cli/cli.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { next } from '../../ts/simulate/index.ts'
import { chainSnapshotOf, parseNetwork } from '../../ts/snapshot/index.ts'
import { readBytes, readDocuments } from '../../ts/snapshot/node.ts'
import { expectPulled } from './expect.ts'
import { FakeChain, LOGS_OF_UPGRADE, sealed } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { provable } from './provable.ts'
import { ChainServer, type ServerOptions } from './server.ts'
import { StorageWriter } from './writer.ts'

const BLOCK = 1_000_000
const addresses = new Addresses()
const address = (account: string): string => addresses.of(account)
const subnets = [3, 15].map((netuid) =>
  makeSubnet({ netuid, n: 24, validators: 6, seed: netuid, block: BLOCK, commitReveal: true }),
)

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command in this process, with what it prints caught. */
async function yuma(...argv: readonly string[]): Promise<Run> {
  const texts = { out: '', err: '' }
  const catching = (stream: NodeJS.WriteStream, into: 'out' | 'err') =>
    vi.spyOn(stream, 'write').mockImplementation((...args: readonly unknown[]) => {
      texts[into] += String(args[0])
      const done = args.find((arg) => typeof arg === 'function') as (() => void) | undefined
      done?.()
      return true
    })
  const spies = [catching(process.stdout, 'out'), catching(process.stderr, 'err')]
  try {
    const code = await runCli(argv)
    return { code, ...texts }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

describe('yuma pull and yuma inspect', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yuma-pull-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const serve = (options: ServerOptions = {}): Promise<ChainServer> =>
    ChainServer.start(new FakeChain([blockOf(demoRuntime(424), BLOCK, subnets)]), options)

  test('what comes next for a subnet of a node, by itself and with its network', async () => {
    await using server = await serve()
    const chain = await connect(server.url)
    const state = await chain.subnet(15, { epochAt: 'next-epoch' })
    await chain.close()
    const found = next(await loadEngine(), await loadEmission(), state)
    // What each subnet has of its own for registrations is read.
    expect(found.replacements).not.toBeNull()
    for (const whole of [[], ['--whole']]) {
      const { code, out } = await yuma('next', '--netuid', '15', ...whole, '--endpoint', server.url, '--json')
      expect(code).toBe(0)
      const json = JSON.parse(out)
      expect(json.epochs).toEqual(found.epochs.map(String))
      expect(json.epoch.server_emission).toEqual([...found.result.serverEmission].map(String))
      expect(json.replacements.now).toEqual(found.replacements!.now)
    }
    const none = await yuma('next', '--netuid', '16', '--endpoint', server.url)
    expect(none.code).toBe(3)
  })

  test('a subnet into a file that the other commands read', async () => {
    await using server = await serve()
    const file = join(folder, 'sn15.json.gz')
    const { code, out, err } = await yuma('pull', '--netuid', '15', '--endpoint', server.url, '-o', file)
    expect({ code, out }).toEqual({ code: 0, out: '' })
    expect(err).toContain('subnet 15 at block 1,000,000 · spec 424 · 24 neurons · 10 requests')
    expect(err).toContain('timelocked commits are due to be revealed')
    expect(await readdir(folder)).toEqual(['sn15.json.gz'])
    const [document] = await readDocuments(file)
    expectPulled(chainSnapshotOf(document!.snapshot)!, subnets[1]!, address)

    const shown = await yuma('inspect', file)
    expect(shown.code).toBe(0)
    expect(shown.out).toContain('yuma-snapshot/1')
    expect(shown.out).toMatch(/state of block +1,000,000, 0x[0-9a-f]{64}/)
    expect(shown.out).toMatch(/epoch in block +1,000,001/)
    const json = JSON.parse((await yuma('inspect', file, '--json')).out)
    expect(json).toMatchObject({ kind: 'snapshot', netuid: 15, n: 24, state_block: '1000000', unread: [] })
  })

  test('the whole network, with a summary in JSON', async () => {
    await using server = await serve()
    const file = join(folder, 'all.json.gz')
    const { code, out } = await yuma('pull', '--all', '--endpoint', server.url, '--json', '-o', file)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ file, netuid: null, subnets: 2, neurons: 48, spec_version: 424 })
    const network = await parseNetwork(await readBytes(file))
    for (const [i, { epoch }] of network.subnets.entries()) expectPulled(epoch!, subnets[i]!, address)
    const shown = await yuma('inspect', file)
    expect(shown.out).toContain('yuma-network/1')
    expect(shown.out.split('\n').filter((line) => /^ +(3|15) +24 /.test(line))).toHaveLength(2)
    expect((await yuma('inspect', file, '--json')).out.trim().split('\n')).toHaveLength(2)
  })

  test('with --prove, all of it by proofs; a node that has none is not believed instead', async () => {
    const [block] = provable([blockOf(demoRuntime(424), BLOCK, subnets)])
    const file = join(folder, 'sn15.json.gz')
    const args = ['pull', '--netuid', '15', '--prove', '--json', '-o', file]
    await using server = await ChainServer.start(new FakeChain([block!]))
    const { code, out } = await yuma(...args, '--endpoint', server.url)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ netuid: 15, proved: true, block_hash: block!.hash })
    expect(server.counts).toMatchObject({ state_getReadProof: expect.any(Number) })
    expect(server.counts.state_queryStorageAt).toBeUndefined()
    expectPulled(chainSnapshotOf((await readDocuments(file))[0]!.snapshot)!, subnets[1]!, address)

    await rm(file)
    await using bare = await ChainServer.start(server.chain, {
      fault: ({ method }) =>
        method === 'state_getReadProof'
          ? { kind: 'error', code: -32601, message: 'Method not found' }
          : undefined,
    })
    const refused = await yuma(...args, '--endpoint', bare.url)
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('state_getReadProof: does not offer the method')
    expect(await readdir(folder)).toEqual([])
  })

  test('to standard output', async () => {
    await using server = await serve()
    const { code, out } = await yuma('pull', '--netuid', '3', '--at', String(BLOCK), '--endpoint', server.url)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ schema: 'yuma-snapshot/1', netuid: 3, n: 24 })
  })

  test('a pull that fails leaves the old file as it was, and nothing else', async () => {
    await using server = await serve({
      fault: (_, place) =>
        place === 4 ? { kind: 'result', change: () => [{ block: 'none', changes: [] }] } : undefined,
    })
    const file = join(folder, 'sn15.json')
    await writeFile(file, 'as it was')
    await using pruned = await ChainServer.start(
      new FakeChain([{ ...blockOf(demoRuntime(424), BLOCK, subnets), pruned: true }]),
    )
    const { code, err } = await yuma('pull', '--netuid', '15', '--endpoint', pruned.url, '-o', file)
    expect(code).toBe(3)
    expect(err).toContain('an archive node is needed')
    expect(await readFile(file, 'utf8')).toBe('as it was')
    expect(await readdir(folder)).toEqual(['sn15.json'])
    // A malformed answer is asked for again, and the file is then whole.
    expect((await yuma('pull', '--netuid', '15', '--endpoint', server.url, '-o', file)).code).toBe(0)
    expectPulled(chainSnapshotOf((await readDocuments(file))[0]!.snapshot)!, subnets[1]!, address)
  })

  test.each([
    [[], 'one of --netuid N and --all expected'],
    [['--netuid', '1', '--all'], 'one of --netuid N and --all expected'],
    [['--netuid', '4096'], 'an integer from 0 to 4095'],
    [['--netuid', '1', '--at', 'yesterday'], "a block's number or hash"],
    [['--netuid', '1', '--epoch-at', 'soon'], '--epoch-at'],
    [['--netuid', '1', '--endpoint', 'http://x'], 'ws:// or wss:// URLs'],
    [['--netuid', '1', '--json'], '--json needs -o FILE'],
    [['--netuid', '1', 'more'], 'nothing but options'],
  ] as const)('%j is a usage error', async (argv, message) => {
    const { code, err } = await yuma('pull', ...argv)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  test('a pulled snapshot is computed by its own version; a version that is not known by --as-spec alone', async () => {
    const file = async (spec: number): Promise<string> => {
      const fake = new FakeChain([blockOf(demoRuntime(spec), BLOCK, subnets)])
      await using server = await ChainServer.start(fake)
      const path = join(folder, `${spec}.json`)
      const { code } = await yuma('pull', '--netuid', '3', '--endpoint', server.url, '-o', path)
      expect(code).toBe(0)
      return path
    }
    const [known, newer] = [await file(475), await file(476)]
    const own = await yuma('epoch', known, '--json')
    expect(own).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(own.out).rules.spec).toBe(475)
    const refused = await yuma('epoch', newer, '--json')
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toMatch(/spec_version.*476 is not, the nearest is 475.*--as-spec/)
    const asIf = await yuma('epoch', newer, '--json', '--as-spec', '475')
    expect(asIf.code).toBe(0)
    expect(asIf.err).toContain('AS IF at spec 475')
    const { as_spec: asSpec, ...result } = JSON.parse(asIf.out)
    expect(asSpec).toBe(475)
    expect(result).toEqual(JSON.parse(own.out))
  })

  test('of the last block before another runtime every command says that migrations come first', async () => {
    const block = blockOf(demoRuntime(424), BLOCK, subnets)
    const writer = new StorageWriter(block.runtime)
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [423, 'node-subtensor'])
    const state = new Map([...block.state, ...writer.state])
    await using server = await ChainServer.start(
      new FakeChain([sealed({ ...block, state, logs: LOGS_OF_UPGRADE })]),
    )
    const sentence = `block ${BLOCK} is the last of spec 423: the next one runs spec 424 and its migrations first`
    const [one, all] = [join(folder, 'one.json'), join(folder, 'all.json.gz')]
    const pulls = [
      await yuma('pull', '--netuid', '15', '--endpoint', server.url, '-o', one),
      await yuma('pull', '--all', '--endpoint', server.url, '-o', all),
    ]
    const others = [
      await yuma('inspect', one),
      await yuma('inspect', all),
      await yuma('epoch', one, '--as-spec', '425'),
      await yuma('epoch', all, '--as-spec', '425'),
      await yuma('emission', all),
      await yuma('distribute', one),
    ]
    for (const { out, err } of [...pulls, ...others]) expect(out + err).toContain(sentence)
    for (const file of [one, all]) {
      const [line] = (await yuma('inspect', file, '--json')).out.split('\n')
      expect(JSON.parse(line!)).toMatchObject({ upgraded_from: 423 })
    }
  })

  describe('a password and a key in an address', () => {
    const SECRETS = ['alice77', 'hunter22', 'key-4711', 'token99']
    const withSecrets = (url: string): string =>
      `${url.replace('ws://', 'ws://alice77:hunter22@')}/v1/key-4711?apikey=token99`
    const expectNone = (...texts: readonly string[]): void => {
      for (const secret of SECRETS) expect(texts.join('\n')).not.toContain(secret)
    }

    test('stand in no output of a pull, nor in its file', async () => {
      await using server = await serve()
      const file = join(folder, 'sn3.json')
      const args = ['pull', '--netuid', '3', '--endpoint', withSecrets(server.url), '--json', '-o', file]
      const { code, out, err } = await yuma(...args)
      expect(code).toBe(0)
      expectNone(out, err, await readFile(file, 'utf8'))
    })

    test('stand in no error, whatever it is about', async () => {
      await using pruned = await ChainServer.start(
        new FakeChain([{ ...blockOf(demoRuntime(424), BLOCK, subnets), pruned: true }]),
      )
      const url = withSecrets(pruned.url)
      const runs = [
        await yuma('pull', '--netuid', '3', '--endpoint', url),
        await yuma('verify', '--netuid', '3', '--endpoint', `${url},${url}`),
        await yuma('explain', '--netuid', '3', '--uid', '0', '--endpoint', url),
      ]
      for (const { code, out, err } of runs) {
        expect(code).toBe(3)
        expect(err).toMatch(/^yuma: ws:\/\/127\.0\.0\.1:\d+\/…: state_\w+: has no state of that block/)
        expectNone(out, err)
      }
      for (const argv of [
        ['pull', url],
        ['pull', '--netuid', '3', '--endpoint', `${url},http://alice77:hunter22@x/key-4711`],
        ['verify', url],
        ['explain', url],
        ['generate', url],
      ]) {
        const { code, out, err } = await yuma(...argv)
        expect(code).toBe(2)
        expectNone(out, err)
      }
    })
  })

  test('a subnet that does not exist, and a node that does not', async () => {
    await using server = await serve()
    const missing = await yuma('pull', '--netuid', '9', '--endpoint', server.url)
    expect(missing.code).toBe(3)
    expect(missing.err).toContain('subnet 9 does not exist at block 1000000')
    await expect(yuma('inspect', join(folder, 'none.json'))).resolves.toMatchObject({ code: 2 })
  })
})
