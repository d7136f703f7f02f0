/** Every argument and option of every public function, given what it cannot be: a typed error that names it. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectOptions, EpochStatesOptions, NetworkOptions } from '../ts/chain/index.ts'
import type {
  DistributeOptions,
  OpenOptions,
  PendingOfBlockRequest,
  PruningRequest,
  RunOptions,
  SplitRequest,
  StakeWeightsRequest,
  SwapRequest,
} from '../ts/emission/index.ts'
import type { AcrossOptions, EpochOptions, LoadOptions } from '../ts/engine/index.ts'
import type { WasmOptions } from '../ts/engine/wasm.ts'
import type {
  LakeOptions,
  PlanOptions,
  QueryOptions,
  ReplayChunkOptions,
  RerunOptions,
  SnapshotsOptions,
} from '../ts/replay/index.ts'
import type {
  AdvanceOptions,
  CasesOptions,
  CopyingOptions,
  DriftingOptions,
  FairnessOptions,
  MajorityOptions,
  MakeOptions,
  NeglectOptions,
  NextOptions,
  PaperOptions,
  RunOptions as SimulatedRunOptions,
  SimulateOptions,
  SimulatorOptions,
  SweepOptions,
  TakeoverOptions,
  WhatIfOptions,
} from '../ts/simulate/index.ts'
import type { GenerateOptions, ImportOptions, Snapshot } from '../ts/snapshot/index.ts'
import type {
  AlertRules,
  ExplainOptions,
  FindOptions,
  MetricsOptions,
  RecheckOptions,
  SendOptions,
  VerifyBlockOptions,
  VerifyOptions,
  WatchOptions,
} from '../ts/verify/index.ts'
import type { WorkerCallOptions, WorkerEngineOptions } from '../ts/worker/index.ts'
import { checkBuilt } from './cli/run.ts'
import { chainSnapshot, networkSnapshot } from './emission/network.ts'

const ROOT = new URL('../', import.meta.url)
const { exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  exports: Readonly<Record<string, string | { readonly node?: string; readonly default: string }>>
}

/** The entries of the package that have functions, by their names. */
const ENTRIES = Object.entries(exports).flatMap(([name, target]) => {
  const file = typeof target === 'string' ? target : (target.node ?? target.default)
  // Modules as text, and a worker's script, which is started and not called.
  const isCode = file.endsWith('.js') && !/-inline|worker\/script/.test(name)
  return isCode ? [{ name, url: new URL(file, ROOT).href }] : []
})

// biome-ignore lint/suspicious/noExplicitAny: what is tested is what types keep others from.
type Any = any

const modules: Record<string, Record<string, Any>> = {}
for (const { name, url } of ENTRIES) modules[name] = (await import(url)) as Record<string, Any>

class WrongClass {}

/** What nothing takes, unless its case says so. */
const BAD: readonly (readonly [name: string, value: unknown])[] = [
  ['null', null],
  ['NaN', Number.NaN],
  ['-1', -1],
  ['2^53', 2 ** 53],
  ['a wrong class', new WrongClass()],
]

/** A public function, its arguments and options by name, and how it is called with them. */
interface Case {
  /** Values that it takes. Of options that are an object by themselves the object stands under `options`. */
  readonly args: Readonly<Record<string, unknown>>
  call(args: Record<string, Any>): unknown
  /** Whether what it is called with is no more than that by its looks. */
  readonly stub?: true
  /** Bad values that are good for some of them, by the names in {@link BAD}. */
  readonly takes?: Readonly<Record<string, readonly string[]>>
}

/** All values of options, so that none is forgotten: an option without one does not compile. */
type All<T> = { readonly [K in keyof Required<T>]: unknown }

const options = <T extends object>(all: All<T>): All<T> => all

/** The options of a call: those that the case names, or what stands in their place. */
function given(args: Record<string, Any>, ...others: readonly string[]): Any {
  if ('options' in args && args.options !== undefined) return args.options
  return Object.fromEntries(
    Object.entries(args).filter(
      ([name, value]) => !['options', ...others].includes(name) && value !== undefined,
    ),
  )
}

