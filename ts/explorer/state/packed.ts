/** A file's bytes as text in an address, and back. */

/** Bytes of the largest file, packed, that stands in an address: what browsers and messengers let pass. */
const MOST = 24_000
const MOST_UNPACKED = 64 << 20

/** Gzip as base64url; null where it is too long for an address. */
export async function packed(bytes: Uint8Array): Promise<string | null> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const small = isGzip ? bytes : await through(bytes, new CompressionStream('gzip'))
  if (small.length > MOST) return null
  const text = btoa(Array.from(small, (byte) => String.fromCharCode(byte)).join(''))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes again, as gzip; undefined where there are none or the text is no such thing. */
export async function unpacked(text: string | null): Promise<Uint8Array | undefined> {
  if (text === null || text.length > MOST_UNPACKED) return undefined
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

async function through(bytes: Uint8Array, stream: CompressionStream): Promise<Uint8Array> {
  const source = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(stream)
  return new Uint8Array(await new Response(source).arrayBuffer())
}
