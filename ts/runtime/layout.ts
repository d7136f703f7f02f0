/** What crosses into an implementation and back, whatever it means: the other side of `bindings/wire/src/buffer.rs`. */

/** A typed column as it crosses. */
export type Column = BigUint64Array | Uint32Array | Uint16Array | Uint8Array

/** A call as it crosses: scalar slots and columns. */
export interface Call {
  readonly scalars: BigUint64Array
  readonly columns: Column[]
  /** Where all of it lies in one block, as a module reads it: that block. */
  readonly laidOut?: LaidOut
}

/** A call in one block of words, whose columns stay as they are between one revision and the next. */
export interface LaidOut {
  readonly words: BigUint64Array<ArrayBuffer>
  readonly revision: number
}

/** An answer's bytes; behind those of the directory's sections there may be more, which mean nothing. */
export type Answer = Uint8Array<ArrayBuffer>

/** The same, or an array buffer that holds an answer and nothing else: Node makes that in half the time. */
export type AnswerMemory = Answer | ArrayBuffer

/** The status of an answer that holds an output, and no error. */
export const STATUS_OK = 0
/** The status of an answer that says what is wrong with the input. */
export const STATUS_INPUT_ERROR = 1
