import { AbortedError, EngineError, YumaError } from '../errors/index.ts'
import { Interrupt } from './interrupt.ts'

/** What the command's exit code says. README.md and the program's help say the same. */
export const EXIT = {
  done: 0,
  /** A check found a difference. */
  difference: 1,
  /** Bad input or usage. */
  usage: 2,
  /** The chain, or the queue of a replay, could not be reached. */
  chain: 3,
  /** A fault of this program or of its installation: no engine, too little memory, an error of ours. */
  internal: 70,
  /** Stopped by Ctrl-C; by another signal, 128 and its number. */
  aborted: 130,
} as const

/** The exit codes in words. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.done, 'done'],
  [EXIT.difference, 'a check found a difference'],
  [EXIT.usage, 'bad input or usage'],
  [EXIT.chain, 'the chain, or a queue, could not be reached'],
  [EXIT.internal, 'a fault of yuma itself or of its installation'],
  [EXIT.aborted, 'stopped by Ctrl-C; by another signal, 128 and its number'],
]

/** A command line that means nothing. */
export class UsageError extends Error {
  /** The command whose help to look at; none for the program's own. */
  readonly command: string | undefined

  constructor(message: string, command?: string) {
    super(message)
    this.name = 'UsageError'
    this.command = command
  }
}

/** What was thrown, as the user is told it. */
export interface Failure {
  readonly code: number
  readonly message: string
}

const CODES: Readonly<Record<YumaError['code'], number>> = {
  input: EXIT.usage,
  file: EXIT.usage,
  engine: EXIT.internal,
  chain: EXIT.chain,
  queue: EXIT.chain,
  aborted: EXIT.aborted,
}

/** How the engine of JavaScript words a want of memory. */
const OUT_OF_MEMORY =
  /allocation failed|invalid (typed )?array (buffer )?length|invalid string length|out of memory/i

/** The exit code and message for what a command threw. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) {
    const help = error.command === undefined ? 'yuma --help' : `yuma ${error.command} --help`
    return { code: EXIT.usage, message: `${error.message}; see ${help}` }
  }
  if (error instanceof AbortedError && error.cause instanceof Interrupt)
    return { code: error.cause.exitCode, message: error.cause.message }
  if (error instanceof EngineError) return { code: EXIT.internal, message: withReasons(error) }
  if (error instanceof YumaError) return { code: CODES[error.code], message: error.message }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  if (error instanceof RangeError && OUT_OF_MEMORY.test(error.message)) {
    return { code: EXIT.internal, message: `not enough memory for this input (${reason})` }
  }
  return { code: EXIT.internal, message: `a fault of yuma itself, please report it: ${reason}` }
}

/** An error's message and those of its causes: what keeps an engine from loading is there. */
function withReasons(error: Error): string {
  const { cause } = error
  const causes: unknown[] =
    cause instanceof AggregateError ? cause.errors : cause === undefined ? [] : [cause]
  const reasons = causes.map((reason) => (reason instanceof Error ? withReasons(reason) : String(reason)))
  return [error.message.split('\n')[0], ...reasons].join(': ')
}
