// A page without a bundler: the package's own files as a server has them, and each kind of source of a module.
import { loadEngine } from '/yuma-core/dist/engine/browser.js'
import { loadWasm } from '/yuma-core/dist/engine/wasm.js'
import { bytes } from '/yuma-core/dist/wasm/scalar-inline.js'
import { createWorkerEngine } from '/yuma-core/dist/worker/index.js'

const scalar = '/yuma-core/dist/wasm/yuma-scalar.wasm'

async function kernels() {
  const engines = [
    await loadEngine(),
    await loadWasm({ variant: 'scalar' }),
    await loadWasm({ module: bytes }),
    await loadWasm({ module: scalar }),
    await loadWasm({ module: fetch(scalar) }),
    await loadWasm({ module: await WebAssembly.compileStreaming(fetch(scalar)) }),
    await createWorkerEngine({ pool: 1, module: bytes }),
  ]
  return engines.map(({ kernel }) => kernel)
}

window.app = { kernels }
