import { AbortedError, checkAborted } from './errors.ts'

/**
 * Waits, in browsers as in Node.
 * @throws {AbortedError} as soon as the signal says so.
 */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  checkAborted(signal)
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    const aborted = (): void => {
      done()
      reject(new AbortedError(signal!))
    }
    const timer = setTimeout(() => {
      done()
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted)
  })
}
