/**
 * `yuma-core/inline`: the WebAssembly modules as JavaScript, for bundlers that leave files behind, single files, and
 * places where nothing can be fetched. Half as large again as the modules themselves, and compiled after all of it is
 * there.
 *
 * @example
 * ```ts
 * import { loadEngine } from 'yuma-core/inline'
 * const engine = await loadEngine()
 * ```
 *
 * @module yuma-core/inline
 */

export { EngineError, InputError, YumaError } from '../errors/index.ts'
export { loadEmission } from './emission.ts'
export { loadEngine } from './engine.ts'
export { loadSimulator } from './simulate.ts'
