// For a bundler that gives the address of a file that is imported.
import { loadWasmEmission } from 'yuma-core/emission'
import emissionModule from 'yuma-core/emission/simd.wasm'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { loadWasm } from 'yuma-core/wasm'
import epochModule from 'yuma-core/wasm/simd.wasm'
import { figures } from './figures.js'

const loadEngine = () => loadWasm({ module: new URL(epochModule, import.meta.url) })
const loadEmission = () => loadWasmEmission({ module: new URL(emissionModule, import.meta.url) })

globalThis.figures = figures({ loadEngine, loadEmission, generate, parseNetwork }).catch(({ message }) => ({
  error: message,
}))
