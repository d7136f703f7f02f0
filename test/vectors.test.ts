import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type EngineKind, loadEngine } from '../ts/engine/index.ts'
import { parseDocuments } from '../ts/snapshot/index.ts'
import { readDocuments } from '../ts/snapshot/node.ts'
import {
  type ExpectedOutput,
  firstDifference,
  firstDifferenceOfMechanisms,
  VECTOR_FOLDERS,
} from './conformance.ts'

const KINDS: EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']

for (const { folder, files, vectors } of VECTOR_FOLDERS) {
  const path = new URL(`vectors/${folder}/`, import.meta.url)
  const names = readdirSync(path).filter((name) => name.endsWith('.json.gz'))

  describe.each(KINDS)(`${folder} on %s`, (kind) => {
    let ran = 0

    it.each(names)('%s', async (name) => {
      const engine = await loadEngine({ prefer: kind })
      expect(engine.kind).toBe(kind)
      const documents = await readDocuments(new URL(name, path).pathname)
      expect(documents.length).toBeGreaterThan(0)
      for (const { name: vector, snapshot, expected } of documents) {
        if (expected === undefined) throw new Error(`${vector} has no output`)
        expect(firstDifference(engine.epoch(snapshot), expected), vector).toBeUndefined()
        ran += 1
      }
    })

    it(`ran all ${vectors} vectors of ${files} files`, () => {
      expect(names.length).toBe(files)
      expect(ran).toBe(vectors)
    })
  })
}

interface MechanismsVector {
  readonly name: string
  readonly spec_version: number
  readonly input: Readonly<Record<string, unknown>>
  readonly output: ExpectedOutput
}

const POOLS = ['pending_server_emission', 'pending_validator_emission', 'pending_root_alpha_divs']

/** A vector's input as a snapshot file, which has the sum of the pools too. */
function snapshotFile({ spec_version, input }: MechanismsVector): Uint8Array {
  const sum = POOLS.reduce((sum, pool) => sum + BigInt(input[pool] as string), 0n)
  const emission = String(sum < 2n ** 64n ? sum : 2n ** 64n - 1n)
  return new TextEncoder().encode(
    JSON.stringify({ schema: 'yuma-snapshot/1', spec_version, emission, ...input }),
  )
}

describe.each(KINDS)('mechanisms-spec475 on %s', (kind) => {
  it('gives all 80 vectors', async () => {
    const engine = await loadEngine({ prefer: kind })
    const path = new URL('vectors/mechanisms-spec475/mechanisms.json.gz', import.meta.url)
    const { vectors } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
      vectors: readonly MechanismsVector[]
    }
    for (const vector of vectors) {
      const [document] = await parseDocuments(snapshotFile(vector))
      const result = engine.epoch(document!.snapshot)
      expect(firstDifferenceOfMechanisms(result, vector.output), vector.name).toBeUndefined()
    }
    expect(vectors.length).toBe(80)
  })
})
