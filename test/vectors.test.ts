import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type EngineKind, loadEngine } from '../ts/engine/index.ts'
import { readDocuments } from '../ts/snapshot/node.ts'
import { firstDifference, VECTOR_FOLDERS } from './conformance.ts'

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
