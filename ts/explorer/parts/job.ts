import { useEffect, useRef, useState } from 'preact/hooks'
import { Client } from '../worker/client.ts'

/** Work that takes its time: how far it is, what it gave, how it failed. */
export interface Job<T> {
  /** From 0 to 1 while it runs, else null. */
  readonly done: number | null
  readonly value: T | undefined
  readonly fault: string | undefined
  start(work: (client: Client, progress: (done: number | string) => void) => Promise<T>): void
  stop(): void
}

/** A job with a worker of its own, which ends with the view. */
export function useJob<T>(): Job<T> {
  const client = useRef<Client | undefined>(undefined)
  const [state, setState] = useState<Pick<Job<T>, 'done' | 'value' | 'fault'>>({
    done: null,
    value: undefined,
    fault: undefined,
  })
  useEffect(() => () => client.current?.stop(), [])
  return {
    ...state,
    start(work) {
      client.current ??= new Client()
      setState((last) => ({ ...last, done: 0, fault: undefined }))
      const progress = (done: number | string): void => {
        if (typeof done === 'number') setState((last) => ({ ...last, done }))
      }
      work(client.current, progress).then(
        (value) => setState({ done: null, value, fault: undefined }),
        (error: Error) =>
          setState((last) => ({
            ...last,
            done: null,
            fault: error.name === 'AbortedError' ? undefined : error.message,
          })),
      )
    },
    stop() {
      client.current?.stop()
    },
  }
}
