/** How an abort is heard, in browsers as in Node. */

import { AbortedError, checkAborted } from './errors.ts'

/** A signal's listener of ours, and all that it tells. */
interface Told {
  readonly tell: Set<() => void>
  readonly listener: () => void
}

const told = new WeakMap<AbortSignal, Told>()

/**
 * Has `tell` called when the signal is aborted, until the function that it gives is called. However many are told, the
 * signal has one listener: Node warns of a leak where it has more than ten, as many as a pull has requests that wait.
 */
export function onAbort(signal: AbortSignal, tell: () => void): () => void {
  const { tell: all, listener } = told.get(signal) ?? begin(signal)
  if (all.size === 0) signal.addEventListener('abort', listener)
  all.add(tell)
  return () => {
    if (all.delete(tell) && all.size === 0) signal.removeEventListener('abort', listener)
  }
}

function begin(signal: AbortSignal): Told {
  const tell = new Set<() => void>()
  const listener = (): void => {
    for (const call of [...tell]) call()
  }
  const one = { tell, listener }
  told.set(signal, one)
  return one
}

/**
 * What `work` comes to, unless the signal is aborted before: then nobody waits for it any more.
 * @throws {AbortedError} as soon as the signal says so.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  // Whether somebody waits for it or not, its failure is no unhandled one.
  work.catch(() => {})
  if (signal === undefined) return work
  checkAborted(signal)
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = onAbort(signal, () => reject(new AbortedError(signal)))
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    stop()
  }
}
