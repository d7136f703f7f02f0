/** Networks that stay resident: what becomes of them, and what is known of one that is not read whole. */

import { readFileSync } from 'node:fs'
import binaryen from 'binaryen'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  columnsOf,
  type Emission,
  type EmissionKind,
  EngineError,
  loadEmission,
  loadWasmEmission,
  NETWORK_TABLES,
  networkState,
  type ResidentNetwork,
  reportsOf,
} from '../../ts/emission/index.ts'
import { WasmModule } from '../../ts/runtime/instance.ts'
import { compile } from '../../ts/runtime/source.ts'
import { networkSnapshot } from './network.ts'

const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']

describe.each(KINDS)('%s', (kind) => {
  let emission: Emission
  const opened: ResidentNetwork[] = []
  beforeAll(async () => {
    emission = await loadEmission({ prefer: kind })
  })
  afterEach(() => {
    for (const network of opened.splice(0)) network.close()
  })
  const open = (state: Parameters<Emission['open']>[0]): ResidentNetwork => {
    const network = emission.open(state)
    opened.push(network)
    return network
  }

  test('is what was asked for', () => {
    expect(emission.kind).toBe(kind)
  })

  test('after close every call is a typed error, and another close is none', () => {
    const network = open(networkSnapshot(2))
    network.run(1)
    network.close()
    network.close()
    const calls = [
      () => network.run(1),
      () => network.report(),
      () => network.columns(),
      () => network.shares(),
      () => network.coinbase(),
      () => network.stakeWeights(1),
      () => network.distribute({ netuid: 1 }),
    ]
    for (const call of calls) expect(call).toThrow(new EngineError('the network is closed'))
  })

  test('what came from another thread is no network', () => {
    const network = open(networkSnapshot(2))
    const clone: object = structuredClone({ ...network })
    const { run, close } = Object.getPrototypeOf(network) as ResidentNetwork
    expect(() => run.call(clone as never, 1)).toThrow(EngineError)
    expect(() => close.call(clone as never)).toThrow(EngineError)
  })

  test('networks do not touch one another', () => {
    const state = networkState(networkSnapshot(3))
    const [a, b] = [open(state), open(state)]
    a.run(12)
    expect(b.columns()).toEqual(open(state).columns())
    b.run(12)
    expect(b.columns()).toEqual(a.columns())
    a.close()
    const c = open(state)
    c.run(12)
    expect(c.columns()).toEqual(b.columns())
  })

  test('operations between blocks are those of a step', () => {
    const state = networkState(networkSnapshot(3))
    const [a, b] = [open(state), open(state)]
    const operations = [
      { kind: 'buy', netuid: 1, amount: 10n ** 9n, dropFees: false },
      { kind: 'emission_enabled', netuid: 2, enabled: false },
      { kind: 'pending_epoch_at', netuid: 3, block: 8_000_001n },
    ] as const
    expect(operations.map((operation) => a.apply(operation) === null)).toEqual([false, true, true])
    a.run(1)
    b.run(1, { steps: [{ operations }] })
    expect(a.columns()).toEqual(b.columns())
    expect(a.report().payouts.map(({ netuid }) => netuid)).toEqual([3])
    expect(a.report().emissions.find(({ netuid }) => netuid === 2)!.share).toBe(0n)
  })

  test('shares and coinbase are those of the next block, and leave the network as it is', () => {
    const network = open(networkSnapshot(4))
    const before = network.columns()
    const shares = network.shares()
    const { block, terms } = network.coinbase()
    expect(network.columns()).toEqual(before)
    network.run(1)
    const report = network.report()
    expect(block).toEqual({ block: report.block, minted: report.minted })
    expect(shares.emissions.map(({ share }) => share)).toEqual(report.emissions.map(({ share }) => share))
    expect([...terms.alphaIn]).toEqual(report.emissions.map(({ alphaIn }) => alphaIn))
    expect([...terms.participants]).toEqual(
      report.emissions.map(({ pendingServer, pendingValidator }) => pendingServer + pendingValidator),
    )
    expect([...terms.due]).toEqual([0, 0, 0, 0])
  })

  test('of a subnet whose participants are unread the epoch drains, and pays nobody', () => {
    const { columns } = networkState(networkSnapshot(4))
    const participantsUnread = Uint8Array.of(0, 1, 0, 0)
    const subnets = { ...columns.subnets, participantsUnread }
    const network = open({ specVersion: 425, columns: { ...columns, subnets } })
    const known = open({ specVersion: 425, columns })
    const reports = [...reportsOf(network.run(20, { reports: 'all' }))]
    const others = [...reportsOf(known.run(20, { reports: 'all' }))]
    const ran = others.flatMap(({ payouts }) => payouts).find(({ netuid }) => netuid === 2)!
    const unpaid = reports.flatMap((report) => report.unpaid)
    const { pendingServer, pendingValidator, pendingRoot, pendingOwner } = ran
    expect(unpaid).toEqual([{ netuid: 2, pendingServer, pendingValidator, pendingRoot, pendingOwner }])
    expect(reports.flatMap(({ payouts }) => payouts.map(({ netuid }) => netuid))).not.toContain(2)
    const after = network.columns().subnets
    expect(after.lastMechanismStepBlock[1]).toBe(known.columns().subnets.lastMechanismStepBlock[1])
    expect(after.participantsUnread).toEqual(participantsUnread)
  })

  test('the coinbase of 300', () => {
    const columns = columnsOf(NETWORK_TABLES, {
      globals: { totalIssuance: 10n ** 16n, rootTao: 10n ** 15n, block: 99n },
      subnets: [
        { netuid: 1, tao: 10n ** 12n, alpha: 10n ** 13n, movingPrice: 1n << 31n, tempo: 98 },
        { netuid: 2, firstEmissionBlock: null },
        {
          netuid: 3,
          tao: 1n,
          alpha: 1n,
          alphaProvided: 10n ** 13n,
          taoProvided: 10n ** 12n,
          movingPrice: 1n << 31n,
        },
        { netuid: 4, concentratedInitialized: true, movingPrice: 0n, registrationAllowed: false },
      ],
    })
    const { block, terms } = open({ specVersion: 300, columns }).coinbase()
    expect(block).toEqual({ block: 100n, minted: 10n ** 9n })
    expect([...terms.emittedTo]).toEqual([1, 0, 1, 1])
    // 98 of 100, as the nearest f32 has it, to the two that have a price, each a half.
    expect(terms.taoIn[0]).toBe(terms.taoIn[2]!)
    expect(terms.taoIn[0]! >= 490_000_000n && terms.taoIn[0]! < 490_000_020n).toBe(true)
    // What users provided prices a pool that is not set up: ten alpha for one TAO is more than is minted.
    expect(terms.alphaIn[2]).toBe(10n ** 9n)
    // A pool that is set up at a root of nothing has a price of nothing.
    expect([terms.taoIn[3], terms.alphaIn[3]]).toEqual([0n, 10n ** 9n])
    expect([...terms.owner].map((rao) => rao > 0n)).toEqual([true, false, true, true])
    expect([...terms.due]).toEqual([0, 0, 0, 0])
  })

  test('what a version does and stores', () => {
    expect(emission.facts(300)).toMatchObject({
      schedule: 'modulo',
      rootDividends: 'staked',
      pendingApart: false,
      storesRank: true,
      coinbase: true,
      block: false,
      commitRevealMask: false,
    })
    expect(emission.facts(425)).toMatchObject({
      schedule: 'stateful',
      rootDividends: 'claimable',
      pendingApart: true,
      storesRank: false,
      block: true,
      ownerExempt: true,
    })
    expect(emission.facts(390)).toMatchObject({ schedule: 'modulo', shares: false, commitRevealMask: null })
  })

  test('what is minted at an issuance', () => {
    expect(emission.blockEmission(0n)).toBe(10n ** 9n)
    expect(emission.blockEmission(10_500_000n * 10n ** 9n)).toBe(5n * 10n ** 8n)
    expect(emission.blockEmission(21_000_000n * 10n ** 9n)).toBeNull()
  })
})

