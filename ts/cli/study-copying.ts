import { loadEngine } from '../engine/index.ts'
import type { Engine } from '../engine/types.ts'
import { loadSimulator, type Simulator } from '../simulate/index.ts'
import {
  COPYING_INTERVALS,
  type CopierMargin,
  type Copying,
  type CopyingOptions,
  copyingParts,
} from '../simulate/studies/copying.ts'
import { decimal, type Fraction, toNumber } from '../simulate/studies/fraction.ts'
import type { Parts } from '../simulate/studies/parts.ts'
import type { Hyperparameters, Snapshot } from '../snapshot/index.ts'
import type { Arguments, Command } from './command.ts'
import { AS_SPEC_OPTION } from './emission.ts'
import { ENGINES } from './epoch.ts'
import type { Band, LineFigure } from './figure.ts'
import { grouped, type TableColumn, table } from './format.ts'
import { HYPERPARAMETER_OPTIONS, hyperparametersOf } from './generated/hyperparameter-options.ts'
import {
  DRIFTING_OPTIONS,
  integerList,
  type NamedSeries,
  putStudy,
  SVG_OPTION,
  seriesOf,
  takeParts,
  wordList,
} from './study.ts'
import { PAPER_OPTIONS, paperStudy } from './study-paper.ts'

const MAX_INTERVAL = 100_000
const MAX_SPEC = 0xffff_ffff
const DIGITS = 12

/** Rules of bonds that a series can be studied by, beside its own. */
const RULES = {
  own: {},
  classic: { yuma3On: false, liquidAlphaOn: false },
  yuma3: { yuma3On: true, liquidAlphaOn: false },
  liquid: { yuma3On: true, liquidAlphaOn: true },
} as const satisfies Readonly<Record<string, Partial<Hyperparameters>>>

type Rules = keyof typeof RULES
const RULE_NAMES = Object.keys(RULES) as Rules[]

/** `yuma study copying` */
export const copyingCommand: Command = {
  name: 'study copying',
  usage: 'FILE…|--generate SEED|--paper [options]',
  about: `Says what a validator earns that copies, on a series of snapshots of one subnet, one an epoch. It has the median stake
of those with validator trust in the first epoch and submits the consensus of c tempos before; G is its dividends for
its stake beside the median of theirs. Above 1 copying gains; to 0.82 the copier earns less than who works, so that
nobody delegates to it; below it had better delegate itself, of which a validator takes 18 %. Interval 0 is the epoch's
own consensus, as if it were foreseen; 1 what everyone sees without commit-reveal. Values are exact: G is rounded when
it is shown.`,
  options: {
    intervals: { value: 'C,…', help: `tempos before (${COPYING_INTERVALS.join(',')})` },
    epochs: { value: 'N', help: 'epochs of each run (as many as the series allows)' },
    rules: { value: 'NAME,…', help: `bonds by ${RULE_NAMES.join(', ')} rules; own are the snapshots' (own)` },
    ...DRIFTING_OPTIONS,
    ...PAPER_OPTIONS,
    ...HYPERPARAMETER_OPTIONS,
    'as-spec': AS_SPEC_OPTION,
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON for each interval, with G of every epoch' },
    svg: SVG_OPTION,
  },
  async run(args, io) {
    const kind = args.choice('engine', ENGINES)
    if (args.has('paper')) return paperStudy(args, io, kind)
    const rules = wordList(args, 'rules', RULE_NAMES) ?? ['own']
    const options = optionsOf(args)
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const simulator = await loadSimulator(kind === undefined || kind === 'reference' ? {} : { prefer: kind })
    const { asSpec } = options
    if (asSpec !== undefined) io.note(`AS IF at spec ${asSpec}: no chain ran these epochs by these rules`)
    const named = await seriesOf(args, simulator, options.hyperparameters)
    const { found, stopped } = await takeParts(io, 'intervals', () =>
      studyParts({ engine, simulator }, named, rules, options),
    )
    return putStudy(args, io, stopped, {
      figures: () => figuresOf(found),
      json: () => found.flatMap(jsonLines),
      report: () => report(found),
    })
  },
}

interface Implementations {
  readonly engine: Engine
  readonly simulator: Simulator
}

