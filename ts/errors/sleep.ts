import { onAbort } from './abort.ts'
import { AbortedError, checkAborted } from './errors.ts'

/**
 * Waits, in browsers as in Node.
 * @throws {AbortedError} as soon as the signal says so.
 */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  checkAborted(signal)
  let stop = (): void => {}
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    if (signal === undefined) return
    stop = onAbort(signal, () => {
      clearTimeout(timer)
      reject(new AbortedError(signal))
    })
  }).finally(() => stop())
}
