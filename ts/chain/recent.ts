import { abortable } from '../errors/abort.ts'

/** What is being read, or was. */
interface Kept<T> {
  readonly reading: Promise<T>
  /** Ends the reading. */
  readonly controller: AbortController
  /** How many wait for it. */
  waiting: number
  isDone: boolean
}

/**
 * What was read last, by name, so that what several ask for is read once. The signal of each of them ends its own wait;
 * what is being read goes on for as long as somebody waits for it.
 */
export class Recent<T> {
  readonly #kept = new Map<string, Kept<T>>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /**
   * What is known by that name, else what `read` gives. What fails is forgotten.
   * @param read Is handed the signal that ends it: nobody's own.
   * @throws {AbortedError} as soon as `signal` says so.
   */
  async of(
    name: string,
    read: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const kept = this.#kept.get(name) ?? this.#begin(name, read)
    kept.waiting++
    try {
      return await abortable(kept.reading, signal)
    } finally {
      kept.waiting--
      if (kept.waiting === 0 && !kept.isDone) {
        this.#forget(name, kept)
        kept.controller.abort()
      }
    }
  }

  #begin(name: string, read: (signal: AbortSignal) => Promise<T>): Kept<T> {
    const controller = new AbortController()
    const kept: Kept<T> = { reading: read(controller.signal), controller, waiting: 0, isDone: false }
    kept.reading.then(
      () => {
        kept.isDone = true
      },
      () => {
        kept.isDone = true
        this.#forget(name, kept)
      },
    )
    this.#kept.set(name, kept)
    if (this.#kept.size > this.#most) this.#kept.delete(this.#kept.keys().next().value!)
    return kept
  }

  #forget(name: string, kept: Kept<T>): void {
    if (this.#kept.get(name) === kept) this.#kept.delete(name)
  }
}
