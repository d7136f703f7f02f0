/** What went wrong, for programs. */
export type YumaErrorCode = 'input' | 'file' | 'engine' | 'chain' | 'queue' | 'aborted'

/** Spelled out: `new.target.name` is whatever a page's minifier made of it. */
const NAMES: Readonly<Record<YumaErrorCode, string>> = {
  input: 'InputError',
  file: 'FileError',
  engine: 'EngineError',
  chain: 'ChainError',
  queue: 'QueueError',
  aborted: 'AbortedError',
}

/** Base of every error this package throws on purpose. */
export class YumaError extends Error {
  readonly code: YumaErrorCode

  constructor(code: YumaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = NAMES[code]
    this.code = code
  }
}

/** What an {@link InputError} carries beside its message. */
export interface InputErrorDetails {
  /** The field, as the input spells it: `bondsPenalty` of a snapshot, `bonds_penalty` of a file. */
  readonly field: string
  /** What was expected, and what was there. */
  readonly expected: string
  /** The uid or row to blame, where there is one. */
  readonly uid?: number
  /** The mechanism, where the field is a mechanism's. */
  readonly mechanism?: number
  /** The snapshot's place in a batch, where the input is of one. */
  readonly index?: number
  /** The subnet, where the input is a network's. */
  readonly netuid?: number
  /** The file, where the input came from one. */
  readonly file?: string
  /** The document in the file, where that holds several. */
  readonly document?: string
}

/** Input that no chain could hold: names the field, the uid where one is to blame, and what was expected. */
export class InputError extends YumaError {
  readonly field: string
  readonly expected: string
  readonly uid: number | undefined
  readonly mechanism: number | undefined
  readonly index: number | undefined
  readonly netuid: number | undefined
  readonly file: string | undefined
  readonly document: string | undefined

  constructor(fault: InputErrorDetails, options?: ErrorOptions) {
    const file = fault.file === undefined ? '' : `${fault.file}: `
    const document = fault.document === undefined ? '' : `${fault.document}: `
    const mechanism = fault.mechanism === undefined ? '' : ` of mechanism ${fault.mechanism}`
    const uid = fault.uid === undefined ? '' : ` at uid ${fault.uid}`
    const netuid = fault.netuid === undefined ? '' : ` of subnet ${fault.netuid}`
    const index = fault.index === undefined ? '' : `snapshot ${fault.index} of the batch: `
    super(
      'input',
      `${file}${document}${index}${fault.field}${netuid}${mechanism}${uid}: ${fault.expected}`,
      options,
    )
    this.field = fault.field
    this.expected = fault.expected
    this.uid = fault.uid
    this.mechanism = fault.mechanism
    this.index = fault.index
    this.netuid = fault.netuid
    this.file = fault.file
    this.document = fault.document
  }

  /** The same fault, with what its place is called or where it is told otherwise. */
  with(details: Partial<InputErrorDetails>): InputError {
    const { field, expected, uid, mechanism, index, netuid, file, document } = this
    const own = Object.entries({ uid, mechanism, index, netuid, file, document })
    const known = Object.fromEntries(own.filter(([, value]) => value !== undefined))
    const options = this.cause === undefined ? undefined : { cause: this.cause }
    return new InputError({ field, expected, ...known, ...details }, options)
  }
}

/** A file that could not be read or written as what it should be. */
export class FileError extends YumaError {
  readonly file: string

  constructor(file: string, message: string, options?: ErrorOptions) {
    super('file', `${file}: ${message}`, options)
    this.file = file
  }
}

/** The engine itself failed: an addon or module that does not load, a worker that died, a bug of ours. */
export class EngineError extends YumaError {
  constructor(message: string, options?: ErrorOptions) {
    super('engine', message, options)
  }
}

/** What about a queue went wrong, for programs. */
export type QueueErrorKind =
  /** PostgreSQL could not be reached, or the connection went; it may come back. */
  | 'unreachable'
  /** It refuses who asks: a wrong password, no such database or user, no right to do it. */
  | 'refused'
  /** It answers, and not as a queue of ours does. */
  | 'unusable'

/** The queue of a replay could not be used. Exit code 3 of the command line. */
export class QueueError extends YumaError {
  readonly kind: QueueErrorKind
  /** The queue as messages name it: without user, password and whatever else is nobody's business. */
  readonly queue: string

  constructor(kind: QueueErrorKind, queue: string, message: string, options?: ErrorOptions) {
    super('queue', `${queue}: ${message}`, options)
    this.kind = kind
    this.queue = queue
  }
}

/** The caller's `AbortSignal` stopped the work. Its reason is the `cause`. */
export class AbortedError extends YumaError {
  constructor(signal: AbortSignal) {
    super('aborted', 'the work was aborted by its signal', { cause: signal.reason })
  }
}

/** @throws {AbortedError} when `signal` is aborted. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError(signal)
}
