/** The script of a worker: runs calls on a WebAssembly module, and knows nothing of snapshots. */

import { WasmModule } from '../runtime/instance.ts'
import type { Call } from '../runtime/layout.ts'
import type { Reply, Request } from './messages.ts'

let module: WasmModule | undefined

function answer(request: Request): Reply {
  try {
    if ('module' in request) {
      module = new WasmModule(request.module)
      return { kernel: module.kernel, rules: module.rules }
    }
    return { answers: request.calls.map(run) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

function run(call: Call): Uint8Array<ArrayBuffer> {
  if (module === undefined) throw new Error('the worker has no module yet')
  return module.epoch(call)
}

function buffersOf(reply: Reply): ArrayBuffer[] {
  return 'answers' in reply ? reply.answers.map((bytes) => bytes.buffer) : []
}

// Not an import: bundlers for browsers would look for the module.
const nodeParent = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort

if (nodeParent) {
  nodeParent.on('message', (request: Request) => {
    const reply = answer(request)
    nodeParent.postMessage(reply, buffersOf(reply))
  })
} else {
  globalThis.addEventListener('message', ({ data }: MessageEvent<Request>) => {
    const reply = answer(data)
    globalThis.postMessage(reply, { transfer: buffersOf(reply) })
  })
}
