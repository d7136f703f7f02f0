/** What an implementation offers, native or WebAssembly. */

import type { Answer, Column } from '../runtime/layout.ts'
import { openAnswer, wordsOf } from './answer.ts'
import type { NetworkPort } from './network.ts'

/** An implementation of emission. */
export interface Host {
  /** Answers a function, by the number that `bindings/wire` gives it. */
  call(number: number, slots: BigUint64Array, columns: Column[]): Answer
  /** A place for a network. */
  place(): NetworkPort
}

/**
 * Asks a function whose answer is words.
 * @throws `InputError` for input that no chain could hold; `EngineError` where the implementation fails.
 */
export function words(
  host: Pick<Host, 'call'>,
  number: number,
  slots: readonly bigint[],
  columns: Column[] = [],
): BigUint64Array[] {
  return wordsOf(openAnswer(host.call(number, BigUint64Array.from(slots), columns)))
}
