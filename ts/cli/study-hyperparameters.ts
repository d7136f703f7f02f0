import { loadEngine } from '../engine/index.ts'
import { loadSimulator } from '../simulate/index.ts'
import { decimal, type Fraction, toNumber } from '../simulate/studies/fraction.ts'
import {
  BOND_RULES,
  hyperparameterSweepParts,
  SWEEP_BOUNDS,
  SWEEP_INTERVALS,
  SWEEP_PENALTIES,
  SWEEP_STEEPNESS,
  type Sweep,
  type SweepOptions,
  type SweepRow,
} from '../simulate/studies/hyperparameters.ts'
import type { Arguments, Command } from './command.ts'
import { ENGINES } from './epoch.ts'
import type { LineFigure } from './figure.ts'
import { grouped, proportion, type TableColumn, table } from './format.ts'
import {
  DRIFTING_OPTIONS,
  integerList,
  putStudy,
  SVG_OPTION,
  seriesOf,
  takeParts,
  wordList,
} from './study.ts'
import { COPYING_BANDS, COPYING_REGIMES } from './study-copying.ts'

const U16 = 65_535
const MAX_INTERVAL = 100_000
const MAX_TOP = 100_000
const DIGITS = 12

const shownBounds = SWEEP_BOUNDS.map((pair) => pair.join(':')).join(',')

/** `yuma study hyperparameters` */
export const hyperparametersCommand: Command = {
  name: 'study hyperparameters',
  usage: 'FILE…|--generate SEED [options]',
  about: `Says which hyperparameters make copying irrational for a subnet, on a series of its snapshots, one an epoch: the copier's
margin G (see yuma study copying) at every combination of the rule of bonds, liquid alpha's bounds and steepness, the
bonds penalty, and the interval from commit to reveal, the least first. Beside it is what the setting costs those who
work: their dividends in the same epoch beside what the subnet's own setting gives them, the median one's and that of
the one that loses most.`,
  options: {
    rules: { value: 'NAME,…', help: `${BOND_RULES.join(', ')} (each)` },
    bounds: { value: 'LOW:HIGH,…', help: `of liquid alpha, of 65535 (${shownBounds})` },
    steepness: { value: 'HUNDREDTHS,…', help: `of liquid alpha (${SWEEP_STEEPNESS.join(',')})` },
    penalties: { value: 'U16,…', help: `bonds penalties, of 65535 (${SWEEP_PENALTIES.join(',')})` },
    intervals: { value: 'TEMPOS,…', help: `from commit to reveal (${SWEEP_INTERVALS.join(',')})` },
    epochs: { value: 'N', help: 'epochs of each run (as many as the series allows)' },
    ...DRIFTING_OPTIONS,
    top: { value: 'N', help: 'how many settings to list (20)' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON for each setting, all of them' },
    svg: SVG_OPTION,
  },
  async run(args, io) {
    const options = optionsOf(args)
    const top = args.integer('top', 0, MAX_TOP) ?? 20
    const kind = args.choice('engine', ENGINES)
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const simulator = await loadSimulator(kind === undefined || kind === 'reference' ? {} : { prefer: kind })
    const [only, ...others] = await seriesOf(args, simulator)
    if (others.length > 0) throw args.usage('--drift: expected one number')
    const { found: sweep, stopped } = await takeParts(io, 'settings', () =>
      hyperparameterSweepParts(engine, simulator, only!.series, options),
    )
    return putStudy(args, io, stopped, {
      figures: () => figuresOf(sweep),
      json: () => sweep.rows.map((row) => `${JSON.stringify(rowJson(row))}\n`),
      report: () => report(sweep, top),
    })
  },
}

function optionsOf(args: Arguments): SweepOptions {
  const lists = {
    rules: wordList(args, 'rules', BOND_RULES),
    bounds: boundsOf(args),
    steepness: integerList(args, 'steepness', 0, 0x7fff),
    penalties: integerList(args, 'penalties', 0, U16),
    intervals: integerList(args, 'intervals', 0, MAX_INTERVAL),
    epochs: args.integer('epochs', 1, MAX_INTERVAL),
  }
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined))
}

