import { FileError } from '../errors/index.ts'
import { printable } from './format.ts'
import { painted } from './terminal.ts'

/** The reader of standard output has gone: there is nobody left to write for. */
export class OutputClosed extends Error {}

const BLOCK_LENGTH = 1 << 16

/** Standard output, in big blocks, each awaited, so that a slow reader is not run ahead of. */
class Output {
  readonly #stream: NodeJS.WriteStream
  #pending = ''

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    // Faults come back from each write; unheard, the event would end the process with a stack trace.
    stream.on('error', () => {})
  }

  /**
   * Writes pieces of text.
   * @throws {OutputClosed} where nobody reads any more.
   */
  async write(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      this.#pending += piece
      if (this.#pending.length >= BLOCK_LENGTH) await this.flush()
    }
  }

  /** Writes what is kept back. */
  async flush(): Promise<void> {
    const text = this.#pending
    this.#pending = ''
    if (text === '') return
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(outputError(error)) : resolve()))
    })
  }
}

function outputError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return new OutputClosed()
  return new FileError('standard output', error.message, { cause: error })
}

/** A line on the terminal that says how far the work is; nothing where standard error is no terminal. */
class Progress {
  readonly #stream: NodeJS.WriteStream
  #shown = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** Puts a text in place of the last one. */
  show(text: string): void {
    if (!this.#stream.isTTY) return
    this.#stream.write(`\r\x1b[K${printable(text)}`)
    this.#shown = true
  }

  /** Takes the line away. */
  clear(): void {
    if (!this.#shown) return
    this.#stream.write('\r\x1b[K')
    this.#shown = false
  }
}

/** Where a command writes: results, progress, and notes for people. */
export class Io {
  readonly out: Output = new Output(process.stdout)
  readonly progress: Progress = new Progress(process.stderr)

  constructor() {
    process.stderr.on('error', () => {})
  }

  /** Says a line on standard error. */
  note(text: string): void {
    this.#say('yuma:', text)
  }

  /** Says why it ends. */
  fault(text: string): void {
    this.#say(painted('bad', 'yuma:', process.stderr), text)
  }

  #say(who: string, text: string): void {
    this.progress.clear()
    process.stderr.write(`${who} ${printable(text)}\n`)
  }
}
