import { dueEmissions, loadEmission, withDueEmission } from '../emission/index.ts'
import { loadEngine } from '../engine/index.ts'
import type { EpochResult } from '../engine/types.ts'
import {
  FAIRNESS_BY,
  FAIRNESS_OF,
  FAIRNESS_OVER,
  type FairnessInput,
  type FairnessOptions,
  type FairnessRow,
  fairness,
  networkFairness,
} from '../simulate/studies/fairness.ts'
import { decimal, type Fraction, toNumber } from '../simulate/studies/fraction.ts'
import type { Part } from '../simulate/studies/parts.ts'
import {
  type ChainSnapshot,
  chainSnapshotOf,
  InputError,
  NETWORK_SCHEMA,
  type ParsedDocument,
  parseDocuments,
  parseNetwork,
  type Snapshot,
} from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import { readSchema } from '../snapshot/parse.ts'
import { unpack } from '../snapshot/unpack.ts'
import type { Arguments, Command } from './command.ts'
import { ENGINES, expectedNetwork, results } from './epoch.ts'
import type { LineFigure, Series } from './figure.ts'
import { grouped, printable, type TableColumn, table } from './format.ts'
import { filesOf, integerList, putStudy, SVG_OPTION, takeParts, wordList } from './study.ts'

const MAX_TOP = 65_535
const DIGITS = 12
/** Points of a Lorenz curve: more are not seen. */
const LORENZ_POINTS = 40

/** `yuma study fairness` */
export const fairnessCommand: Command = {
  name: 'study fairness',
  usage: 'FILE… [options]',
  about: `Says how evenly stake, incentive, dividends and emission of each epoch are spread: Gini coefficient over all and over
those who have something, Herfindahl-Hirschman index (HHI), entropy in bits, Nakamoto coefficient (how many have more
than half), and what the greatest have. Of everyone, of validators (with a permit or dividends) and of miners (with
incentive or without a permit); by uid, by coldkey, and of a whole network (yuma pull --all), whose alpha counts by its
moving price and root's TAO as it is, by hotkey, coldkey and subnet. Of several files emission of everyone by uid is
shown, one line for each epoch, unless other things are asked for. All figures are of exact amounts; entropy is rounded.`,
  options: {
    over: { value: 'WHAT,…', help: `${FAIRNESS_OVER.join(', ')} (all)` },
    of: { value: 'WHOSE,…', help: `${FAIRNESS_OF.join(', ')} (each)` },
    by: { value: 'WHOM,…', help: `${FAIRNESS_BY.join(', ')} (each that is known)` },
    top: { value: 'K,…', help: 'the greatest whose share is shown (1,5,10)' },
    emission: {
      value: 'WHICH',
      help: 'pending: what the snapshot says; due: what the epoch will have, of a network file (pending)',
    },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    lorenz: { help: 'the Lorenz curve too, with --json' },
    json: {
      help: 'one line of JSON for each row: amounts as decimal strings, proportions exact and as decimals',
    },
    svg: SVG_OPTION,
  },
  async run(args, io) {
    const files = filesOf(args)
    const options = optionsOf(args)
    const { found: epochs, stopped } = await takeParts(io, 'files', () => epochsOf(files, args))
    const one = epochs.length === 1
    const asked = one ? options : { ...ONE_LINE, ...options }
    const studied = [
      ...epochs.map((epoch) => ({ ...epoch, rows: fairness(epoch.input, asked) })),
      ...networksOf(epochs).map((network) => ({
        ...network,
        rows: networkFairness(network.inputs, { ...options, of: options.of ?? ['all'] }),
      })),
    ].filter(({ input }) => input?.snapshot.netuid !== ROOT)
    return putStudy(args, io, stopped, {
      figures: () => figuresOf(studied),
      json: () => studied.flatMap((study) => jsonLines(study, args.has('lorenz'))),
      report: () => report(studied, one),
    })
  },
}