function boundsOf(args: Arguments): SweepOptions['bounds'] {
  return args
    .text('bounds')
    ?.split(',')
    .map((pair) => {
      const [low, high] = /^([0-9]{1,5}):([0-9]{1,5})$/.exec(pair)?.slice(1).map(Number) ?? []
      if (low !== undefined && high !== undefined && low < high && high <= U16) return [low, high] as const
      const expected = 'a lower and a higher bound from 0 to 65535 with : between'
      throw args.usage(`--bounds: expected ${expected}, found ${JSON.stringify(pair)}`)
    })
}

const right = (title: string): TableColumn => ({ title, align: 'right' })
const left = (title: string): TableColumn => ({ title, align: 'left' })
const COLUMNS = [
  left('rule'),
  right('low'),
  right('high'),
  right('steepness'),
  right('penalty'),
  right('interval'),
  right('G'),
  left('the copier'),
  right('honest median'),
  right('worst'),
  right('uid'),
]

function report({ epochs, validators, own, rows }: Sweep, top: number): string[] {
  const irrational = rows.filter(({ regime }) => regime === 'loses').length
  const shown = rows.slice(0, top)
  const rest = rows.length - shown.length
  const margins = own.map(({ interval, g }) => `${shownPart(g)} at ${interval}`).join(', ')
  return [
    `${grouped(epochs)} epochs for each interval; ${grouped(validators.length)} validators have trust in the first`,
    `own setting: G ${margins}`,
    `${grouped(irrational)} of ${grouped(rows.length)} settings make copying irrational`,
    '',
    ...table(COLUMNS, shown.map(cells)),
    ...(rest > 0 ? [`  … and ${grouped(rest)} more`] : []),
  ]
}

function cells(row: SweepRow): string[] {
  const { rule, alphaLow, alphaHigh, steepness, penalty, interval, g, regime, honestMedian, honestWorst } =
    row
  return [
    rule,
    alphaLow === null ? '' : proportion(alphaLow),
    alphaHigh === null ? '' : proportion(alphaHigh),
    steepness === null ? '' : (steepness / 100).toFixed(2),
    proportion(penalty),
    String(interval),
    shownPart(g),
    regime === null ? '' : COPYING_REGIMES[regime],
    shownPart(honestMedian),
    shownPart(honestWorst?.part ?? null),
    honestWorst === null ? '' : String(honestWorst.uid),
  ]
}

function shownPart(value: Fraction | null): string {
  return value === null ? '–' : decimal(value, 5)
}

function rowJson(row: SweepRow): object {
  const exact = (value: Fraction | null): object | null =>
    value === null
      ? null
      : { exact: `${value.numerator}/${value.denominator}`, decimal: decimal(value, DIGITS) }
  return {
    rule: row.rule,
    alpha_low: row.alphaLow,
    alpha_high: row.alphaHigh,
    alpha_sigmoid_steepness: row.steepness,
    bonds_penalty: row.penalty,
    interval: row.interval,
    g: exact(row.g),
    regime: row.regime,
    honest_median: exact(row.honestMedian),
    honest_worst:
      row.honestWorst === null ? null : { uid: row.honestWorst.uid, ...exact(row.honestWorst.part) },
  }
}

function figuresOf({ rows }: Sweep): readonly LineFigure[] {
  const of = (what: (row: SweepRow) => Fraction | null, label: string): LineFigure => ({
    title: `G, and ${label}`,
    x: { label: `${label}, beside the own setting` },
    y: { label: 'G' },
    bands: COPYING_BANDS,
    series: BOND_RULES.map((rule) => ({
      name: rule,
      dots: true,
      points: rows.flatMap((row) => {
        const cost = what(row)
        return row.rule === rule && row.g !== null && cost !== null
          ? [[toNumber(cost), toNumber(row.g)] as const]
          : []
      }),
    })).filter(({ points }) => points.length > 0),
  })
  return [
    of((row) => row.honestMedian, 'dividends of the median validator'),
    of((row) => row.honestWorst?.part ?? null, 'dividends of who loses most'),
  ]
}
