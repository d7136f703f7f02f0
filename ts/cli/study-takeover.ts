import { loadEngine } from '../engine/index.ts'
import type { Engine } from '../engine/types.ts'
import { InputError } from '../errors/index.ts'
import { loadSimulator, type Simulator } from '../simulate/index.ts'
import { decimal, type Fraction, toNumber } from '../simulate/studies/fraction.ts'
import type { Parts } from '../simulate/studies/parts.ts'
import {
  CABAL_SIZES,
  type CabalPart,
  LATE_EPOCHS,
  type Neglect,
  type NeglectOptions,
  type NeglectStudy,
  neglectParts,
  type Takeover,
  takeover,
  takeoverParts,
} from '../simulate/studies/takeover.ts'
import type { Snapshot } from '../snapshot/index.ts'
import { shownName } from '../snapshot/node.ts'
import type { Command } from './command.ts'
import { ENGINES } from './epoch.ts'
import type { LineFigure } from './figure.ts'
import { alpha, grouped, type TableColumn, table } from './format.ts'
import {
  filesOf,
  integerList,
  putStudy,
  readSubnets,
  type SubnetSeries,
  SVG_OPTION,
  takeParts,
} from './study.ts'

const MAX_SIZE = 1024
const MAX_EPOCHS = 100_000
const MAX_TOP = 65_535
const DIGITS = 12
/** Shares of stake that are drawn. */
const DRAWN = Array.from({ length: 41 }, (_, at) => 0.3 + at / 100)

