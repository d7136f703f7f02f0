/** What ends a command from outside: it leaves nothing half done. */

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

/** The reason of an abort that a signal of the system made. */
export class Interrupt extends Error {
  /** As shells have it: 128 and the signal's number. */
  readonly exitCode: number

  constructor(signal: keyof typeof SIGNALS) {
    super(`stopped by ${signal}`)
    this.exitCode = 128 + SIGNALS[signal]
  }
}

/** Work that the first signal ends in good order, and the second at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const listeners = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((name) => {
    const stop = (): void => controller.abort(new Interrupt(name))
    process.once(name, stop)
    return () => process.removeListener(name, stop)
  })
  try {
    return await work(controller.signal)
  } finally {
    for (const remove of listeners) remove()
  }
}
