import { loadSimulator, type Simulator, type SimulatorKind } from '../simulate/index.ts'
import {
  HONEST_STAKES,
  type Majority,
  type MajorityOptions,
  majorityParts,
} from '../simulate/studies/majority.ts'
import type { Part } from '../simulate/studies/parts.ts'
import type { Arguments, Command } from './command.ts'
import type { LineFigure } from './figure.ts'
import { grouped, type TableColumn, table } from './format.ts'
import { putStudy, SVG_OPTION, takeParts } from './study.ts'

const ENGINES: readonly SimulatorKind[] = ['native', 'wasm', 'wasm-scalar']
const MAX_SPEC = 0xffff_ffff
const MAX_STEPS = 1000
/** Colours of a figure, after which lines are dashed. */
const COLOURS = 7

type Setting = Omit<MajorityOptions, 'signal' | 'onProgress'>

/** `yuma study majority` */
export const majorityCommand: Command = {
  name: 'study majority',
  usage: '[options]',
  about: `Maps how much of the emission honest stake gets against a cabal, by how much honest validators weigh their own side
and the cabal weighs its own, and says which honest weight keeps the honest share whatever the cabal does. The networks
are those of the chain's own study (docs/consensus.md there), drawn by the same numbers; each point is an exact epoch.
Of lists of values, with commas between, every combination is a map of its own.`,
  options: {
    'honest-stake': { value: 'PART,…', help: `honest shares of stake (${HONEST_STAKES.join(', ')})` },
    'weight-deviation': { value: 'PART,…', help: 'deviation of weights, as a part of their mean (0.4)' },
    penalty: { value: 'PART,…', help: 'share of the clipping that bonds feel (1)' },
    kappa: { value: 'PART,…', help: 'majority of stake that consensus needs (0.5)' },
    'emission-ratio': { value: 'PART,…', help: "validators' share of the emission (0.5)" },
    published: {
      help: 'the maps of docs/consensus.md: deviation 0, .2, .4; penalty 0, .5, 1; kappa .4, .5, .6',
    },
    steps: { value: 'N', help: 'steps of the weights from 0 to 1 (50)' },
    seed: { value: 'NUMBER', help: 'what the networks are drawn from (0)' },
    spec: { value: 'NUMBER', help: 'the rules of this spec version' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON per setting, with every point' },
    svg: SVG_OPTION,
  },
  async run(args, io) {
    if (args.positionals.length > 0)
      throw args.usage(`nothing but options expected, found ${args.positionals[0]}`)
    const settings = settingsOf(args)
    const prefer = args.choice('engine', ENGINES)
    const simulator = await loadSimulator(prefer === undefined ? {} : { prefer })
    const { found, stopped } = await takeParts(io, 'maps', (signal) => mapParts(simulator, settings, signal))
    return putStudy(args, io, stopped, {
      figures: () => found.map(chartOf),
      json: () => found.map(jsonOf),
      report: () => report(found),
    })
  },
}

/** Every setting, honest stake by honest stake. */
async function* mapParts(
  simulator: Simulator,
  settings: readonly Setting[],
  signal: AbortSignal,
): AsyncGenerator<Part<readonly Majority[]>, void> {
  const studied: Majority[] = []
  for (const [at, setting] of settings.entries()) {
    let whole: Majority | undefined
    for await (const part of majorityParts(simulator, { ...setting, signal })) {
      whole = part.found
      const found = part.done === 0 ? [...studied] : [...studied, whole]
      yield { done: at * part.of + part.done, of: settings.length * part.of, found }
    }
    studied.push(whole!)
  }
}

/** A list of parts of 1, or of numbers up to `max`. */
function parts(args: Arguments, name: string, max = 1): readonly number[] | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  return text.split(',').map((part) => {
    const value = /^([0-9]+(\.[0-9]*)?|\.[0-9]+)$/.test(part) ? Number(part) : Number.NaN
    if (value >= 0 && value <= max) return value
    throw args.usage(`--${name}: expected numbers from 0 to ${max}, found ${JSON.stringify(part)}`)
  })
}

