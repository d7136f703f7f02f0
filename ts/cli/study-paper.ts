/** `yuma study copying --paper`: the case of the paper on the copier's penalty. */

import { loadEngine } from '../engine/index.ts'
import type { EngineKind } from '../engine/types.ts'
import { type PaperCase, type PaperEpoch, type PaperOptions, paperCase } from '../simulate/studies/paper.ts'
import type { Arguments, Option } from './command.ts'
import type { LineFigure, Series } from './figure.ts'
import { type TableColumn, table } from './format.ts'
import type { Io } from './io.ts'
import { putStudy } from './study.ts'

const WEIGHT = 65_535
const MAX_EPOCHS = 10_000
const MAX_SPEC = 0xffff_ffff

export const PAPER_OPTIONS: Readonly<Record<string, Option>> = {
  paper: {
    help: "the paper's own case in place of files: a copier of 1 TAO beside 98, a miner that overtakes another",
  },
  rho: { value: 'PART', help: 'of --paper: the signal of its first miner, 0 to 0.5 (0)' },
  delta: { value: 'PART', help: 'of --paper: what that gains within three epochs (0.5)' },
}

export async function paperStudy(args: Arguments, io: Io, kind: EngineKind | undefined): Promise<number> {
  if (args.positionals.length > 0) throw args.usage('--paper takes no FILE')
  const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
  const study = paperCase(engine, optionsOf(args))
  return putStudy(args, io, undefined, {
    figures: () => figuresOf(study),
    json: () => study.epochs.map((epoch, at) => epochJson(study, epoch, at)),
    report: () => report(study),
  })
}

function optionsOf(args: Arguments): PaperOptions {
  const rho = args.fraction('rho')
  const delta = args.fraction('delta')
  const low = args.integer('alpha-low', 0, WEIGHT)
  const high = args.integer('alpha-high', 0, WEIGHT)
  const epochs = args.integer('epochs', 1, MAX_EPOCHS)
  const specVersion = args.integer('as-spec', 0, MAX_SPEC)
  return {
    ...(rho === undefined ? {} : { rho }),
    ...(delta === undefined ? {} : { delta }),
    ...(low === undefined ? {} : { alphaLow: low / WEIGHT }),
    ...(high === undefined ? {} : { alphaHigh: high / WEIGHT }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(specVersion === undefined ? {} : { specVersion }),
  }
}

const right = (title: string): TableColumn => ({ title, align: 'right' })
const COLUMNS = ['epoch', 'weight', 'copied', 'paper', 'with liquid alpha', 'chain', 'with liquid alpha'].map(
  right,
)

function report({ specVersion, epochs }: PaperCase): string[] {
  const cells = ({ weight, copied, paper, chain }: PaperEpoch, at: number): string[] => [
    String(at),
    weight.toFixed(4),
    copied.toFixed(4),
    paper.plain.copier.toFixed(5),
    paper.liquid.copier.toFixed(5),
    chain.plain.copier.toFixed(5),
    chain.liquid.copier.toFixed(5),
  ]
  return [
    `a copier's dividends, parts of all: by the paper's arithmetic, and by the rules of spec ${specVersion}`,
    '',
    ...table(COLUMNS, epochs.map(cells)),
  ]
}

function epochJson({ specVersion }: PaperCase, epoch: PaperEpoch, at: number): string {
  return `${JSON.stringify({ epoch: at, spec_version: specVersion, ...epoch })}\n`
}

function figuresOf({ epochs, specVersion }: PaperCase): readonly LineFigure[] {
  const series = (name: string, value: (epoch: PaperEpoch) => number, dashed = false): Series => ({
    name,
    points: epochs.map((epoch, at) => [at, value(epoch)] as const),
    dashed,
  })
  const x = { label: 'epoch', min: 0, max: epochs.length - 1 }
  return [
    {
      title: "The first miner's weight",
      x,
      y: { label: 'weight', min: 0 },
      series: [
        series('by those who work', ({ weight }) => weight),
        series('by the copier', ({ copied }) => copied),
      ],
    },
    {
      title: "The copier's dividends",
      x,
      y: { label: 'part of all', max: 0.0105 },
      series: [
        series('paper', ({ paper }) => paper.plain.copier),
        series('paper, liquid alpha', ({ paper }) => paper.liquid.copier),
        series(`spec ${specVersion}`, ({ chain }) => chain.plain.copier, true),
        series(`spec ${specVersion}, liquid alpha`, ({ chain }) => chain.liquid.copier, true),
      ],
    },
  ]
}