const ROOT = 0
/** What a moving price of 1 is in its bits: root's stake is TAO. */
const PRICE_OF_TAO = 2n ** 32n
const ONE_LINE: FairnessOptions = { over: ['emission'], of: ['all'], by: ['uid'] }

interface Epoch {
  readonly file: string
  readonly name: string
  readonly input: FairnessInput
}

interface Network {
  readonly file: string
  readonly name: string
  readonly input?: undefined
  readonly inputs: readonly FairnessInput[]
}

type Studied = (Epoch | Network) & { readonly rows: readonly FairnessRow[] }

function optionsOf(args: Arguments): FairnessOptions {
  const over = wordList(args, 'over', FAIRNESS_OVER)
  const of = wordList(args, 'of', FAIRNESS_OF)
  const by = wordList(args, 'by', FAIRNESS_BY)
  const top = integerList(args, 'top', 1, MAX_TOP)
  return {
    ...(over === undefined ? {} : { over }),
    ...(of === undefined ? {} : { of }),
    ...(by === undefined ? {} : { by }),
    ...(top === undefined ? {} : { top }),
  }
}

/** The epochs of files, file by file. */
async function* epochsOf(
  files: readonly string[],
  args: Arguments,
): AsyncGenerator<Part<readonly Epoch[]>, void> {
  const due = args.choice('emission', ['pending', 'due']) === 'due'
  const kind = args.choice('engine', ENGINES)
  const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
  const epochs: Epoch[] = []
  yield { done: 0, of: files.length, found: [] }
  for (const [at, path] of files.entries()) {
    const file = shownName(path)
    for (const { document, result } of results(engine, await readFile(path, due), file, {}))
      epochs.push({ file, name: document.name, input: inputOf(document, result, file) })
    yield { done: at + 1, of: files.length, found: [...epochs] }
  }
}

/** A file's epochs; of a network each with what it keeps beside, and with what it will have where that is asked. */
async function readFile(path: string, due: boolean): Promise<readonly ParsedDocument[]> {
  const file = shownName(path)
  const bytes = await unpack(await readBytes(path), file)
  const schema = readSchema(bytes, file)
  if (schema !== NETWORK_SCHEMA) {
    if (due) throw new InputError({ file, field: 'schema', expected: expectedNetwork(schema) })
    return parseDocuments(bytes, { file })
  }
  const network = await parseNetwork(bytes, { file })
  const emissions = due ? dueEmissions(await loadEmission(), network) : undefined
  return network.subnets.flatMap(({ netuid, epoch }) => {
    if (epoch === null) return []
    const emission = emissions?.get(netuid)
    const snapshot = emission === undefined ? epoch : withDueEmission(epoch, emission)
    return [{ kind: 'snapshot', name: `subnet ${netuid}`, snapshot, expected: undefined }]
  })
}

function inputOf({ name, snapshot }: ParsedDocument, result: EpochResult, file: string): FairnessInput {
  const chain = isChainSnapshot(snapshot) ? snapshot : chainSnapshotOf(snapshot, { file, document: name })
  if (chain === undefined) return { snapshot, result }
  const { accounts, subnet, netuid } = chain
  if (netuid === ROOT) return { snapshot, result, price: PRICE_OF_TAO, staked: accounts.rootAlpha }
  return { snapshot, result, price: subnet.subnetMovingPrice, staked: accounts.totalHotkeyAlpha }
}

/** Of a network's file, whose sections are read with it. */
function isChainSnapshot(snapshot: Snapshot): snapshot is ChainSnapshot {
  return 'accounts' in snapshot
}

/** The epochs of files that have several subnets with a price. */
function networksOf(epochs: readonly Epoch[]): Network[] {
  const files = [...new Set(epochs.map(({ file }) => file))]
  return files.flatMap((file) => {
    const inputs = epochs.filter((epoch) => epoch.file === file).map(({ input }) => input)
    const netuids = new Set(
      inputs.flatMap(({ snapshot, price }) => (price === undefined ? [] : snapshot.netuid)),
    )
    return netuids.size > 1 ? [{ file, name: 'network', inputs }] : []
  })
}

