import { useEffect, useRef, useState } from 'preact/hooks'

/** What a call came to, or that it is still running. */
export interface Answered<T> {
  /** The last answer there was; that of other arguments while the next one is computed. */
  readonly value: T | undefined
  /** As the library says it. */
  readonly fault: string | undefined
  readonly busy: boolean
}

/**
 * The answer of a call, asked again whenever an argument is another one.
 * @param ask Undefined where there is nothing to ask.
 */
export function useAnswer<T>(
  ask: (() => Promise<T>) | undefined,
  inputs: readonly unknown[],
  settle: () => void = () => {},
): Answered<T> {
  const [answered, setAnswered] = useState<Answered<T>>({ value: undefined, fault: undefined, busy: true })
  const turn = useRef(0)
  useEffect(() => {
    const own = ++turn.current
    const put = (next: Answered<T>): void => {
      if (own === turn.current) setAnswered(next)
    }
    if (ask === undefined) {
      put({ value: undefined, fault: undefined, busy: false })
      return
    }
    setAnswered((last) => ({ ...last, busy: true }))
    ask().then(
      (value) => put({ value, fault: undefined, busy: false }),
      (error) =>
        put({ value: undefined, fault: error instanceof Error ? error.message : String(error), busy: false }),
    )
    return () => {
      turn.current += 1
      settle()
    }
  }, inputs)
  return answered
}
