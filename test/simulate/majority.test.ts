import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { AbortedError, InputError } from '../../ts/errors/index.ts'
import { loadSimulator, majority } from '../../ts/simulate/index.ts'

const native = await loadSimulator({ prefer: 'native' })
const wasm = await loadSimulator({ prefer: 'wasm' })

const PUBLISHED = new URL('../../../shared/real/simulation/retention-contours.json.gz', import.meta.url)

interface Figure {
  readonly settings: {
    readonly kappa: number
    readonly bonds_penalty: number
    readonly weight_stddev: number
    readonly emission_ratio_xi: number
  }
  /** The required honest weight by honest stake. */
  readonly max_W_H: Readonly<Record<string, number>>
}

describe('the honest majority', () => {
  test('is the same on every implementation, with the map, the contour and what is required', async () => {
    const options = { honestStake: [0.6], steps: 10 }
    const found = await majority(native, options)
    expect(found.epochs).toBe(121)
    const [map] = found.maps
    expect(map!.emission.length).toBe(121)
    // All weight on honest miners: they get all of their half, honest validators their stake's part of the other.
    expect(map!.emission[110]).toBeCloseTo(0.8, 2)
    expect(map!.required).toBeGreaterThan(0.7)
    expect(map!.contour.length).toBe(11)
    const [honest, cabal] = map!.contour.at(-1)!
    expect(cabal).toBe(1)
    expect(honest).toBeLessThanOrEqual(map!.required)
    const scalar = await majority(wasm, options)
    expect(scalar).toEqual(found)
  })

  test('needs everything where consensus needs more stake than there is', async () => {
    const { maps } = await majority(native, { honestStake: [0.55], kappa: 0.6, steps: 4 })
    expect(maps[0]!.required).toBeGreaterThan(0.999)
  })

  test('says how far it is, and stops', async () => {
    const controller = new AbortController()
    const seen: number[] = []
    const run = majority(native, {
      honestStake: [0.6, 0.7],
      steps: 12,
      signal: controller.signal,
      onProgress: (done) => {
        seen.push(done)
        controller.abort()
      },
    })
    await expect(run).rejects.toBeInstanceOf(AbortedError)
    expect(seen).toEqual([128 / 169 / 2])
  })

  test('refuses what cannot be', async () => {
    for (const [options, field] of [
      [{ honestStake: [1.2] }, 'honestStake[0]'],
      [{ honestStake: [] }, 'honestStake'],
      [{ n: 64 }, 'validators'],
      [{ specVersion: 1 }, 'spec_version'],
    ] as const) {
      const error = await majority(native, options).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(InputError)
      expect((error as InputError).field).toBe(field)
    }
  })

  test.skipIf(!existsSync(PUBLISHED))(
    'needs the published weights within a thousandth, with the shared folder',
    { timeout: 300_000 },
    async () => {
      const { figures } = JSON.parse(gunzipSync(readFileSync(PUBLISHED)).toString()) as {
        figures: Readonly<Record<string, Figure>>
      }
      const stakes = [0.6]
      for (const name of ['kappa_50.svg', 'bonds_penalty_0.svg', 'weights_stddev_0.svg']) {
        const { settings, max_W_H: required } = figures[name]!
        const { maps } = await majority(native, {
          honestStake: stakes,
          kappa: settings.kappa,
          bondsPenalty: settings.bonds_penalty,
          weightDeviation: settings.weight_stddev,
          emissionRatio: settings.emission_ratio_xi,
        })
        // The published contours are traced from a drawing, to half a thousandth.
        for (const { honestStake, required: found } of maps)
          expect(Math.abs(found - required[String(honestStake)]!), `${name} ${honestStake}`).toBeLessThan(
            0.001,
          )
      }
    },
  )
})