// --- For people

const right = (title: string): TableColumn => ({ title, align: 'right' })
const left = (title: string): TableColumn => ({ title, align: 'left' })

function report(studied: readonly Studied[], one: boolean): string[] {
  const counts = [
    ...new Set(studied.flatMap(({ rows }) => rows.flatMap(({ top }) => top.map(({ count }) => count)))),
  ]
  const place = one ? [] : [left('epoch'), right('block')]
  const columns = [
    ...place,
    ...['over', 'of', 'by'].map(left),
    ...['members', 'holders', 'Gini', 'of holders', 'HHI', 'entropy', 'Nakamoto'].map(right),
    ...counts.map((count) => right(`top ${count}`)),
  ]
  const cells = studied.flatMap((study) =>
    study.rows.map((row) => [...(one ? [] : placeCells(study)), ...rowCells(row, counts)]),
  )
  const [only] = studied
  const heading = one && only?.input !== undefined ? [headline(only), ''] : []
  return [...heading, ...table(columns, cells)]
}

function headline({ name, input }: Epoch): string {
  const { snapshot } = input
  return `${printable(name)} · spec ${snapshot.specVersion} · block ${grouped(snapshot.block)} · n ${grouped(snapshot.n)}`
}

function placeCells({ name, input }: Studied): string[] {
  if (input === undefined) return [name, '']
  const { netuid, block } = input.snapshot
  return [netuid === undefined ? printable(name) : `subnet ${netuid}`, grouped(block)]
}

function rowCells(row: FairnessRow, counts: readonly number[]): string[] {
  const share = (count: number): Fraction | null => row.top.find((top) => top.count === count)?.share ?? null
  return [
    row.over,
    row.of,
    row.by,
    grouped(row.members),
    grouped(row.holders),
    shown(row.gini),
    shown(row.giniOfHolders),
    shown(row.hhi),
    row.entropy === null ? '–' : row.entropy.toFixed(3),
    row.nakamoto === null ? '–' : grouped(row.nakamoto),
    ...counts.map((count) => shown(share(count))),
  ]
}

function shown(value: Fraction | null): string {
  return value === null ? '–' : decimal(value, 5)
}

// --- For machines

function jsonLines(study: Studied, lorenz: boolean): string[] {
  const { file, name, input } = study
  const { netuid = null, block, specVersion } = input?.snapshot ?? {}
  const place = {
    file,
    scope: input === undefined ? 'network' : 'subnet',
    name,
    netuid,
    block: block === undefined ? null : String(block),
    spec_version: specVersion ?? null,
  }
  return study.rows.map((row) => `${JSON.stringify({ ...place, ...rowJson(row, lorenz) })}\n`)
}

function rowJson(row: FairnessRow, lorenz: boolean): object {
  return {
    over: row.over,
    of: row.of,
    by: row.by,
    members: row.members,
    holders: row.holders,
    total: String(row.total),
    gini: fractionJson(row.gini),
    gini_of_holders: fractionJson(row.giniOfHolders),
    hhi: fractionJson(row.hhi),
    entropy_bits: row.entropy === null ? null : Number(row.entropy.toFixed(DIGITS)),
    nakamoto: row.nakamoto,
    top: row.top.map(({ count, amount, share }) => ({
      count,
      amount: String(amount),
      share: fractionJson(share),
    })),
    ...(lorenz ? { lorenz: row.lorenz.map(String) } : {}),
  }
}

function fractionJson(value: Fraction | null): object | null {
  if (value === null) return null
  return { exact: `${value.numerator}/${value.denominator}`, decimal: decimal(value, DIGITS) }
}

// --- As figures

