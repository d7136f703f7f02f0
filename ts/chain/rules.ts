import type { Emission } from '../emission/types.ts'

/** What of the chain's rules a snapshot needs: they stand in Rust. */
export type Rules = Pick<Emission, 'schedule' | 'stakeWeights'>

let loaded: Promise<Rules> | undefined

/** Loads them once: the addon in Node, the WebAssembly module elsewhere. */
export function loadRules(): Promise<Rules> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Rules> {
  // By name, so that a bundle for browsers has the module alone.
  const { loadEmission } = await import('#rules')
  try {
    return await loadEmission()
  } catch (error) {
    loaded = undefined
    throw error
  }
}
