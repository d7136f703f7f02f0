import { loadEngine } from '../engine/index.ts'
import {
  COPYING_INTERVALS,
  type CopierMargin,
  type Copying,
  type CopyingOptions,
  copying,
} from '../simulate/studies/copying.ts'
import { decimal, type Fraction, toNumber } from '../simulate/studies/fraction.ts'
import type { Hyperparameters, Snapshot } from '../snapshot/index.ts'
import type { Arguments, Command } from './command.ts'
import { AS_SPEC_OPTION } from './emission.ts'
import { ENGINES } from './epoch.ts'
import { EXIT } from './exit.ts'
import type { Band, LineFigure } from './figure.ts'
import { grouped, type TableColumn, table } from './format.ts'
import { HYPERPARAMETER_OPTIONS, hyperparametersOf } from './generated/hyperparameter-options.ts'
import { filesOf, integerList, readSeries, SVG_OPTION, wordList, writeFigure } from './study.ts'
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
  usage: 'FILE…|--paper [options]',
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
    const files = filesOf(args)
    const rules = wordList(args, 'rules', RULE_NAMES) ?? ['own']
    const options = optionsOf(args)
    const series = await readSeries(files)
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const { asSpec } = options
    if (asSpec !== undefined) io.note(`AS IF at spec ${asSpec}: no chain ran these epochs by these rules`)
    const studied = rules.map((name): Studied => {
      const hyperparameters = { ...RULES[name], ...options.hyperparameters }
      io.progress.show(`${name}: ${series.length} epochs`)
      return { rules: name, ...copying(engine, series, { ...options, hyperparameters }) }
    })
    io.progress.clear()
    if (await writeFigure(args, io, () => figuresOf(series, studied))) return EXIT.done
    if (args.has('json')) await io.out.write(studied.flatMap(jsonLines))
    else await io.out.write(report(series, studied).map((line) => `${line}\n`))
    return EXIT.done
  },
}

interface Studied extends Copying {
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

function report(series: readonly Snapshot[], studied: readonly Studied[]): string[] {
  const [first] = series
  const [{ epochs, validators }] = studied as readonly [Studied, ...Studied[]]
  const subnet = first!.netuid === undefined ? '' : `subnet ${first!.netuid} · `
  return [
    `${subnet}spec ${first!.specVersion} · ${grouped(series.length)} snapshots from block ${grouped(first!.block)} · n ${grouped(first!.n)}`,
    `${grouped(epochs)} epochs for each interval; ${grouped(validators.length)} validators have trust in the first`,
    '',
    ...table(
      COLUMNS,
      studied.flatMap(({ rules, margins }) => margins.map((margin) => cells(rules, margin))),
    ),
  ]
}

function cells(rules: Rules, { interval, block, g, regime }: CopierMargin): string[] {
  const shown = g === null ? '–' : decimal(g, 5)
  return [rules, String(interval), grouped(block), shown, regime === null ? '' : COPYING_REGIMES[regime]]
}

function jsonLines({ rules, epochs, validators, margins }: Studied): string[] {
  return margins.map((margin) => {
    const line = {
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

function figuresOf(series: readonly Snapshot[], studied: readonly Studied[]): readonly LineFigure[] {
  const { netuid } = series[0]!
  const what = netuid === undefined ? '' : ` of subnet ${netuid}`
  return [
    {
      title: `A copier's margin G${what}`,
      x: { label: 'tempos before' },
      y: { label: 'G' },
      bands: COPYING_BANDS,
      series: studied.map(({ rules, margins }) => ({
        name: rules === 'own' ? "by the subnet's own rules" : `by ${rules} rules`,
        points: margins.map(({ interval, g }) => [interval, g === null ? Number.NaN : toNumber(g)] as const),
      })),
    },
  ]
}