function figuresOf(studied: readonly Studied[]): readonly LineFigure[] {
  const epochs = studied.filter(({ input }) => input !== undefined) as readonly (Epoch & Studied)[]
  if (studied.length === 1) return lorenzFigures(studied[0]!)
  const subnets = new Set(epochs.map(({ input, name }) => input.snapshot.netuid ?? name))
  return subnets.size === 1 ? overTime(epochs) : overSubnets(epochs)
}

function lorenzFigures({ name, rows }: Studied): readonly LineFigure[] {
  const populations = FAIRNESS_OF.filter((of) => rows.some((row) => row.of === of))
  const by = rows[0]?.by
  return populations.map((of) => ({
    title: `${printable(name)}: ${of === 'all' ? 'everyone' : of}`,
    x: { label: 'part of the members, those with least first', min: 0, max: 1 },
    y: { label: 'part of the whole that they have', min: 0, max: 1 },
    series: [
      ...rows.filter((row) => row.of === of && row.by === by && row.total > 0n).map(lorenzSeries),
      {
        name: 'all have the same',
        points: [
          [0, 0],
          [1, 1],
        ] as const,
        dashed: true,
      },
    ],
  }))
}

function lorenzSeries({ over, by, lorenz, members, total }: FairnessRow): Series {
  const step = Math.max(1, Math.ceil(members / LORENZ_POINTS))
  const counts = Array.from({ length: Math.ceil(members / step) + 1 }, (_, i) => Math.min(members, i * step))
  const part = (count: number): number =>
    count === 0 ? 0 : toNumber({ numerator: lorenz[count - 1]!, denominator: total })
  return { name: `${over} by ${by}`, points: counts.map((count) => [count / members, part(count)] as const) }
}

const FIGURES: readonly (readonly [name: string, value: (row: FairnessRow) => number])[] = [
  ['Gini coefficient', ({ gini }) => numberOf(gini)],
  ['Herfindahl-Hirschman index', ({ hhi }) => numberOf(hhi)],
  ['entropy in bits', ({ entropy }) => entropy ?? Number.NaN],
  ['Nakamoto coefficient', ({ nakamoto }) => nakamoto ?? Number.NaN],
]

function numberOf(value: Fraction | null): number {
  return value === null ? Number.NaN : toNumber(value)
}

function overTime(epochs: readonly (Epoch & Studied)[]): readonly LineFigure[] {
  const inOrder = epochs.toSorted((a, b) => Number(a.input.snapshot.block - b.input.snapshot.block))
  return figureOfEach(inOrder, 'block', (rows, value) =>
    rows.map(({ epoch, row }) => [Number(epoch.input.snapshot.block), value(row)] as const),
  )
}

function overSubnets(epochs: readonly (Epoch & Studied)[]): readonly LineFigure[] {
  return figureOfEach(epochs, 'subnets, the least value first', (rows, value) =>
    rows
      .map(({ row }) => value(row))
      .filter(Number.isFinite)
      .sort((a, b) => a - b)
      .map((figure, i) => [i + 1, figure] as const),
  )
}

interface RowOfEpoch {
  readonly epoch: Epoch & Studied
  readonly row: FairnessRow
}

function figureOfEach(
  epochs: readonly (Epoch & Studied)[],
  label: string,
  points: (rows: readonly RowOfEpoch[], value: (row: FairnessRow) => number) => Series['points'],
): readonly LineFigure[] {
  const kinds = new Map<string, RowOfEpoch[]>()
  for (const epoch of epochs) {
    for (const row of epoch.rows) {
      const kind = `${row.over} of ${row.of} by ${row.by}`
      kinds.set(kind, [...(kinds.get(kind) ?? []), { epoch, row }])
    }
  }
  return FIGURES.map(([title, value]) => ({
    title,
    x: { label },
    y: { label: '' },
    series: [...kinds].map(([name, rows]) => ({ name, points: points(rows, value) })),
  }))
}
