import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadEngine } from '../engine/index.ts'
import { FileError } from '../errors/index.ts'
import {
  CASE_DIFFERENCES,
  CASE_VERSIONS,
  type CaseDifference,
  type CaseRun,
  caseScenario,
  casesParts,
} from '../simulate/studies/cases.ts'
import { type PublishedCase, parseCases } from '../simulate/studies/published-cases.ts'
import type { Change, RowEntries } from '../simulate/types.ts'
import { readBytes, shownName, writeSnapshot, writeText } from '../snapshot/node.ts'
import { unpack } from '../snapshot/unpack.ts'
import type { Command } from './command.ts'
import { ENGINES } from './epoch.ts'
import { EXIT } from './exit.ts'
import type { LineFigure } from './figure.ts'
import { grouped, printable, type TableColumn, table } from './format.ts'
import { interruptible } from './interrupt.ts'
import { putStudy, SVG_OPTION, takeParts } from './study.ts'

/** What published figures and aligned ones may be apart: the floats and the rounding of weights to u16. */
const NEAR = 1e-3
const DIGITS = 5

/** `yuma study cases` */
export const casesCommand: Command = {
  name: 'study cases',
  usage: 'FILE [options]',
  about: `Runs the cases of bactensor/yuma-simulation on exact epochs: Yuma 1, 2, 3 and 3 with liquid alpha, at every bonds penalty
that FILE has figures for (its stakes, weights and dividends as JSON, plain or gzip; - is standard input). Shows how far
its figures are from what the chain would pay, how far they are once everything that it does otherwise is done so here
too, and what each of these differences does alone: ${CASE_DIFFERENCES.join(', ')}. Distances are the greatest of any
validator's dividends, over all epochs or in the last, in TAO for 1,000 TAO of stake.`,
  options: {
    case: { value: 'NAME', help: 'cases with this in their name alone' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    scenarios: {
      value: 'FOLDER',
      help: 'write each case and version as a scenario (yuma simulate), by the rules of the chain, in place of studying it',
    },
    penalty: { value: 'PART', help: 'bonds penalty of the scenarios, 0 to 1 (1)' },
    json: { help: 'one line of JSON for each run, with dividends by epoch' },
    svg: SVG_OPTION,
  },
  async run(args, io) {
    const path = args.single('FILE')
    const name = args.text('case')
    const kind = args.choice('engine', ENGINES)
    const file = shownName(path)
    const text = new TextDecoder().decode(await unpack(await readBytes(path), file))
    const published = parseCases(text, file)
    const chosen = published.cases.filter((it) => name === undefined || it.name.includes(name))
    if (chosen.length === 0) throw args.usage(`no case has ${JSON.stringify(name)} in its name`)
    const folder = args.text('scenarios')
    if (folder !== undefined) {
      await writeScenarios(folder, chosen, args.fraction('penalty') ?? 1)
      return EXIT.done
    }
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const { found: runs, stopped } = await takeParts(io, 'cases', () =>
      casesParts(engine, { ...published, cases: chosen }),
    )
    return putStudy(args, io, stopped, {
      figures: () => figuresOf(runs),
      json: () => runs.map((run) => `${JSON.stringify(runJson(run))}\n`),
      report: () => report(published.origin, runs),
    })
  },
}

/** A scenario and the snapshot that it begins with, of each case by each version. */
async function writeScenarios(
  folder: string,
  chosen: readonly PublishedCase[],
  penalty: number,
): Promise<void> {
  await interruptible(async (signal) => {
    await makeFolder(folder)
    for (const it of chosen) {
      for (const version of CASE_VERSIONS) {
        const name = `${shortName(it.name)} ${version}`.toLowerCase().replace(/[^a-z0-9]+/g, '-')
        const { start, epochs, changes } = caseScenario(it, version, penalty)
        const begin = `${name}-start.json.gz`
        await writeSnapshot(join(folder, begin), { ...start, name: `${it.name}, ${version}` }, { signal })
        const scenario = {
          schema: 'yuma-scenario/1',
          name: `${it.name}, ${version}, bonds penalty ${penalty}`,
          start: { file: begin },
          epochs,
          changes: changes.map((step) => ({ epoch: step.epoch, changes: step.changes.map(changeJson) })),
          record: ['dividends', 'incentive', 'raw_dividends'],
        }
        await writeText(join(folder, `${name}.json`), [`${JSON.stringify(scenario, null, 1)}\n`], { signal })
      }
    }
  })
}

/** A change as a scenario file has it: rows as pairs, amounts and blocks as decimal strings. */
function changeJson(change: Change): object {
  const pairs = ({ uid, value }: RowEntries): object => Array.from(uid, (to, at) => [to, value[at]!])
  const members = Object.entries(change).map(([key, value]) => {
    if (key === 'weights') return [key, pairs(value as RowEntries)]
    return [key, typeof value === 'bigint' ? String(value) : value]
  })
  return Object.fromEntries(members)
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw new FileError(folder, (cause as Error).message, { cause })
  }
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'case', align: 'left' },
  { title: 'version', align: 'left' },
  { title: 'by the chain', align: 'right' },
  { title: 'aligned', align: 'right' },
  ...CASE_DIFFERENCES.map((title) => ({ title, align: 'right' }) as const),
]

