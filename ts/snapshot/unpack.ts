import { FileError } from '../errors/index.ts'
import { MAX_FILE_BYTES, MAX_UNPACKED_BYTES } from './limits.ts'

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}

/** The fault of a file that is too big to be read. */
export function tooBig(file: string): FileError {
  return new FileError(file, `bigger than ${mebibytes(MAX_FILE_BYTES)}`)
}

/**
 * A file's bytes, unpacked where they begin as gzip does. Stops as soon as there are too many of them.
 * @throws {FileError} where the gzip is broken or cut short, or the bytes are too many.
 */
export async function unpack(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  if (bytes.length > MAX_FILE_BYTES) throw tooBig(file)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  return isGzip ? inflate(bytes, file) : bytes
}

async function inflate(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  // A fault of the data shows at the reading end; here it would only be seen twice.
  const swallow = (): void => {}
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(swallow)
  writer.close().catch(swallow)
  const reader = stream.readable.getReader()
  const unpacked = new Unpacked(promisedLength(bytes))
  for (;;) {
    const { done, value } = await read(reader, file)
    if (done) return unpacked.finish()
    if (unpacked.length + value.length > MAX_UNPACKED_BYTES) {
      reader.cancel().catch(swallow)
      throw new FileError(file, `bigger than ${mebibytes(MAX_UNPACKED_BYTES)} when unpacked`)
    }
    unpacked.push(value)
  }
}

/** How much deflate can pack at most: 258 bytes in two bits. */
const MOST_TIMES = 1032

/** How long the bytes are unpacked by the gzip's own word, as far as it can be true. */
function promisedLength(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0
  const word = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true)
  return Math.min(word, MAX_UNPACKED_BYTES, MOST_TIMES * bytes.length)
}

/** Bytes as they come in: in place, as far as they are as many as promised, so that a big file is there once. */
class Unpacked {
  readonly #promised: Uint8Array<ArrayBuffer>
  readonly #more: Uint8Array[] = []
  length = 0

  constructor(promised: number) {
    this.#promised = new Uint8Array(promised)
  }

  push(chunk: Uint8Array): void {
    const room = Math.max(0, this.#promised.length - this.length)
    if (room > 0) this.#promised.set(chunk.subarray(0, room), this.length)
    // A gzip of several members promises the length of the last.
    if (chunk.length > room) this.#more.push(chunk.subarray(room))
    this.length += chunk.length
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (this.#more.length > 0) return concatenate([this.#promised, ...this.#more], this.length)
    return this.#promised.subarray(0, this.length)
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  file: string,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new FileError(file, `broken gzip: ${reason}`, { cause })
  }
}

/** Chunks in one piece. */
export function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