const folder = mkdtempSync(join(tmpdir(), 'yuma-options-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string): string => join(folder, name)

const signal = new AbortController().signal
const nothing = (): void => {}
const snapshot: Snapshot = modules['./snapshot']!.generate({ n: 8, validators: 3, seed: 1, mechanisms: 2 })
const chainState = chainSnapshot(1)
const bytes: Uint8Array = modules['./snapshot']!.encodeSnapshot(snapshot)
const published = new TextEncoder().encode(
  JSON.stringify({
    schema: 'metagraph-weights/1',
    netuid: 1,
    block: 1000,
    hotkeys: [chainState.hotkeys[0]],
    stake: [1],
    weights: [[[0, 1]]],
  }),
)
const network = networkSnapshot(2)
const networkBytes = new TextEncoder().encode([...modules['./snapshot']!.networkPieces(network)].join(''))
/** A client whose node refuses everything: what gets as far as a request is a `ChainError`. */
const rpc = { send: async () => Promise.reject(new Error('refused')) }
const HASTY = { retries: 0, backoffMs: 0 }
const chain = await modules['./chain']!.connect(rpc, HASTY)
const engine = await modules['.']!.loadEngine()
const emission = await modules['./emission']!.loadEmission()
const simulator = await modules['./simulate']!.loadSimulator()
const states = { before: {}, after: {}, block: {}, payout: {} }
const result = engine.epoch(snapshot, { trace: true })
const keptLake = { folder: 'none', head: { keep: ['epochs', 'snapshots'] }, chunks: async () => [] }
const verification = { netuid: 1, block: 5n, checked: [], differences: [], notComparable: [], notes: [] }
const CHAIN = { signal }

const generateOptions = options<GenerateOptions>({
  n: 8,
  validators: 3,
  seed: 1,
  density: 0.5,
  leastCoverage: 0,
  mostCoverage: 1,
  burst: 2,
  steadyBonds: true,
  mechanisms: 1,
  specVersion: 425,
  netuid: 3,
  name: 'a',
  block: 5n,
  emission: 5n,
  hyperparameters: {},
})
const importOptions = options<ImportOptions>({
  file: 'f',
  specVersion: 425,
  ownerUid: 0,
  emission: 5n,
  hyperparameters: {},
})
const connectOptions = options<ConnectOptions>({
  timeoutMs: 1000,
  retries: 0,
  backoffMs: 0,
  concurrency: 4,
  maxAnswerBytes: 1000,
  onRetry: nothing,
  signal,
  onWarning: nothing,
  prove: false,
})
const viewOptions = options<QueryOptions>({
  netuid: 1,
  hotkey: chainState.hotkeys[0],
  coldkey: chainState.coldkeys[0],
  from: 5n,
  to: 6,
  signal,
})
const epochOptions = options<EpochOptions>({ trace: true, asSpec: 425, into: result })
const wasmOptions = options<WasmOptions>({ variant: 'scalar', module: undefined })
const CASE_RESULTS = Object.fromEntries(
  [
    'Yuma 1',
    'Yuma 2 (subtensor)',
    'Yuma 3 (Rhef+relative bonds)',
    'Yuma 3 (Rhef+relative bonds) - liquid alpha on',
  ].map((version) => [version, { v: { total: 1, last: 1 } }]),
)
const caseText = JSON.stringify({
  origin: 'made up',
  cases: [
    {
      name: 'Case 1',
      validators: ['v'],
      servers: ['s'],
      num_epochs: 1,
      reset_bonds: false,
      reset_bonds_index: null,
      reset_bonds_epoch: null,
      stakes: [[1, 0]],
      weights: [
        {
          n: 1,
          w: [
            [0, 1],
            [0, 0],
          ],
        },
      ],
      results: { '1': CASE_RESULTS },
    },
  ],
})
const paperOptions = options<PaperOptions>({
  rho: 0.1,
  delta: 0.1,
  alphaLow: 0.5,
  alphaHigh: 0.8,
  epochs: 1,
  specVersion: 240,
})
const driftingOptions = options<DriftingOptions>({
  n: 6,
  validators: 2,
  seed: 1,
  epochs: 1,
  drift: 0.1,
  noise: 0.1,
  hyperparameters: {},
})
const takeoverOptions = options<TakeoverOptions>({ sizes: [1], shares: [0.5], epochs: 1 })
const neglectOptions = options<NeglectOptions>({ uids: [0], late: [1], epochs: 1 })
const sweepOptions = options<SweepOptions>({
  rules: ['classic'],
  bounds: [[1, 2]],
  steepness: [5],
  penalties: [5],
  intervals: [0],
  epochs: 1,
  onProgress: nothing,
})
const copyingOptions = options<CopyingOptions>({
  intervals: [0],
  epochs: 1,
  hyperparameters: {},
  asSpec: 425,
})
const fairnessOptions = options<FairnessOptions>({ over: ['stake'], of: ['all'], by: ['uid'], top: [1] })
const workerOptions = options<WorkerCallOptions>({ trace: false, asSpec: 425, signal, transfer: false })
const verifyOptions = options<VerifyOptions>({ netuid: 1, block: 5, nominators: true, emission, signal })
const blockOptions = options<VerifyBlockOptions>({ block: 5, nominators: true, emission, signal })
const networkOptions = options<NetworkOptions>({
  at: 5,
  signal,
  epochAt: 'next-block',
  netuids: [1],
  onProgress: nothing,
})
const { netuids: _, onProgress: __, ...subnetOptions } = networkOptions

const MECHANISM = ['lastUpdate', 'weights', 'bonds', 'commitBlocks'] as const
const ROWS = ['rowStart', 'uid', 'value'] as const
/** Members of a snapshot that an epoch does not read, or that may be missing. */
const UNREAD = ['name', 'netuid', 'hotkeys', 'coldkeys']

/** A snapshot with one member, of itself or of its first mechanism, replaced. */
function withMember(path: string, value: unknown): Snapshot {
  const [member, part] = path.split('.') as [string, string?]
  if (!(MECHANISM as readonly string[]).includes(member)) return { ...snapshot, [member]: value }
  const [first, ...rest] = snapshot.mechanisms
  const inner = part === undefined ? value : { ...(first as Any)[member], [part]: value }
  return { ...snapshot, mechanisms: [{ ...first!, [member]: inner }, ...rest] }
}

/** A case for the members of a snapshot that a function is given. */
function ofMembers(
  names: readonly string[],
  call: (snapshot: Snapshot) => unknown,
  takes?: Case['takes'],
): Case {
  return {
    args: Object.fromEntries(names.map((name) => [name, undefined])),
    call: (args) => {
      const [changed] = Object.entries(args).filter(([, value]) => value !== undefined)
      return call(changed === undefined ? snapshot : withMember(changed[0], changed[1]))
    },
    ...(takes === undefined ? {} : { takes }),
  }
}

const READ = Object.keys(snapshot).filter((name) => !UNREAD.includes(name))
const MEMBERS = [
  ...READ,
  ...MECHANISM,
  ...ROWS.map((part) => `weights.${part}`),
  ...ROWS.map((part) => `bonds.${part}`),
]
/** What may be null in a snapshot. */
const NULLABLE = { ownerUid: ['null'], mechanismEmissionSplit: ['null'], alphaSigmoidSteepness: ['-1'] }

const pool = {
  mechanism: 1,
  tao: 10n ** 12n,
  alpha: 10n ** 12n,
  quoteWeight: 5n * 10n ** 17n,
  initialized: true,
  feeRate: 33,
}
const swapRequest = options<SwapRequest>({ pool, side: 'buy', amount: 5n, limit: 5n, dropFees: false })
const { limit: ___, dropFees: ____, ...quoteRequest } = swapRequest
const stakeRequest: StakeWeightsRequest = {
  netuid: 1,
  n: chainState.n,
  taoWeight: 5n,
  ...chainState.accounts,
  registered: new Uint8Array(chainState.n).fill(1),
}
const stakeKeys = options<StakeWeightsRequest>(stakeRequest as Required<StakeWeightsRequest>)

/** A network for one call, which is closed behind it. */
/** What a resident subnet gives, which is then closed. */
function withSubnet(ask: (subnet: Any) => unknown): unknown {
  const subnet = simulator.open(snapshot)
  try {
    return ask(subnet)
  } finally {
    subnet.close()
  }
}

function withNetwork(call: (network: Any) => unknown): unknown {
  const opened = emission.open(networkSnapshot(3))
  try {
    return call(opened)
  } finally {
    opened.close()
  }
}
const { columns } = modules['./emission']!.networkState(network)
const report = withNetwork((opened) => {
  opened.run(1)
  return opened.report()
}) as Any
const reports = withNetwork((opened) => opened.run(2, { reports: 'all' }))
const payout = withNetwork((opened) => opened.distribute({ netuid: 1 })) as Any

let history: Any
let worker: Any
beforeAll(async () => {
  checkBuilt()
  history = await modules['./verify']!.History.open(file('kept.duckdb'), 'a chain')
  worker = await modules['./worker']!.createWorkerEngine({ pool: 1 })
})
afterAll(async () => {
  worker?.close()
  await history?.close()
})

/** By entry and name, methods of classes and of what functions give included. */
const CASES: Readonly<Record<string, Case>> = {
  './loadEngine': {
    args: { ...options<LoadOptions>({ prefer: 'native', kernel: 'portable' }), options: undefined },
    call: (args) => modules['.']!.loadEngine(given(args)),
  },
  './inline/loadEngine': {
    args: { ...options<LoadOptions>({ prefer: 'wasm', kernel: 'portable' }), options: undefined },
    call: (args) => modules['./inline']!.loadEngine(given(args)),
  },
  './inline/loadEmission': {
    args: { prefer: 'wasm', options: undefined },
    call: (args) => modules['./inline']!.loadEmission(given(args)),
  },
  './inline/loadSimulator': {
    args: { ...options<SimulatorOptions>({ prefer: 'wasm' }), options: undefined },
    call: (args) => modules['./inline']!.loadSimulator(given(args)),
  },
  './Engine.epoch': {
    args: { snapshot, ...epochOptions, options: undefined },
    call: (args) => engine.epoch(args.snapshot, given(args, 'snapshot')),
  },
  './Engine.epoch, members': ofMembers(MEMBERS, (changed) => engine.epoch(changed), NULLABLE),
  './Engine.epoch, fields': {
    args: { fields: ['dividends', 'bonds'] },
    call: ({ fields }) => engine.epoch(snapshot, { fields }),
  },
  './Engine.epochs': {
    args: { snapshots: [snapshot], trace: true, asSpec: 425, fields: ['raw'], options: undefined },
    call: (args) => engine.epochs(args.snapshots, given(args, 'snapshots')),
  },
  './epochAcrossVersions': {
    args: { engine, snapshot, ...options<AcrossOptions>({ trace: false }), options: undefined },
    call: (args) =>
      modules['.']!.epochAcrossVersions(args.engine, args.snapshot, given(args, 'engine', 'snapshot')),
  },
  './epochJson': {
    args: { result },
    call: ({ result }) => modules['.']!.epochJson(result),
  },
  './epochJsonPieces': {
    args: { result },
    call: ({ result }) => [...modules['.']!.epochJsonPieces(result)],
  },
  './Engine.prepare': {
    args: { snapshot },
    call: (args) => engine.prepare(args.snapshot),
  },
  './Engine.prepare, members': ofMembers(MEMBERS, (changed) => engine.prepare(changed), NULLABLE),
  './Engine.epoch, prepared': {
    args: { ...epochOptions, options: undefined },
    call: (args) => engine.epoch(engine.prepare(snapshot), given(args)),
  },
  './PreparedSnapshot.update': {
    args: { snapshot },
    call: (args) => engine.prepare(snapshot).update(args.snapshot),
  },
  './snapshot/chainSnapshotOf': {
    args: { snapshot, file: 'f', document: 'd', place: undefined, shared: { subnet: {}, network: {} } },
    call: ({ snapshot, place, shared, ...rest }) =>
      modules['./snapshot']!.chainSnapshotOf(snapshot, place === undefined ? rest : place, shared),
  },
  './snapshot/encodeSnapshot': {
    args: { snapshot },
    call: ({ snapshot }) => modules['./snapshot']!.encodeSnapshot(snapshot),
  },
  './snapshot/encodeSnapshot, members': ofMembers(
    [...MEMBERS, 'name', 'netuid', 'hotkeys', 'coldkeys', 'extra', 'blockHash'],
    (changed) => modules['./snapshot']!.encodeSnapshot(changed),
    {
      ...NULLABLE,
      extra: ['a wrong class'],
      // As text they are numbers that a file can hold.
      ...Object.fromEntries(
        Object.entries(snapshot).flatMap(([name, value]) =>
          typeof value === 'bigint' ? [[name, ['2^53']]] : [],
        ),
      ),
    },
  ),
  './snapshot/generate': {
    args: { ...generateOptions, options: undefined },
    call: (args) => modules['./snapshot']!.generate(given(args)),
  },
  './snapshot/generate, hyperparameters': {
    args: modules['./snapshot']!.USUAL_HYPERPARAMETERS,
    call: (hyperparameters) =>
      modules['./snapshot']!.generate({ n: 4, validators: 2, seed: 1, hyperparameters }),
    takes: { alphaSigmoidSteepness: ['-1'] },
  },
  './snapshot/importMetagraph': {
    args: { bytes: published, ...importOptions, options: undefined },
    call: (args) => modules['./snapshot']!.importMetagraph(args.bytes, given(args, 'bytes')),
  },
  './snapshot/networkPieces': {
    args: { network },
    call: ({ network }) => [...modules['./snapshot']!.networkPieces(network)],
  },
  './snapshot/networkPieces, members': {
    args: { subnets: network.subnets, network: network.network },
    call: (members) => [...modules['./snapshot']!.networkPieces({ ...network, ...members })],
    // What it holds is checked where it is read.
    takes: { network: ['a wrong class'] },
  },
  './snapshot/packSections': {
    args: { snapshot: chainState, omit: ['subnet'] },
    call: ({ snapshot, omit }) => modules['./snapshot']!.packSections(snapshot, omit),
  },
  './snapshot/parseDocuments': {
    args: { bytes, file: 'f', options: undefined },
    call: (args) => modules['./snapshot']!.parseDocuments(args.bytes, given(args, 'bytes')),
  },
  './snapshot/parseNetwork': {
    args: { bytes: networkBytes, file: 'f', options: undefined },
    call: (args) => modules['./snapshot']!.parseNetwork(args.bytes, given(args, 'bytes')),
  },
  './snapshot/schemaOf': {
    args: { bytes, file: 'f', options: undefined },
    call: (args) => modules['./snapshot']!.schemaOf(args.bytes, given(args, 'bytes')),
  },
  './snapshot/snapshotPieces': {
    args: { snapshot },
    call: ({ snapshot }) => [...modules['./snapshot']!.snapshotPieces(snapshot)],
  },
  './snapshot/rows': {
    args: { rows: [[[0, 1]], []] },
    call: ({ rows }) => modules['./snapshot']!.rows(rows),
  },
  './snapshot/rowOf': {
    args: { rows: snapshot.mechanisms[0]!.weights, from: 0 },
    call: ({ rows, from }) => modules['./snapshot']!.rowOf(rows, from),
  },
  './snapshot/valueAt': {
    args: { rows: snapshot.mechanisms[0]!.weights, from: 0, to: 1 },
    call: ({ rows, from, to }) => modules['./snapshot']!.valueAt(rows, from, to),
  },
  './snapshot/withWeight': {
    args: { snapshot, from: 0, to: 1, value: 1, mechanism: 0, weight: undefined },
    call: ({ snapshot, weight, ...rest }) =>
      modules['./snapshot']!.withWeight(snapshot, weight === undefined ? rest : weight),
  },
  './snapshot/usualHyperparameters': {
    args: { specVersion: 425 },
    call: ({ specVersion }) => modules['./snapshot']!.usualHyperparameters(specVersion),
  },
  './snapshot/usualEmission': {
    args: { tempo: 5n },
    call: ({ tempo }) => modules['./snapshot']!.usualEmission(tempo),
  },
  './snapshot/node/readBytes': {
    args: { path: new URL('package.json', ROOT).pathname },
    call: ({ path }) => modules['./snapshot/node']!.readBytes(path),
  },
  './snapshot/node/readDocuments': {
    args: { path: new URL('examples/subnet.json.gz', ROOT).pathname },
    call: ({ path }) => modules['./snapshot/node']!.readDocuments(path),
  },
  './snapshot/node/readSnapshot': {
    args: { path: file('one.json') },
    call: ({ path }) => modules['./snapshot/node']!.readSnapshot(path),
  },
  './snapshot/node/shownName': {
    args: { path: 'a' },
    call: ({ path }) => modules['./snapshot/node']!.shownName(path),
  },
  './snapshot/node/writeSnapshot': {
    args: { path: file('a.json'), snapshot, signal, options: undefined },
    call: (args) =>
      modules['./snapshot/node']!.writeSnapshot(args.path, args.snapshot, given(args, 'path', 'snapshot')),
  },
  './snapshot/node/writeText': {
    args: { path: file('a.txt'), pieces: ['a'], signal, options: undefined },
    call: (args) =>
      modules['./snapshot/node']!.writeText(args.path, args.pieces, given(args, 'path', 'pieces')),
  },
  './chain/connect': {
    args: { endpoints: rpc, ...connectOptions, options: undefined },
    call: async (args) =>
      (await modules['./chain']!.connect(args.endpoints, given(args, 'endpoints'))).close(),
  },
  './chain/endpointName': {
    args: { url: 'ws://a' },
    call: ({ url }) => modules['./chain']!.endpointName(url),
  },
  './chain/Chain': {
    args: { endpoints: [rpc], ...connectOptions, options: undefined },
    call: (args) => new modules['./chain']!.Chain(args.endpoints, given(args, 'endpoints')),
  },
  './chain/Chain.open': { args: CHAIN, call: ({ signal }) => chain.open(signal) },
  './chain/Chain.subnet': {
    args: { netuid: 1, ...subnetOptions, options: undefined },
    call: (args) => chain.subnet(args.netuid, given(args, 'netuid')),
    takes: { epochAt: [] },
  },
  './chain/Chain.network': {
    args: { ...networkOptions, options: undefined },
    call: (args) => chain.network(given(args)),
  },
  './chain/Chain.blockStates': {
    args: { block: 5, ...CHAIN },
    call: ({ block, signal }) => chain.blockStates(block, signal),
  },
  './chain/Chain.epochStates': {
    args: {
      netuid: 1,
      block: 5,
      ...options<EpochStatesOptions>({ nominators: true, signal }),
      options: undefined,
    },
    call: (args) => chain.epochStates(args.netuid, args.block, given(args, 'netuid', 'block')),
  },
  './chain/Chain.epochMarks': {
    args: { at: 5, netuids: [1], ...CHAIN },
    call: ({ at, netuids, signal }) => chain.epochMarks(at, netuids, signal),
  },
  './chain/Chain.state': {
    args: { at: 5, ...CHAIN, options: undefined },
    call: (args) => chain.state(given(args)),
  },
  './chain/Chain.head': {
    args: { which: 'best', ...CHAIN },
    call: ({ which, signal }) => chain.head(which, signal),
  },
  './chain/Chain.header': {
    args: { hash: `0x${'ab'.repeat(32)}`, ...CHAIN },
    call: ({ hash, signal }) => chain.header(hash, signal),
  },
  './chain/Chain.blockHash': {
    args: { number: 5, ...CHAIN },
    call: ({ number, signal }) => chain.blockHash(number, signal),
  },
  './chain/Chain.send': {
    args: { method: 'a', params: [], ...CHAIN },
    call: ({ method, params, signal }) => chain.send(method, params, signal),
  },
  './chain/Chain.afresh': {
    args: { endpoint: 0 },
    call: ({ endpoint }) => chain.afresh(endpoint).close(),
  },
  './metagraph/metagraph': {
    args: { snapshot: chainState, mechid: 0, paid: undefined },
    call: ({ snapshot, mechid, paid }) => modules['./metagraph']!.metagraph(snapshot, mechid, paid),
  },
  './metagraph/Metagraph': {
    args: { snapshot: chainState, mechid: 0, paid: undefined },
    call: ({ snapshot, mechid, paid }) => new modules['./metagraph']!.Metagraph(snapshot, mechid, paid),
  },
  './verify/verifyEpoch': {
    args: { chain, engine, ...verifyOptions, options: undefined },
    call: (args) => modules['./verify']!.verifyEpoch(args.engine, args.chain, given(args, 'chain', 'engine')),
  },
  './verify/readEpoch': {
    args: { chain, ...verifyOptions, options: undefined },
    call: (args) => modules['./verify']!.readEpoch(args.chain, given(args, 'chain')),
  },
  './verify/verifyBlock': {
    args: { chain, engine, ...blockOptions, options: undefined },
    call: (args) => modules['./verify']!.verifyBlock(args.engine, args.chain, given(args, 'chain', 'engine')),
  },
  './verify/readWholeBlock': {
    args: { chain, ...blockOptions, options: undefined },
    call: (args) => modules['./verify']!.readWholeBlock(emission, args.chain, given(args, 'chain')),
  },
  './verify/verifyStates': {
    args: { engine, emission, states },
    call: ({ engine, emission, states }) => modules['./verify']!.verifyStates(engine, emission, states),
  },
  './verify/checkedEpoch': {
    args: { engine, emission, states },
    call: ({ engine, emission, states }) => modules['./verify']!.checkedEpoch(engine, emission, states),
  },
  './verify/recheck': {
    args: {
      chain,
      engine,
      ...options<RecheckOptions>({
        history,
        netuids: [1],
        nominators: false,
        emission,
        signal,
        onVerification: nothing,
      }),
    },
    call: ({ chain, engine, ...rest }) => modules['./verify']!.recheck(engine, chain, rest),
  },
  './verify/verifyWholeBlock': {
    args: { engine, emission, whole: { block: {}, epochs: [] } },
    call: ({ engine, emission, whole }) => modules['./verify']!.verifyWholeBlock(engine, emission, whole),
    stub: true,
  },
  './verify/explain': {
    args: {
      engine,
      emission,
      states,
      ...options<ExplainOptions>({
        hotkey: 'a',
        uid: 0,
        mechanism: 0,
        previous: chainState,
        search: false,
      }),
      options: undefined,
    },
    call: (args) =>
      modules['./verify']!.explain(
        args.engine,
        args.emission,
        args.states,
        given(args, 'engine', 'emission', 'states'),
      ),
  },
  './verify/explainNext': {
    args: {
      engine,
      emission,
      snapshot: chainState,
      ...options<ExplainOptions>({
        hotkey: 'a',
        uid: 0,
        mechanism: 0,
        previous: chainState,
        search: false,
      }),
      options: undefined,
    },
    call: (args) =>
      modules['./verify']!.explainNext(
        args.engine,
        args.emission,
        args.snapshot,
        given(args, 'engine', 'emission', 'snapshot'),
      ),
  },
  './verify/explanationJson': {
    args: { explanation: { masked: {} } },
    call: ({ explanation }) => modules['./verify']!.explanationJson(explanation),
  },
  './verify/findEpochs': {
    args: {
      chain,
      ...options<FindOptions>({ after: 5n, to: 6n, netuids: [1], signal }),
      options: undefined,
    },
    call: (args) => modules['./verify']!.findEpochs(args.chain, given(args, 'chain')),
  },
  './verify/watch': {
    args: {
      chain,
      engine,
      ...options<WatchOptions>({
        netuids: [1],
        since: 5n,
        once: true,
        pollMs: 1,
        history: undefined,
        nominators: false,
        emission,
        signal,
        onVerification: nothing,
        onFault: nothing,
        onProgress: nothing,
        observer: new modules['./verify']!.WatchMetrics().observer,
        alerts: undefined,
        onAlerts: nothing,
      }),
      options: undefined,
    },
    call: (args) => modules['./verify']!.watch(args.engine, args.chain, given(args, 'chain', 'engine')),
  },
  './verify/watch, alerts': {
    args: options<AlertRules>({ hotkeys: [chainState.hotkeys[0]], trustBelow: 0.5 }),
    call: (alerts) =>
      modules['./verify']!.watch(engine, chain, {
        once: true,
        history,
        alerts: { ...alerts },
        onVerification: nothing,
      }),
  },
  './verify/WatchMetrics': {
    args: {
      ...options<MetricsOptions>({ hotkeys: [chainState.hotkeys[0]], blockSeconds: 12 }),
      options: undefined,
    },
    call: (args) => new modules['./verify']!.WatchMetrics(given(args)),
    takes: { blockSeconds: ['2^53'] },
  },
  './verify/WatchMetrics.text': {
    args: { now: 5 },
    call: ({ now }) => new modules['./verify']!.WatchMetrics().text(now),
    takes: { now: ['-1', '2^53'] },
  },
  './verify/sendAlerts': {
    args: {
      ...options<SendOptions>({
        url: 'http://127.0.0.1:9/',
        history: { unsentAlert: async () => undefined, markSent: nothing },
        timeoutMs: 5,
        backoffMs: 5,
        onSent: nothing,
        onFault: nothing,
      }),
      options: undefined,
    },
    // The stand-in has nothing to send.
    call: (args) => modules['./verify']!.sendAlerts(given(args)).close(),
  },
  './verify/alertJson': {
    args: { alert: { id: 'a', kind: 'difference', netuid: 1, block: 5n } },
    call: ({ alert }) => modules['./verify']!.alertJson(alert),
  },
  './verify/junit': {
    args: { verifications: [verification] },
    call: ({ verifications }) => modules['./verify']!.junit(verifications),
  },
  './verify/verificationJson': {
    args: { verification },
    call: ({ verification }) => modules['./verify']!.verificationJson(verification),
  },
  './verify/blockVerificationJson': {
    args: { verification: { ...verification, epochs: [] } },
    call: ({ verification }) => modules['./verify']!.blockVerificationJson(verification),
  },
  './verify/History.open': {
    args: { file: file('other.duckdb'), chain: 'a' },
    call: async ({ file, chain }) => (await modules['./verify']!.History.open(file, chain)).close(),
  },
  './verify/History.has': {
    args: { netuid: 1, block: 5n, id: undefined },
    call: ({ id, ...rest }) => history.has(id === undefined ? rest : id),
  },
  './verify/History.add': {
    args: { verification, after: undefined, paid: undefined, entry: undefined },
    call: ({ entry, verification: given, after, paid }) => {
      // What it takes is kept: that is another test's.
      if (entry === undefined && given === verification && after === undefined && paid === undefined) return
      return history.add(entry === undefined ? { verification: given, after, paid } : entry)
    },
  },
  './verify/History.replace': {
    args: { verification, after: undefined, paid: undefined, entry: undefined },
    call: ({ entry, verification: given, after, paid }) => {
      // What it takes is kept: that is another test's.
      if (entry === undefined && given === verification && after === undefined && paid === undefined) return
      return history.replace(entry === undefined ? { verification: given, after, paid } : entry)
    },
  },
  './verify/History.add, alerts': {
    args: { alerts: [] },
    call: ({ alerts }) => (alerts?.length === 0 ? undefined : history.add({ verification }, alerts)),
  },
  './verify/History.unsentAlert': {
    args: { after: 0n },
    call: ({ after }) => history.unsentAlert(after),
  },
  './verify/History.markSent': {
    args: { id: 'a' },
    call: ({ id }) => history.markSent(id),
  },
  './verify/History.tally': {
    args: { hotkeys: ['a'] },
    call: ({ hotkeys }) => history.tally(hotkeys),
  },
  './replay/plan': {
    args: {
      ...options<PlanOptions>({ covered: [], from: 1n, to: 5n, netuids: [1], span: 5n }),
      options: undefined,
    },
    call: (args) => modules['./replay']!.plan(given(args)),
  },
  './replay/createLake': {
    args: {
      folder: file('lake'),
      ...options<LakeOptions>({ chain: '0x12', keep: ['epochs'], span: 5n }),
      options: undefined,
    },
    call: (args) => modules['./replay']!.createLake(args.folder, given(args, 'folder')),
  },
  './replay/openLake': {
    args: { folder: file('lake') },
    call: ({ folder }) => modules['./replay']!.openLake(folder),
  },
  './replay/replayChunk': {
    args: {
      ...options<ReplayChunkOptions>({
        engine,
        emission,
        chain,
        lake: { head: { keep: [] }, entry: nothing, commit: nothing },
        chunk: { netuid: 1, first: 1n, last: 5n },
        keep: ['epochs'],
        signal,
        onEpoch: nothing,
      }),
      options: undefined,
    },
    call: (args) => modules['./replay']!.replayChunk(given(args)),
  },
  './replay/lakeSnapshots': {
    args: {
      lake: keptLake,
      ...options<SnapshotsOptions>({ netuids: [1], from: 1n, to: 5n, signal }),
      options: undefined,
    },
    call: (args) => modules['./replay']!.lakeSnapshots(args.lake, given(args, 'lake')).next(),
  },
  './replay/rerun': {
    args: {
      engine,
      lake: keptLake,
      ...options<RerunOptions>({ asSpec: 425, netuids: [1], from: 1n, to: 5n, signal, onEpoch: nothing }),
      options: undefined,
    },
    call: (args) => modules['./replay']!.rerun(args.engine, args.lake, given(args, 'engine', 'lake')),
  },
  './replay/openViews': {
    args: { lake: file('lake') },
    call: async ({ lake }) => (await modules['./replay']!.openViews(lake)).close(),
  },
  './replay/Views.query': {
    args: { view: 'paid', ...viewOptions, options: undefined },
    call: async (args) => {
      await modules['./replay']!.createLake(file('asked'), { chain: '0x12', keep: ['epochs', 'neurons'] })
      await using views = await modules['./replay']!.openViews(file('asked'))
      for await (const _ of views.query(args.view, given(args, 'view'))) nothing()
    },
  },
  './replay/exportView': {
    args: { lake: file('asked'), view: 'paid', file: file('paid.csv'), ...viewOptions, options: undefined },
    call: (args) =>
      modules['./replay']!.exportView(args.lake, args.view, args.file, given(args, 'lake', 'view', 'file')),
  },
  './verify/History.progress': {
    args: { scope: 'all' },
    call: ({ scope }) => history.progress(scope),
  },
  './verify/History.setProgress': {
    args: { scope: 'all', since: 5n, block: 5n, progress: undefined },
    call: ({ scope, progress, ...rest }) =>
      history.setProgress(scope, progress === undefined ? rest : progress),
  },
  './verify/History.exportParquet': {
    args: { folder, signal, options: undefined },
    call: (args) => history.exportParquet(args.folder, given(args, 'folder')),
  },
  './simulate/next': {
    args: {
      engine,
      emission,
      state: chainState,
      ...options<NextOptions>({ netuid: 1, epochs: 2, uids: [0] }),
      options: undefined,
    },
    call: (args) =>
      modules['./simulate']!.next(
        args.engine,
        args.emission,
        args.state,
        given(args, 'engine', 'emission', 'state'),
      ),
  },
  './simulate/compoundedYield': {
    args: { rates: [0.1], seconds: 5 },
    call: ({ rates, seconds }) => modules['./simulate']!.compoundedYield(rates, seconds),
    takes: { seconds: ['2^53'] },
  },
  './simulate/cases': {
    args: {
      engine,
      published: modules['./simulate']!.parseCases(caseText),
      ...options<CasesOptions>({ names: ['Case'] }),
      options: undefined,
    },
    call: (args) =>
      modules['./simulate']!.cases(args.engine, args.published, given(args, 'engine', 'published')),
  },
  './simulate/caseScenario': {
    args: { it: modules['./simulate']!.parseCases(caseText).cases[0], version: 'Yuma 3', penalty: 1 },
    call: ({ it, version, penalty }) => modules['./simulate']!.caseScenario(it, version, penalty),
  },
  './simulate/parseCases': {
    args: { text: caseText, file: 'f' },
    call: ({ text, file }) => modules['./simulate']!.parseCases(text, file),
  },
  './simulate/hyperparameterSweep': {
    args: { engine, simulator, series: [snapshot], ...sweepOptions, options: undefined },
    call: (args) =>
      modules['./simulate']!.hyperparameterSweep(
        args.engine,
        args.simulator,
        args.series,
        given(args, 'engine', 'simulator', 'series'),
      ),
  },
  './simulate/takeover': {
    args: { engine, simulator, snapshot, ...takeoverOptions, options: undefined },
    call: (args) =>
      modules['./simulate']!.takeover(
        args.engine,
        args.simulator,
        args.snapshot,
        given(args, 'engine', 'simulator', 'snapshot'),
      ),
    takes: { epochs: [] },
  },
  './simulate/neglect': {
    args: { engine, simulator, series: [snapshot], ...neglectOptions, options: undefined },
    call: (args) =>
      modules['./simulate']!.neglect(
        args.engine,
        args.simulator,
        args.series,
        given(args, 'engine', 'simulator', 'series'),
      ),
  },
  './simulate/paperCase': {
    args: { engine, ...paperOptions, options: undefined },
    call: (args) => modules['./simulate']!.paperCase(args.engine, given(args, 'engine')),
  },
  './simulate/concentration': {
    args: { amounts: [1n, 2n], top: [1] },
    call: ({ amounts, top }) => modules['./simulate']!.concentration(amounts, top),
  },
  './simulate/copying': {
    args: { engine, simulator, series: [snapshot], ...copyingOptions, options: undefined },
    call: (args) =>
      modules['./simulate']!.copying(
        args.engine,
        args.simulator,
        args.series,
        given(args, 'engine', 'simulator', 'series'),
      ),
  },
  './simulate/driftingSeries': {
    args: { simulator, ...driftingOptions, options: undefined },
    call: (args) => modules['./simulate']!.driftingSeries(args.simulator, given(args, 'simulator')),
  },
  './simulate/copyingRegime': {
    args: { g: { numerator: 1n, denominator: 3n } },
    call: ({ g }) => modules['./simulate']!.copyingRegime(g),
  },
  './simulate/decimal': {
    args: { value: { numerator: 1n, denominator: 3n }, digits: 4 },
    call: ({ value, digits }) => modules['./simulate']!.decimal(value, digits),
  },
  './simulate/fairness': {
    args: { input: { snapshot, result }, ...fairnessOptions, options: undefined },
    call: (args) => modules['./simulate']!.fairness(args.input, given(args, 'input')),
  },
  './simulate/networkFairness': {
    args: { inputs: [{ snapshot, result }], ...fairnessOptions, options: undefined },
    call: (args) => modules['./simulate']!.networkFairness(args.inputs, given(args, 'inputs')),
  },
  './simulate/loadSimulator': {
    args: { ...options<SimulatorOptions>({ prefer: 'native' }), options: undefined },
    call: (args) => modules['./simulate']!.loadSimulator(given(args)),
  },
  './simulate/loadWasmSimulator': {
    args: { ...wasmOptions, options: undefined },
    call: (args) => modules['./simulate']!.loadWasmSimulator(given(args)),
  },
  './simulate/Simulator.open': {
    args: { snapshot, asSpec: 425, options: undefined },
    call: (args) => simulator.open(args.snapshot, given(args, 'snapshot')).close(),
  },
  './simulate/Simulator.change': {
    args: { snapshot, changes: [{ kind: 'permit', uid: 1, permit: true }] },
    call: (args) => simulator.change(args.snapshot, args.changes),
  },
  './simulate/Simulator.change, change': {
    args: { kind: 'weight', from: 1, to: 2, value: 3, mechanism: 0, block: 5n, change: undefined },
    call: ({ change, ...rest }) =>
      simulator.change(snapshot, [
        change !== undefined
          ? change
          : Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ]),
  },
  './simulate/Simulator.whatIf': {
    args: { snapshot, changes: [], ...options<WhatIfOptions>({ asSpec: 425 }), options: undefined },
    call: (args) => simulator.whatIf(args.snapshot, args.changes, given(args, 'snapshot', 'changes')),
  },
  './simulate/Simulator.advance': {
    args: {
      snapshot,
      result,
      changes: [],
      ...options<AdvanceOptions>({ grow: 'payout' }),
      options: undefined,
    },
    call: (args) =>
      simulator.advance(
        args.snapshot,
        args.result,
        args.changes,
        given(args, 'snapshot', 'result', 'changes'),
      ),
  },
  './simulate/Simulator.simulate': {
    args: {
      ...options<SimulateOptions>({
        start: snapshot,
        epochs: 1,
        agents: [{ agent: 'absent', uids: [1] }],
        changes: [{ epoch: 0, changes: [] }],
        quality: { values: [1, 2] },
        record: ['stake'],
        every: 1,
        grow: 'none',
        commitReveal: { interval: 1 },
        seed: 1,
        asSpec: 425,
        maxBytes: 2 ** 20,
        signal,
        onProgress: nothing,
      }),
      options: undefined,
    },
    call: (args) => simulator.simulate(given(args)),
  },
  './simulate/Simulator.simulate, agent': {
    args: { agent: 'late', uids: [1], mechanism: 0, from: 0, until: 5, every: 2, noise: 0.5 },
    call: (agent) =>
      simulator.simulate({
        start: snapshot,
        epochs: 1,
        agents: [Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined))],
      }),
  },
  './simulate/Simulator.simulate, quality': {
    args: { values: [1], changes: [{ epoch: 0, uid: 1, value: 2 }], drift: 0.5, quality: undefined },
    call: ({ quality, ...rest }) =>
      simulator.simulate({ start: snapshot, epochs: 1, quality: quality === undefined ? rest : quality }),
  },
  './simulate/Simulator.make': {
    args: {
      ...options<MakeOptions>({
        n: 8,
        validators: 3,
        seed: 1,
        mechanisms: 1,
        stake: 5n,
        stakeDeviation: 0.1,
        qualityDeviation: 0.1,
        weightDeviation: 0.1,
        specVersion: 425,
        block: 5n,
        emission: 5n,
        hyperparameters: {},
      }),
      options: undefined,
    },
    call: (args) => simulator.make(given(args)),
  },
  './simulate/parseScenario': {
    args: {
      bytes: new TextEncoder().encode(
        JSON.stringify({
          schema: 'yuma-scenario/1',
          start: { make: { n: 8, validators: 3, seed: 1 } },
          epochs: 1,
        }),
      ),
      file: 'a scenario',
      options: undefined,
    },
    call: (args) => modules['./simulate']!.parseScenario(args.bytes, given(args, 'bytes')),
  },
  './simulate/majority': {
    args: {
      simulator,
      ...options<MajorityOptions>({
        honestStake: [0.6],
        weightDeviation: 0.4,
        stakeDeviation: 0.3,
        bondsPenalty: 1,
        kappa: 0.5,
        emissionRatio: 0.5,
        n: 16,
        validators: 4,
        steps: 2,
        seed: 0,
        specVersion: 425,
        signal,
        onProgress: nothing,
      }),
      options: undefined,
    },
    call: (args) => modules['./simulate']!.majority(args.simulator, given(args, 'simulator')),
  },
  './simulate/ResidentSubnet.change': {
    args: { changes: [] },
    call: ({ changes }) => withSubnet((subnet) => subnet.change(changes)),
  },
  './simulate/ResidentSubnet.run': {
    args: {
      epochs: 1,
      ...options<SimulatedRunOptions>({
        record: ['stake'],
        every: 1,
        changes: [{ epoch: 0, changes: [] }],
        maxBytes: 2 ** 20,
      }),
      options: undefined,
    },
    call: (args) => withSubnet((subnet) => subnet.run(args.epochs, given(args, 'epochs'))),
  },
  './emission/loadEmission': {
    args: { prefer: 'native', options: undefined },
    call: (args) => modules['./emission']!.loadEmission(given(args)),
  },
  './emission/loadWasmEmission': {
    args: { ...wasmOptions, options: undefined },
    call: (args) => modules['./emission']!.loadWasmEmission(given(args)),
  },
  './emission/Emission.open': {
    args: { state: network },
    call: ({ state }) => emission.open(state).close(),
  },
  './emission/Emission.open, options': {
    args: options<{ readonly asSpec?: number }>({ asSpec: 425 }),
    call: (args) => emission.open(network, args).close(),
  },
  './emission/Emission.open, columns': {
    args: options<OpenOptions>({
      specVersion: 425,
      columns,
      accounts: undefined,
      plain: false,
      asSpec: undefined,
    }),
    call: (state) => emission.open(state).close(),
  },
  './emission/Emission.open, network': {
    args: { specVersion: 425, stateBlock: 5n, network: network.network, subnets: network.subnets },
    call: (members) => emission.open({ ...network, ...members }).close(),
  },
  './emission/Emission.facts': {
    args: { specVersion: 425 },
    call: (args) => emission.facts(args.specVersion),
  },
  './emission/Emission.blockEmission': {
    args: { issuance: 5n },
    call: ({ issuance }) => emission.blockEmission(issuance),
  },
  './emission/Emission.swap': {
    args: { ...swapRequest, request: undefined },
    call: ({ request, ...rest }) => emission.swap(request === undefined ? rest : request),
  },
  './emission/Emission.swap, pool': {
    args: pool,
    call: (changed) => emission.swap({ ...swapRequest, pool: changed }),
  },
  './emission/Emission.quote': {
    args: { ...quoteRequest, request: undefined },
    call: ({ request, ...rest }) => emission.quote(request === undefined ? rest : request),
  },
  './emission/Emission.schedule': {
    args: {
      specVersion: 425,
      netuid: 1,
      tempo: 360,
      lastEpochBlock: 5n,
      pendingEpochAt: 0n,
      blocksSinceLastStep: 5n,
      block: 7n,
      epochs: 2,
      request: undefined,
    },
    call: ({ request, ...rest }) => emission.schedule(request === undefined ? rest : request),
  },
  './emission/Emission.pruning': {
    args: {
      ...options<PruningRequest>({
        specVersion: 425,
        block: 7n,
        blockAtRegistration: BigUint64Array.of(1n, 2n),
        emission: BigUint64Array.of(5n),
        ownerUid: 0,
        owners: Uint8Array.of(1, 0),
        immunityPeriod: 5,
        immuneOwnerUidsLimit: 1,
        minNonImmuneUids: 0,
      }),
      request: undefined,
    },
    call: ({ request, ...rest }) => emission.pruning(request === undefined ? rest : request),
    takes: { ownerUid: ['null'] },
  },
  './emission/Emission.pendingOfBlock': {
    args: {
      ...options<PendingOfBlockRequest>({
        alphaOut: 5n,
        ownerCutEnabled: true,
        subnetOwnerCut: 11_796,
        rootProp: 5n,
      }),
      request: undefined,
    },
    call: ({ request, ...rest }) => emission.pendingOfBlock(request === undefined ? rest : request),
  },
  './emission/Emission.splitEmission': {
    args: {
      ...options<SplitRequest>({
        emission: 5n,
        mechanismEmissionSplit: Uint16Array.of(5),
        mechanismCount: 1,
      }),
      request: undefined,
    },
    call: ({ request, ...rest }) => emission.splitEmission(request === undefined ? rest : request),
    takes: { mechanismEmissionSplit: ['null'] },
  },
  './emission/Emission.stakeWeights': {
    args: { ...stakeKeys, request: undefined },
    call: ({ request, ...rest }) => emission.stakeWeights(request === undefined ? rest : request),
    // What it does not read.
    takes: Object.fromEntries(
      Object.keys(chainState.accounts)
        .filter((name) => !['totalHotkeyAlpha', 'rootAlpha', 'parentKeys', 'childKeys'].includes(name))
        .map((name) => [name, BAD.map(([bad]) => bad)]),
    ),
  },
  './emission/Explain.masked': {
    args: { snapshot, mechanism: 0 },
    call: ({ snapshot, mechanism }) => emission.explain.masked(snapshot, mechanism),
  },
  './emission/Explain.legacyTerms': {
    args: { mechanism: result.mechanisms[0] },
    call: ({ mechanism }) => emission.explain.legacyTerms(mechanism),
  },
  './emission/Explain.rankParts': {
    args: { mechanism: result.mechanisms[0], uid: 0 },
    call: ({ mechanism, uid }) => emission.explain.rankParts(mechanism, uid),
  },
  './emission/Explain.dividendParts': {
    args: { mechanism: result.mechanisms[0], uid: 0, yuma3: false },
    call: ({ mechanism, uid, yuma3 }) => emission.explain.dividendParts(mechanism, uid, yuma3),
  },
  './emission/Explain.fittingWeight': {
    args: { share: 5n, others: 5 },
    call: ({ share, others }) => emission.explain.fittingWeight(share, others),
  },
  './emission/Accounts': {
    args: { addresses: [] },
    call: ({ addresses }) => new modules['./emission']!.Accounts(addresses),
  },
  './emission/Accounts.of': {
    args: { address: chainState.hotkeys[0] },
    call: ({ address }) => new modules['./emission']!.Accounts([chainState.hotkeys[0]]).of(address),
  },
  './emission/Accounts.hash': {
    args: { account: 0 },
    call: ({ account }) => new modules['./emission']!.Accounts([chainState.hotkeys[0]]).hash(account),
  },
  './emission/resultRulesInWords': {
    args: { rules: (reports as Any).rules },
    call: ({ rules }) => modules['./emission']!.resultRulesInWords(rules),
  },
  './emission/Accounts.address': {
    args: { account: 0 },
    call: ({ account }) => new modules['./emission']!.Accounts([]).address(account),
  },
  './emission/ResidentNetwork.run': {
    args: { blocks: 1, ...options<RunOptions>({ steps: [], reports: 'all' }), options: undefined },
    call: (args) => withNetwork((opened) => opened.run(args.blocks, given(args, 'blocks'))),
  },
  './emission/ResidentNetwork.run, steps': {
    args: { operations: [], epochs: [], steps: undefined },
    call: ({ steps, ...step }) =>
      withNetwork((opened) => opened.run(1, { steps: steps === undefined ? [step] : [steps] })),
    takes: { steps: ['a wrong class'] },
  },
  './emission/ResidentNetwork.apply': {
    args: { kind: 'buy', netuid: 1, amount: 5n, limit: 5n, dropFees: true, operation: undefined },
    call: ({ operation, ...rest }) =>
      withNetwork((opened) => opened.apply(operation === undefined ? rest : operation)),
    takes: { limit: ['null'] },
  },
  './emission/ResidentNetwork.shares': {
    args: { minted: 5n },
    call: ({ minted }) => withNetwork((opened) => opened.shares(minted)),
  },
  './emission/ResidentNetwork.distribute': {
    args: {
      ...options<DistributeOptions>({
        netuid: 1,
        pending: { server: 1n, validator: 1n, root: 1n, owner: 1n },
        earned: undefined,
        block: 8_000_001n,
      }),
      options: undefined,
    },
    call: (args) => withNetwork((opened) => opened.distribute(given(args))),
  },
  './emission/ResidentNetwork.distribute, pending': {
    args: { server: 1n, validator: 1n, root: 1n, owner: 1n },
    call: (pending) => withNetwork((opened) => opened.distribute({ netuid: 1, pending })),
  },
  './emission/ResidentNetwork.stakeWeights': {
    args: { netuid: 1 },
    call: ({ netuid }) => withNetwork((opened) => opened.stakeWeights(netuid)),
  },
  './emission/columnsOf': {
    args: { set: modules['./emission']!.STEP_TABLES, rows: {} },
    call: ({ set, rows }) => modules['./emission']!.columnsOf(set, rows),
    takes: { rows: ['a wrong class'] },
  },
  './emission/rowsOf': {
    args: { set: modules['./emission']!.NETWORK_TABLES, columns },
    call: ({ set, columns }) => modules['./emission']!.rowsOf(set, columns),
  },
  './emission/rowsOfTable': {
    args: { set: modules['./emission']!.REPORT_TABLES, columns: reports, name: 'blocks' },
    call: ({ set, columns, name }) => [...modules['./emission']!.rowsOfTable(set, columns, name)],
  },
  './emission/epochHyperparameters': {
    args: { snapshot },
    call: ({ snapshot }) => modules['./emission']!.epochHyperparameters(snapshot),
  },
  './emission/dueEmissions': {
    args: { emission, network },
    call: ({ emission, network }) => modules['./emission']!.dueEmissions(emission, network),
  },
  './emission/withDueEmission': {
    args: { snapshot: chainState, due: { server: 1n, validator: 1n, root: 1n, emission: 3n } },
    call: ({ snapshot, due }) => modules['./emission']!.withDueEmission(snapshot, due),
  },
  './emission/networkState': {
    args: { snapshot: chainState },
    call: ({ snapshot }) => modules['./emission']!.networkState(snapshot),
  },
  './emission/reportsOf': {
    args: { columns: reports },
    call: ({ columns }) => [...modules['./emission']!.reportsOf(columns)],
  },
  './emission/swapsOf': {
    args: { report },
    call: ({ report }) => modules['./emission']!.swapsOf(report),
  },
  './emission/paymentsOf': {
    args: { payout, owners: columns.owners },
    call: ({ payout, owners }) => modules['./emission']!.paymentsOf(payout, owners),
  },
  './emission/signedAt': {
    args: { column: BigUint64Array.of(1n, 2n), row: 0 },
    call: ({ column, row }) => modules['./emission']!.signedAt(column, row),
  },
  './emission/unsignedAt': {
    args: { column: BigUint64Array.of(1n, 2n), row: 0 },
    call: ({ column, row }) => modules['./emission']!.unsignedAt(column, row),
  },
  './wasm/loadWasm': {
    args: { ...wasmOptions, options: undefined },
    call: (args) => modules['./wasm']!.loadWasm(given(args)),
  },
  './wasm/compileWasm': {
    args: { ...wasmOptions, options: undefined },
    call: (args) => modules['./wasm']!.compileWasm(given(args)),
  },
  './worker/createWorkerEngine': {
    args: {
      ...options<WorkerEngineOptions>({ variant: 'scalar', module: undefined, pool: 1, start: undefined }),
      options: undefined,
    },
    call: async (args) => (await modules['./worker']!.createWorkerEngine(given(args))).close(),
  },
  './worker/WorkerEngine.epoch': {
    args: { snapshot, ...workerOptions, options: undefined },
    call: (args) => worker.epoch(args.snapshot, given(args, 'snapshot')),
  },
  './worker/WorkerEngine.prepare': {
    args: { snapshot },
    call: (args) => worker.prepare(args.snapshot),
  },
  './worker/WorkerEngine.epochs': {
    args: { snapshots: [snapshot], ...workerOptions, options: undefined },
    call: (args) => worker.epochs(args.snapshots, given(args, 'snapshots')),
  },
}