test("epochs of the plain implementation are the engine's", async () => {
  const emission = await loadEmission({ prefer: 'native' })
  const state = networkState(networkSnapshot(3))
  const networks = [emission.open(state), emission.open({ ...state, plain: true })]
  for (const network of networks) network.run(20)
  const [fast, plain] = networks.map((network) => network.columns())
  expect(plain).toEqual(fast)
  for (const network of networks) network.close()
  const wasm = await loadEmission({ prefer: 'wasm' })
  const network = wasm.open({ ...state, plain: true })
  expect(() => network.run(1)).toThrow('no plain implementation')
  network.close()
})

/** Of 64 KiB. */
const PAGES = 96

/** The build with so many pages of memory at most: running out of it is real. */
function withMemoryLimit(pages: number): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(new URL('../../dist/wasm/yuma-emission-simd.wasm', import.meta.url))
  const module = binaryen.readBinary(bytes)
  const text = module.emitText()
  module.dispose()
  const limited = text.replace(/\(memory (\$\w+) (\d+)\)/, `(memory $1 $2 ${pages})`)
  expect(limited).not.toBe(text)
  const parsed = binaryen.parseText(limited)
  parsed.setFeatures(binaryen.Features.All)
  const binary = parsed.emitBinary()
  parsed.dispose()
  return new Uint8Array(binary)
}

describe('an instance that fails', () => {
  test('takes its networks with it, and the next call finds a fresh one', async () => {
    const emission = await loadWasmEmission({ module: withMemoryLimit(PAGES) })
    const state = networkState(networkSnapshot(4))
    const first = emission.open(state)
    first.run(1)
    const open = (): void => {
      for (let i = 0; i < 1000; i++) emission.open(state)
    }
    expect(open).toThrow(EngineError)
    // The instance has failed, and with it all that was in it.
    expect(() => first.run(1)).toThrow(
      new EngineError('the network is gone: the instance that it was in has failed'),
    )
    first.close()
    const again = emission.open(state)
    again.run(2)
    expect(again.report().block).toBe(8_000_002n)
    again.close()
  })

  test('a call that does not fit is refused, and the instance goes on', async () => {
    const emission = await loadWasmEmission({ module: withMemoryLimit(PAGES) })
    const network = emission.open(networkState(networkSnapshot(2)))
    const { columns } = networkState(networkSnapshot(2))
    const uid = new Uint16Array(1 << 23)
    const weights = { ...columns.weights, uid, value: uid }
    const large = { specVersion: 425, columns: { ...columns, weights } }
    expect(() => emission.open(large)).toThrow('memory does not grow')
    network.run(1)
    expect(network.report().block).toBe(8_000_001n)
    network.close()
  })

  test('one loader for both modules, which say what they are not', async () => {
    const dist = (name: string): URL => new URL(`../../dist/wasm/${name}.wasm`, import.meta.url)
    const blocks = new WasmModule(await compile(dist('yuma-emission-simd')))
    const epochs = new WasmModule(await compile(dist('yuma-simd')))
    expect(blocks.kernel).toBe(epochs.kernel)
    const call = { scalars: new BigUint64Array(0), columns: [] }
    expect(() => epochs.place()).toThrow('this module has no network_place')
    expect(() => epochs.emission(0, call)).toThrow('this module has no emission_function')
    expect(() => blocks.epoch(call)).toThrow('this module has no epoch')
  })
})
