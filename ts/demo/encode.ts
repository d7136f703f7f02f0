import { parts } from './types.ts'

/** A value to encode, by its shape: bigint or number for integers, hex digits for byte arrays, arrays for lists and tuples. */
export type Encodable = bigint | number | boolean | string | ArrayLike<number | bigint> | readonly Encodable[]

const INT_BYTES: Readonly<Record<string, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  u128: 16,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  i128: 16,
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function littleEndian(value: bigint | number, bytes: number): string {
  if (typeof value === 'number' && value >= 0 && value <= 0xffff) {
    return (HEX[value & 0xff]! + HEX[value >> 8]!).slice(0, 2 * bytes).padEnd(2 * bytes, '0')
  }
  const big = BigInt.asUintN(bytes * 8, BigInt(value))
  const digits = big.toString(16).padStart(bytes * 2, '0')
  let reversed = ''
  for (let at = digits.length - 2; at >= 0; at -= 2) reversed += digits.slice(at, at + 2)
  return reversed
}

/** A length in SCALE's compact form, as hex digits: below 2^30. */
export function compact(value: number): string {
  if (value < 1 << 6) return littleEndian(value << 2, 1)
  if (value < 1 << 14) return littleEndian((value << 2) | 1, 2)
  return littleEndian((BigInt(value) << 2n) | 2n, 4)
}

/** SCALE of a value, hex digits without `0x`. Shapes are those of `ts/chain/runtime.ts`. */
export function encode(shape: string, value: Encodable): string {
  const bytes = INT_BYTES[shape]
  if (bytes !== undefined) return littleEndian(value as bigint | number, bytes)
  if (shape === '()') return ''
  if (shape === 'bool') return value ? '01' : '00'
  if (shape === 'str') {
    const text = Buffer.from(String(value), 'utf8')
    return compact(text.length) + text.toString('hex')
  }
  if (shape.startsWith('Compact<')) return compact(Number(value))
  if (shape.startsWith('[u8;')) return String(value)
  if (shape.startsWith('Vec<')) {
    if (typeof value === 'string') return compact(value.length / 2) + value
    const elements = Array.from(value as ArrayLike<Encodable>)
    return compact(elements.length) + elements.map((element) => encode(shape.slice(4, -1), element)).join('')
  }
  if (shape.startsWith('enum{')) {
    const index = shape.slice(5, -1).split(',').indexOf(String(value))
    if (index >= 0) return littleEndian(index, 1)
  }
  if (shape.startsWith('(')) {
    return parts(shape.slice(1, -1))
      .map((part, i) => encode(part, (value as readonly Encodable[])[i]!))
      .join('')
  }
  throw new Error(`no encoding for ${shape}`)
}