/** Functions that take nothing. */
const WITHOUT_ARGUMENTS: readonly string[] = [
  './wasm/supportsSimd',
  './chain/Chain.close',
  './verify/History.doubtful',
  './verify/History.unsentAlerts',
  './verify/History.close',
  './emission/ResidentNetwork.report',
  './emission/ResidentNetwork.columns',
  './emission/ResidentNetwork.coinbase',
  './emission/ResidentNetwork.close',
]
/** Classes that functions make and no caller does. */
const NOT_CONSTRUCTED: readonly string[] = ['./verify/History', './emission/ResidentNetwork']

function isClass(value: Any): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value))
}

/** The functions of an entry, and the methods of its classes, those that are inherited left out. */
function functionsOf(entry: string): readonly string[] {
  return Object.entries(modules[entry]!).flatMap(([name, value]) => {
    if (typeof value !== 'function' || value.prototype instanceof Error) return []
    const own = entry === '.' ? `./${name}` : `${entry}/${name}`
    if (!isClass(value)) return [own]
    const methods = [
      ...Object.getOwnPropertyNames(value.prototype),
      ...Object.getOwnPropertyNames(value),
    ].filter((method) => {
      const descriptor =
        Object.getOwnPropertyDescriptor(value.prototype, method) ??
        Object.getOwnPropertyDescriptor(value, method)
      return method !== 'constructor' && typeof descriptor?.value === 'function'
    })
    return [own, ...methods.map((method) => `${own}.${method}`)]
  })
}

