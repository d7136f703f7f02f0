/** Stands for what is no digit. */
export const NOT_HEX = 0xff
/** What each character is as a hex digit. */
export const NIBBLE: Uint8Array = new Uint8Array(128).fill(NOT_HEX)
for (let digit = 0; digit < 16; digit++) {
  NIBBLE[digit.toString(16).charCodeAt(0)] = digit
  NIBBLE[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/** The two digits of each byte, as bytes of text. */
const DIGITS: Uint8Array = new TextEncoder().encode(
  Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join(''),
)
const decoder = new TextDecoder()

/** Hex digits, without `0x`. In one piece: V8 keeps what is put together byte by byte as that many pieces of 32 bytes. */
export function bytesToHex(bytes: Uint8Array): string {
  const digits = new Uint8Array(2 * bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    digits[2 * i] = DIGITS[2 * bytes[i]!]!
    digits[2 * i + 1] = DIGITS[2 * bytes[i]! + 1]!
  }
  return decoder.decode(digits)
}

/** Hex digits of some of the bytes: what Node's buffers have of their own is faster for the few of an account. */
export function digitsOf(bytes: Uint8Array, start: number, end: number): string {
  if ('hexSlice' in bytes) return (bytes as HexBytes).hexSlice(start, end)
  return bytesToHex(bytes.subarray(start, end))
}

/** A `Buffer` of Node, as far as it is asked here. */
interface HexBytes extends Uint8Array {
  hexSlice(start: number, end: number): string
}

/** Bytes of hex digits without `0x`. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (NIBBLE[hex.charCodeAt(2 * i)]! << 4) | NIBBLE[hex.charCodeAt(2 * i + 1)]!
  return bytes
}

/** A block hash as a node writes it, in any case. */
export function isHash(text: unknown): text is `0x${string}` {
  return typeof text === 'string' && /^0x[0-9a-fA-F]{64}$/.test(text)
}