/** Every combination of what is asked for. */
function settingsOf(args: Arguments): readonly Setting[] {
  const steps = args.integer('steps', 1, MAX_STEPS)
  const seed = args.integer('seed', 0, Number.MAX_SAFE_INTEGER)
  const specVersion = args.integer('spec', 0, MAX_SPEC)
  const honestStake = parts(args, 'honest-stake')
  const shared: Setting = {
    ...(steps === undefined ? {} : { steps }),
    ...(seed === undefined ? {} : { seed }),
    ...(specVersion === undefined ? {} : { specVersion }),
    ...(honestStake === undefined ? {} : { honestStake }),
  }
  const lists = {
    weightDeviation: parts(args, 'weight-deviation', 1000),
    bondsPenalty: parts(args, 'penalty'),
    kappa: parts(args, 'kappa'),
    emissionRatio: parts(args, 'emission-ratio'),
  }
  if (args.has('published')) {
    if (Object.values(lists).some((list) => list !== undefined))
      throw args.usage('--published says itself which settings there are')
    return PUBLISHED.map((setting) => ({ ...shared, ...setting }))
  }
  let settings: Setting[] = [shared]
  for (const [name, values] of Object.entries(lists)) {
    if (values !== undefined)
      settings = settings.flatMap((setting) => values.map((value) => ({ ...setting, [name]: value })))
  }
  return settings
}

/** What the chain's document maps; the usual setting is one of each three, and stands once. */
const PUBLISHED: readonly Setting[] = [
  {},
  { weightDeviation: 0 },
  { weightDeviation: 0.2 },
  { bondsPenalty: 0 },
  { bondsPenalty: 0.5 },
  { kappa: 0.4 },
  { kappa: 0.6 },
]

function right(title: string): TableColumn {
  return { title, align: 'right' }
}

function titleOf({ setting }: Majority): string {
  const { weightDeviation, bondsPenalty, kappa, emissionRatio } = setting
  const ratio = emissionRatio === 0.5 ? '' : `, validators' share ${emissionRatio}`
  return `deviation ${weightDeviation}, penalty ${bondsPenalty}, kappa ${kappa}${ratio}`
}

function report(found: readonly Majority[]): string[] {
  const [first] = found
  const { n, validators, steps, seed, specVersion } = first!.setting
  const epochs = found.reduce((sum, { epochs }) => sum + epochs, 0)
  const stakes = first!.maps.map(({ honestStake }) => right(String(honestStake)))
  const rows = found.map((study) => [
    titleOf(study),
    ...study.maps.map(({ required }) => required.toFixed(4)),
  ])
  return [
    `spec ${specVersion} · ${grouped(n)} neurons, ${grouped(validators)} validators · ${steps} steps · seed ${seed} · ${grouped(epochs)} epochs`,
    'honest weight that keeps the honest share of stake, by that share',
    '',
    ...table([{ title: 'setting', align: 'left' }, ...stakes], rows),
  ]
}

function jsonOf({ setting, maps, epochs }: Majority): string {
  const points = maps.map(({ honestStake, required, emission, contour }) => ({
    honest_stake: honestStake,
    required,
    emission: [...emission],
    contour: contour.map(([honest, cabal]) => [Number.isNaN(honest) ? null : honest, cabal]),
  }))
  const { weightDeviation, stakeDeviation, bondsPenalty, emissionRatio, specVersion, ...others } = setting
  const named = {
    ...others,
    weight_deviation: weightDeviation,
    stake_deviation: stakeDeviation,
    bonds_penalty: bondsPenalty,
    emission_ratio: emissionRatio,
    spec_version: specVersion,
  }
  return `${JSON.stringify({ schema: 'yuma-majority/1', setting: named, epochs, maps: points })}\n`
}

function chartOf(study: Majority): LineFigure {
  return {
    title: titleOf(study),
    x: { label: "honest side's weight of itself", min: 0, max: 1 },
    y: { label: "cabal's weight of itself", min: 0, max: 1 },
    // There are more of the chain's honest stakes than colours.
    series: study.maps.map(({ honestStake, contour }, at) => ({
      name: `honest stake ${honestStake}`,
      points: contour,
      dashed: at >= COLOURS,
    })),
  }
}