/** `yuma study takeover` */
export const takeoverCommand: Command = {
  name: 'study takeover',
  usage: 'FILE… [options]',
  about: `Says what share of a subnet's stake a cabal needs to take it over: newcomers with equal stake who weigh nothing but a miner
of their own, get permits by the chain's rules in one epoch and count in the next. It is taken over where their miner
gets more than half of the incentive; the least stake is found to the rao. And how many of the subnet's own validators,
the greatest first, would have to collude. Of one subnet it says too what each validator loses that has no weights,
that weighs nothing but itself, or whose weights are late, while all others do their work: over the files as a series,
one snapshot an epoch, or over a snapshot that stays as it is. Of several subnets the latest snapshot of each is taken.`,
  options: {
    sizes: { value: 'K,…', help: `validators of the cabal (${CABAL_SIZES.join(',')})` },
    late: { value: 'EPOCHS,…', help: `how late a validator is (${LATE_EPOCHS.join(',')})` },
    epochs: { value: 'N', help: 'epochs of the losses, of one snapshot (30)' },
    top: { value: 'N', help: 'how many validators to list (10)' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON for each cabal and each validator' },
    svg: SVG_OPTION,
  },
  async run(args, io) {
    const files = filesOf(args)
    const sizes = integerList(args, 'sizes', 1, MAX_SIZE) ?? CABAL_SIZES
    const late = integerList(args, 'late', 1, MAX_EPOCHS) ?? LATE_EPOCHS
    const epochs = args.integer('epochs', 1, MAX_EPOCHS)
    const top = args.integer('top', 0, MAX_TOP) ?? 10
    const kind = args.choice('engine', ENGINES)
    const subnets = await readSubnets(files)
    if (subnets.length === 0) {
      const expected = 'expected a subnet with epochs, found root alone'
      throw new InputError({ file: files.map(shownName).join(', '), field: 'netuid', expected })
    }
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const simulator = await loadSimulator(kind === undefined || kind === 'reference' ? {} : { prefer: kind })
    const options = { sizes, late, ...(epochs === undefined ? {} : { epochs }) }
    const { found, stopped } = await takeParts(io, 'parts', () =>
      studyParts({ engine, simulator }, subnets, options),
    )
    return putStudy(args, io, stopped, {
      figures: () => figuresOf({ engine, simulator }, found, sizes),
      json: () => found.flatMap(jsonLines),
      report: () => report(found, top),
    })
  },
}

/** Every subnet's cabals, and of a sole one what its validators lose. */
function* studyParts(
  { engine, simulator }: Implementations,
  subnets: readonly SubnetSeries[],
  { sizes, late, epochs }: { readonly sizes: readonly number[] } & Pick<NeglectOptions, 'late' | 'epochs'>,
): Parts<readonly Studied[]> {
  const studied: Studied[] = []
  const all = subnets.length * sizes.length
  const only = subnets.length === 1 ? subnets[0] : undefined
  const losing =
    only === undefined
      ? undefined
      : neglectParts(engine, simulator, only.series, {
          ...(late === undefined ? {} : { late }),
          ...(epochs === undefined ? {} : { epochs }),
        })
  // How many losses there are is known before the first.
  const first = losing?.next().value ?? undefined
  const of = all + (first?.of ?? 0)
  for (const { name, series } of subnets) {
    const latest = series.at(-1)!
    let whole: Studied | undefined
    for (const part of takeoverParts(engine, simulator, latest, { sizes })) {
      whole = { name, latest, losses: undefined, ...part.found }
      const found = part.done === 0 ? [...studied] : [...studied, whole]
      yield { done: studied.length * sizes.length + part.done, of, found }
    }
    studied.push(whole!)
  }
  for (const part of losing ?? [])
    yield { done: all + part.done, of, found: [{ ...studied[0]!, losses: part.found }] }
  if (of === all)
    yield { done: all, of, found: first === undefined ? studied : [{ ...studied[0]!, losses: first.found }] }
}

interface Implementations {
  readonly engine: Engine
  readonly simulator: Simulator
}

interface Studied extends Takeover {
  readonly name: string
  readonly latest: Snapshot
  readonly losses: NeglectStudy | undefined
}

const right = (title: string): TableColumn => ({ title, align: 'right' })
const left = (title: string): TableColumn => ({ title, align: 'left' })

const CABAL_COLUMNS = [
  right('validators'),
  right('share of stake'),
  right('stake (alpha)'),
  right('seats'),
  right('displaced'),
  right('incentive'),
  right('dividends'),
  right('50 epochs later'),
]

function report(studied: readonly Studied[], top: number): string[] {
  const [only] = studied
  const cells = (least: CabalPart | null): string[] =>
    least === null
      ? ['–']
      : [
          shown(least.share),
          alpha(least.stake),
          grouped(least.seats),
          grouped(least.displaced.length),
          shown(least.incentive),
          shown(least.dividends),
          shown(least.dividendsLater),
        ]
  const several = studied.length > 1
  const rows = studied.flatMap(({ name, cabals }) =>
    cabals.map(({ size, least }) => [...(several ? [name] : []), grouped(size), ...cells(least)]),
  )
  return [
    ...(several ? [] : [headline(only!)]),
    '',
    'the least stake with which newcomers take it over',
    ...table(several ? [left('subnet'), ...CABAL_COLUMNS] : CABAL_COLUMNS, rows),
    '',
    ...studied.map((study) => `${several ? `${study.name}: ` : ''}${insidersText(study)}`),
    ...(only?.losses === undefined ? [] : ['', ...lossLines(only.losses, top)]),
  ]
}

function headline({ name, latest, stake }: Studied): string {
  return `${name} · spec ${latest.specVersion} · block ${grouped(latest.block)} · ${alpha(stake)} alpha of stake`
}

function insidersText({ insiders }: Takeover): string {
  if (insiders === null) return 'its own validators cannot take it over, not even together'
  const { uids, share } = insiders
  const who = uids.length === 1 ? 'its greatest validator' : `its ${grouped(uids.length)} greatest validators`
  const can = uids.length === 1 ? 'can take it over alone' : 'can take it over together'
  return `${who} ${can}, with ${shown(share)} of the stake of all who have a permit: uids ${uids.join(', ')}`
}

function neglectText(what: Neglect): string {
  if (what.kind === 'abstains') return 'no weights'
  return what.kind === 'weighs-itself' ? 'weighs itself' : `${grouped(what.epochs)} late`
}

function lossLines({ epochs, validators }: NeglectStudy, top: number): string[] {
  const [first] = validators
  if (first === undefined) return ['nobody has validator trust']
  const columns = [
    right('uid'),
    right('share of stake'),
    ...first.losses.map(({ neglect: what }) => right(neglectText(what))),
  ]
  const rows = validators
    .slice(0, top)
    .map(({ uid, share, losses }) => [
      String(uid),
      shown(share),
      ...losses.map(({ loss }) => (loss === null ? '–' : shown(loss))),
    ])
  const rest = validators.length - rows.length
  return [
    `what a validator loses of its dividends over ${grouped(epochs)} epochs`,
    ...table(columns, rows),
    ...(rest > 0 ? [`  … and ${grouped(rest)} more`] : []),
  ]
}

function shown(value: Fraction): string {
  return decimal(value, 5)
}

function exact(value: Fraction): object {
  return { exact: `${value.numerator}/${value.denominator}`, decimal: decimal(value, DIGITS) }
}

function jsonLines({ name, latest, stake, cabals, insiders, losses }: Studied): string[] {
  const place = { name, netuid: latest.netuid ?? null, block: String(latest.block) }
  const part = ({ displaced, seats, ...least }: CabalPart): object => ({
    stake: String(least.stake),
    share: exact(least.share),
    seats,
    displaced,
    incentive: exact(least.incentive),
    dividends: exact(least.dividends),
    dividends_later: exact(least.dividendsLater),
  })
  const own =
    insiders === null
      ? null
      : { uids: insiders.uids, share: exact(insiders.share), incentive: exact(insiders.incentive) }
  const objects = [
    ...cabals.map(({ size, least }) => ({
      kind: 'cabal',
      ...place,
      all_stake: String(stake),
      validators: size,
      least: least === null ? null : part(least),
    })),
    { kind: 'insiders', ...place, insiders: own },
    ...(losses?.validators ?? []).map((validator) => ({
      kind: 'losses',
      ...place,
      uid: validator.uid,
      share: exact(validator.share),
      epochs: losses!.epochs,
      dividends_i32f32_bits: String(validator.dividends),
      losses: validator.losses.map(({ neglect: what, loss }) => ({
        neglect: what.kind,
        ...(what.kind === 'late' ? { epochs: what.epochs } : {}),
        loss: loss === null ? null : exact(loss),
      })),
    })),
  ]
  return objects.map((object) => `${JSON.stringify(object)}\n`)
}

function figuresOf(
  { engine, simulator }: Implementations,
  studied: readonly Studied[],
  sizes: readonly number[],
): readonly LineFigure[] {
  const [only] = studied as readonly [Studied, ...Studied[]]
  if (studied.length > 1) return [leastFigure(studied)]
  return [
    cabalFigure({ engine, simulator }, only, sizes),
    ...(only.losses === undefined ? [] : [lossFigure(only.losses)]),
  ]
}

function cabalFigure(
  { engine, simulator }: Implementations,
  { name, latest }: Studied,
  sizes: readonly number[],
): LineFigure {
  const { cabals } = takeover(engine, simulator, latest, { sizes, shares: DRAWN, epochs: 0 })
  return {
    title: `${name}: what a cabal gets`,
    x: { label: 'its part of all stake', min: DRAWN[0]!, max: DRAWN.at(-1)! },
    y: { label: 'part of all incentive', min: 0, max: 1 },
    series: [
      ...cabals.map(({ size, parts }) => ({
        name: size === 1 ? '1 validator' : `${grouped(size)} validators`,
        points: parts.map(({ incentive }, at) => [DRAWN[at]!, toNumber(incentive)] as const),
      })),
      {
        name: 'as much as its stake',
        points: [
          [DRAWN[0]!, DRAWN[0]!],
          [DRAWN.at(-1)!, DRAWN.at(-1)!],
        ],
        dashed: true,
      },
    ],
  }
}

function lossFigure({ validators, epochs }: NeglectStudy): LineFigure {
  const [first] = validators
  return {
    title: `What neglect costs, over ${grouped(epochs)} epochs`,
    x: { label: 'validators, the one with most stake first', min: 0 },
    y: { label: 'part of its dividends that it loses', min: 0 },
    series: (first?.losses ?? []).map(({ neglect: what }, at) => ({
      name: neglectText(what),
      dots: true,
      points: validators.flatMap(({ losses }, rank) => {
        const { loss } = losses[at]!
        return loss === null ? [] : [[rank + 1, toNumber(loss)] as const]
      }),
    })),
  }
}

/** Of several subnets, the least share of each, in order. */
function leastFigure(studied: readonly Studied[]): LineFigure {
  const [{ cabals }] = studied as readonly [Studied, ...Studied[]]
  return {
    title: 'The share of stake that takes a subnet over',
    x: { label: 'subnets, the least share first' },
    y: { label: 'part of all stake' },
    series: cabals.map(({ size }, at) => ({
      name: size === 1 ? '1 validator' : `${grouped(size)} validators`,
      points: studied
        .flatMap((study) => {
          const { least } = study.cabals[at]!
          return least === null ? [] : [toNumber(least.share)]
        })
        .sort((a, b) => a - b)
        .map((share, rank) => [rank + 1, share] as const),
    })),
  }
}