/** One line for each case and version: the greatest distances of all penalties. */
function report(origin: string, runs: readonly CaseRun[]): string[] {
  const near = runs.filter(({ alignedDistance }) => alignedDistance <= NEAR)
  const names = [...new Set(runs.map(({ name }) => name))]
  const rows = names.flatMap((name) =>
    CASE_VERSIONS.map((version) => {
      const of = runs.filter((run) => run.name === name && run.version === version)
      const most = (distance: (run: CaseRun) => number): string =>
        Math.max(...of.map(distance)).toFixed(DIGITS)
      const alone = (difference: CaseDifference): string =>
        of.some((run) => run.alone[difference] !== undefined) ? most((run) => run.alone[difference] ?? 0) : ''
      return [
        printable(shortName(name)),
        version,
        most((run) => run.chainDistance),
        most((run) => run.alignedDistance),
        ...CASE_DIFFERENCES.map(alone),
      ]
    }),
  )
  return [
    `${printable(origin)}`,
    `${grouped(near.length)} of ${grouped(runs.length)} runs within ${NEAR} where all differences are aligned`,
    '',
    ...table(COLUMNS, rows),
  ]
}

function shortName(name: string): string {
  return name.split(' - ')[0]!
}

function runJson(run: CaseRun): object {
  return {
    case: run.name,
    version: run.version,
    bonds_penalty: run.penalty,
    validators: run.validators,
    published: run.published,
    chain: run.chain,
    aligned: run.aligned,
    chain_distance: run.chainDistance,
    aligned_distance: run.alignedDistance,
    alone: run.alone,
    dividends_by_epoch: run.byEpoch,
  }
}

/** Of one case the dividends by epoch, of several the distances. */
function figuresOf(runs: readonly CaseRun[]): readonly LineFigure[] {
  const names = [...new Set(runs.map(({ name }) => name))]
  return names.length === 1 ? dividendFigures(runs) : distanceFigures(runs, names)
}

/** At the greatest penalty, which is what most subnets have. */
function dividendFigures(runs: readonly CaseRun[]): readonly LineFigure[] {
  const penalty = Math.max(...runs.map((run) => run.penalty))
  return runs
    .filter((run) => run.penalty === penalty)
    .map(({ name, version, validators, byEpoch }) => ({
      title: `${shortName(name)}, ${version}, penalty ${penalty}`,
      x: { label: 'epoch', min: 0, max: byEpoch.length },
      y: { label: 'dividends, TAO for 1,000 of stake', min: 0 },
      series: validators.map((validator, at) => ({
        name: validator,
        points: byEpoch.map((dividends, epoch) => [epoch, dividends[at]!] as const),
      })),
    }))
}

function distanceFigures(runs: readonly CaseRun[], names: readonly string[]): readonly LineFigure[] {
  return CASE_VERSIONS.map((version) => {
    const most = (name: string, distance: (run: CaseRun) => number): number =>
      Math.max(...runs.filter((run) => run.name === name && run.version === version).map(distance))
    return {
      title: `${version}: from the published figures`,
      x: { label: 'case', min: 1, max: names.length },
      y: { label: 'TAO for 1,000 TAO of stake', min: 0 },
      series: [
        {
          name: 'by the chain',
          points: names.map((name, at) => [at + 1, most(name, (run) => run.chainDistance)] as const),
        },
        {
          name: 'aligned',
          points: names.map((name, at) => [at + 1, most(name, (run) => run.alignedDistance)] as const),
        },
      ],
    }
  })
}