interface Outcome {
  readonly kind: 'typed' | 'raw' | 'done'
  readonly error?: Any
}

async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    await call()
    return { kind: 'done' }
  } catch (error) {
    const codes = ['input', 'file', 'engine', 'chain', 'aborted']
    return { kind: codes.includes((error as Any)?.code) ? 'typed' : 'raw', error }
  }
}

/** Files spell names with underscores. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

function shown({ kind, error }: Outcome): string {
  return error === undefined ? kind : `${error.name} ${error.field ?? ''}: ${error.message}`
}

test('every public function is in the table', () => {
  const functions = ENTRIES.flatMap(({ name }) => functionsOf(name))
  const known = new Set([
    ...Object.keys(CASES).map((name) => name.split(',')[0]!),
    ...WITHOUT_ARGUMENTS,
    ...NOT_CONSTRUCTED,
  ])
  expect(functions.filter((name) => !known.has(name))).toEqual([])
  expect(functions.length).toBeGreaterThan(70)
})

/** Whether an error names the argument; of an object of a wrong class, or what it lacks. */
function isNamed(field: string, argument: string, bad: string, args: Case['args']): boolean {
  const [first = '', ...parts] = argument.split('.')
  const value = args[argument]
  const members = typeof value === 'object' && value !== null ? Object.keys(value) : Object.keys(args)
  const names = [first, ...parts, ...(bad === 'a wrong class' ? members : [])]
  return names.some((name) => plain(field).includes(plain(name)))
}

describe.each(Object.entries(CASES))('%s', (_name, { args, call, takes = {}, stub = false }) => {
  if (!stub) {
    test('what it takes does not fail but by a typed error', async () => {
      expect((await outcomeOf(() => call({ ...args }))).kind).not.toBe('raw')
    })
  }

  test.each(Object.keys(args))('%s', async (argument) => {
    const wrong: string[] = []
    for (const [bad, value] of BAD) {
      const outcome = await outcomeOf(() => call({ ...args, [argument]: value }))
      const isTaken = takes[argument]?.includes(bad) === true
      const { code, field } = outcome.error ?? {}
      const isRefused = code === 'input' && isNamed(field, argument, bad, args)
      if (isTaken ? outcome.kind === 'raw' : !isRefused) wrong.push(`${bad}: ${shown(outcome)}`)
    }
    expect(wrong).toEqual([])
  })
})
