import type { OutputBuffer } from './sections.ts'
import type { EpochResult } from './types.ts'

/** A constructor that returns its argument, so that a class adds its private fields to an object that is there. */
class ReturnArgument {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what it is for.
    return object
  }
}

/**
 * The output buffer behind a result, as a private field of the result: the columns do not lead to it, since anyone can
 * make columns, and an entry of a weak map would cost every epoch 0.3 µs and every collection more.
 */
export class ResultMemory extends ReturnArgument {
  readonly #output: OutputBuffer

  private constructor(result: EpochResult, output: OutputBuffer) {
    super(result)
    this.#output = output
  }

  /** Notes which buffer a result is in. */
  static set(result: EpochResult, output: OutputBuffer): void {
    new ResultMemory(result, output)
  }

  /** The buffer that a result is in; undefined for what is no result of ours. */
  static get(result: unknown): OutputBuffer | undefined {
    const isObject = typeof result === 'object' && result !== null
    return isObject && #output in result ? result.#output : undefined
  }
}
