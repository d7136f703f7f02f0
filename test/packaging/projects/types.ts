// Every entry, as a project of TypeScript sees it.
import { type Engine, type EpochResult, loadEngine } from 'yuma-core'
import { connect } from 'yuma-core/chain'
import { loadEmission } from 'yuma-core/emission'
import emissionModule from 'yuma-core/emission/simd.wasm'
import { loadEngine as loadInline } from 'yuma-core/inline'
import { Metagraph } from 'yuma-core/metagraph'
import { loadSimulator } from 'yuma-core/simulate'
import { generate, type Snapshot } from 'yuma-core/snapshot'
import { verifyEpoch } from 'yuma-core/verify'
import { loadWasm } from 'yuma-core/wasm'
import epochModule from 'yuma-core/wasm/simd.wasm'
import { bytes } from 'yuma-core/wasm/simd-inline'
import { createWorkerEngine } from 'yuma-core/worker'

export async function run(): Promise<bigint | undefined> {
  const engine: Engine = await loadEngine()
  const snapshot: Snapshot = generate({ n: 8, validators: 2, seed: 1 })
  const result: EpochResult = engine.epoch(snapshot)
  await loadWasm({ module: epochModule })
  await loadWasm({ module: bytes })
  return result.emission[0]
}

export const others: readonly unknown[] = [
  connect,
  loadEmission,
  emissionModule,
  loadInline,
  Metagraph,
  loadSimulator,
  verifyEpoch,
  createWorkerEngine,
]
