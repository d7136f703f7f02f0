import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { encodeSnapshot, generate, parseDocuments } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, yuma } from './run.ts'

const PUBLISHED = fileURLToPath(
  new URL('../../../shared/real/subnet-15-block-4769998.json.gz', import.meta.url),
)
const REAL = fileURLToPath(new URL('../vectors/epoch-spec425/real-subnet-15.json.gz', import.meta.url))

const PUBLISHED_WEIGHTS = JSON.stringify({
  schema: 'metagraph-weights/1',
  network: 'finney',
  netuid: 3,
  block: 1_000_000,
  hotkeys: ['5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v'],
  stake: [1.5],
  weights: [[[0, 0.25]]],
})

let folder = ''

beforeAll(() => {
  checkBuilt()
  folder = mkdtempSync(join(tmpdir(), 'yuma-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('yuma generate', () => {
  it('makes 256 neurons and 64 validators unless told otherwise', () => {
    const { code, out, err } = yuma(['generate'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(Buffer.from(encodeSnapshot(generate({ n: 256, validators: 64, seed: 1 }))).toString())
  })

  it('takes every option', async () => {
    const path = join(folder, 'all.json.gz')
    const args =
      '--n 30 --validators 6 --seed 9 --density .5 --least-coverage .3 --most-coverage .8 --burst 2 --steady-bonds --mechanisms 2 --spec-version 424 --netuid 5 --block 77777'
    const hyperparameters =
      '--emission 5 --tempo 99 --activity-cutoff 100 --stake-threshold 7 --max-validators 3 --commit-reveal --kappa 1 ' +
      '--bonds-penalty 2 --bonds-moving-average 3 --yuma3 --liquid-alpha --alpha-low 4 --alpha-high 5 ' +
      '--alpha-sigmoid-steepness=-6'
    const { code, out, err } = yuma(['generate', ...`${args} ${hyperparameters}`.split(' '), '-o', path])
    expect([code, out, err]).toEqual([0, '', ''])
    expect(readFileSync(path).subarray(0, 2)).toEqual(Buffer.of(0x1f, 0x8b))
    const [document] = await readDocuments(path)
    expect(document!.snapshot).toStrictEqual(
      generate({
        n: 30,
        validators: 6,
        seed: 9,
        density: 0.5,
        leastCoverage: 0.3,
        mostCoverage: 0.8,
        burst: 2,
        steadyBonds: true,
        mechanisms: 2,
        specVersion: 424,
        netuid: 5,
        block: 77777n,
        emission: 5n,
        hyperparameters: {
          tempo: 99n,
          activityCutoffBlocks: 100n,
          stakeThreshold: 7n,
          maxAllowedValidators: 3,
          commitRevealEnabled: true,
          kappa: 1,
          bondsPenalty: 2,
          bondsMovingAverage: 3n,
          yuma3On: true,
          liquidAlphaOn: true,
          alphaLow: 4,
          alphaHigh: 5,
          alphaSigmoidSteepness: -6,
        },
      }),
    )
  })

  it('pipes into yuma epoch', async () => {
    const { out } = yuma(['generate', '--n', '20', '--validators', '5'])
    const { code, out: shown, err } = yuma(['epoch', '-'], { input: out })
    expect([code, err]).toEqual([0, ''])
    expect(shown).toContain('generated n=20 validators=5 seed=1\n')
    // Without a word of it, by the newest rules.
    const { rules } = await loadEngine()
    const newest = rules.at(-1)!.last
    expect(shown).toContain(`spec ${newest} · `)
    expect(shown).toContain(`\nrules: ${newest}, proved\n`)
    const imported = yuma(['import', '-'], { input: PUBLISHED_WEIGHTS })
    expect(imported.err).toContain(`assumed: spec ${newest}, `)
  })
})

describe.skipIf(!existsSync(PUBLISHED))('yuma import', () => {
  it('gives the snapshot behind the vectors on real weights, and says what it assumed', async () => {
    const { code, out, err } = yuma([
      'import',
      PUBLISHED,
      '--bonds-penalty',
      '0',
      '--emission',
      '295200000000',
      '--spec-version',
      '425',
    ])
    expect(code).toBe(0)
    for (const line of lines(err)) expect(line.startsWith('yuma: assumed: ')).toBe(true)
    expect(err).toContain('bonds penalty 0')
    const [imported] = await parseDocuments(new TextEncoder().encode(out))
    const [vector] = await readDocuments(REAL)
    const { netuid: _, name: __, hotkeys: ___, ...state } = imported!.snapshot
    const { name: ____, ...expected } = vector!.snapshot
    expect(state).toStrictEqual(expected)
    const epoch = (args: string[], input?: string): string =>
      yuma(['epoch', '--json', ...args], { input: input ?? '' }).out
    expect(lines(epoch(['-'], out))[0]).toBe(lines(epoch([REAL]))[0])
  })
})
