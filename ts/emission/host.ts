/** What an implementation offers, native or WebAssembly. */

import type { Answer, Column } from '../runtime/layout.ts'
import type { NetworkPort } from './network.ts'

/** An implementation of emission. */
export interface Host {
  /** Answers a function, by the number that `bindings/wire` gives it. */
  call(number: number, slots: BigUint64Array, columns: Column[]): Answer
  /** A place for a network. */
  place(): NetworkPort
}
