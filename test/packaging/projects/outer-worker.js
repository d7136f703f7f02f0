import { loadEmission } from 'yuma-core/emission'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { createWorkerEngine } from 'yuma-core/worker'
import { figures } from './figures.js'

/** An engine whose epoch is there before it is asked for: figures take it at once. */
async function loadEngine() {
  const workers = await createWorkerEngine({ pool: 1 })
  const result = await workers.epoch(generate({ n: 64, validators: 16, seed: 7 }))
  workers.close()
  return { kind: workers.kind, epoch: () => result }
}

figures({ loadEngine, loadEmission, generate, parseNetwork }).then(
  (found) => postMessage(found),
  ({ message }) => postMessage({ error: message }),
)