/** Every series by every rule of bonds, interval by interval. */
function* studyParts(
  { engine, simulator }: Implementations,
  named: readonly NamedSeries[],
  rules: readonly Rules[],
  options: CopyingOptions,
): Parts<readonly Studied[]> {
  const studied: Studied[] = []
  const runs = named.flatMap((series) => rules.map((rule) => ({ ...series, rule })))
  for (const [at, { name, series, rule }] of runs.entries()) {
    const hyperparameters = { ...RULES[rule], ...options.hyperparameters }
    let whole: Studied | undefined
    for (const part of copyingParts(engine, simulator, series, { ...options, hyperparameters })) {
      whole = { name, series, rules: rule, ...part.found }
      const found = part.done === 0 ? [...studied] : [...studied, whole]
      yield { done: at * part.of + part.done, of: runs.length * part.of, found }
    }
    studied.push(whole!)
  }
}

interface Studied extends Copying {
  readonly name: string
  readonly series: readonly Snapshot[]
  readonly rules: Rules
}

function optionsOf(args: Arguments): CopyingOptions {
  const intervals = integerList(args, 'intervals', 0, MAX_INTERVAL)
  const epochs = args.integer('epochs', 1, MAX_INTERVAL)
  const asSpec = args.integer('as-spec', 0, MAX_SPEC)
  return {
    hyperparameters: hyperparametersOf(args),
    ...(intervals === undefined ? {} : { intervals }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(asSpec === undefined ? {} : { asSpec }),
  }
}

/** What a margin says of the copier. */
export const COPYING_REGIMES = {
  gains: 'copying gains',
  keeps: 'earns less than who works',
  loses: 'had better delegate',
} as const

const COLUMNS: readonly TableColumn[] = [
  { title: 'rules', align: 'left' },
  { title: 'interval', align: 'right' },
  { title: 'last block', align: 'right' },
  { title: 'G', align: 'right' },
  { title: 'the copier', align: 'left' },
]

function report(studied: readonly Studied[]): string[] {
  const [{ series, epochs, validators }] = studied as readonly [Studied, ...Studied[]]
  const [first] = series
  const several = studied.some(({ name }) => name !== '')
  const subnet = first!.netuid === undefined ? '' : `subnet ${first!.netuid} · `
  return [
    `${subnet}spec ${first!.specVersion} · ${grouped(series.length)} snapshots from block ${grouped(first!.block)} · n ${grouped(first!.n)}`,
    `${grouped(epochs)} epochs for each interval; ${grouped(validators.length)} validators have trust in the first`,
    '',
    ...table(
      several ? [{ title: 'series', align: 'left' }, ...COLUMNS] : COLUMNS,
      studied.flatMap(({ name, rules, margins }) =>
        margins.map((margin) => [...(several ? [name] : []), ...cells(rules, margin)]),
      ),
    ),
  ]
}

function cells(rules: Rules, { interval, block, g, regime }: CopierMargin): string[] {
  const shown = g === null ? '–' : decimal(g, 5)
  return [rules, String(interval), grouped(block), shown, regime === null ? '' : COPYING_REGIMES[regime]]
}

function jsonLines({ name, rules, epochs, validators, margins }: Studied): string[] {
  return margins.map((margin) => {
    const line = {
      ...(name === '' ? {} : { series: name }),
      rules,
      interval: margin.interval,
      epochs,
      block: String(margin.block),
      validators,
      g: exact(margin.g),
      regime: margin.regime,
      copier_rate: exact(margin.copier),
      honest_rate: exact(margin.honest),
      inactive: margin.inactive,
      g_by_epoch: margin.byEpoch.map((g) => (g === null ? null : decimal(g, DIGITS))),
    }
    return `${JSON.stringify(line)}\n`
  })
}

function exact(value: Fraction | null): object | null {
  if (value === null) return null
  return { exact: `${value.numerator}/${value.denominator}`, decimal: decimal(value, DIGITS) }
}

/** The regimes, from the lowest of what is drawn to the highest. */
export const COPYING_BANDS: readonly Band[] = [
  { from: Number.NEGATIVE_INFINITY, to: 0.82, label: 'had better delegate' },
  { from: 0.82, to: 1, label: 'earns less than who works' },
  { from: 1, to: Number.POSITIVE_INFINITY, label: 'copying gains' },
]

function figuresOf(studied: readonly Studied[]): readonly LineFigure[] {
  const { netuid } = studied[0]!.series[0]!
  const what = netuid === undefined ? '' : ` of subnet ${netuid}`
  return [
    {
      title: `A copier's margin G${what}`,
      x: { label: 'tempos before' },
      y: { label: 'G' },
      bands: COPYING_BANDS,
      series: studied.map(({ name, rules, margins }) => ({
        name: [name, rules === 'own' ? (name === '' ? "by the subnet's own rules" : '') : `by ${rules} rules`]
          .filter((part) => part !== '')
          .join(', '),
        points: margins.map(({ interval, g }) => [interval, g === null ? Number.NaN : toNumber(g)] as const),
      })),
    },
  ]
}
