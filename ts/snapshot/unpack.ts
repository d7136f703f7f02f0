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
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await read(reader, file)
    if (done) return concatenate(chunks, length)
    length += value.length
    if (length > MAX_UNPACKED_BYTES) {
      reader.cancel().catch(swallow)
      throw new FileError(file, `bigger than ${mebibytes(MAX_UNPACKED_BYTES)} when unpacked`)
    }
    chunks.push(value)
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
