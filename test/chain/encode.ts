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

function littleEndian(value: bigint, bytes: number): string {
  const big = BigInt.asUintN(bytes * 8, value)
    .toString(16)
    .padStart(bytes * 2, '0')
  return (big.match(/../g) ?? []).reverse().join('')
}

export function compact(value: number): string {
  if (value < 1 << 6) return littleEndian(BigInt(value << 2), 1)
  if (value < 1 << 14) return littleEndian(BigInt((value << 2) | 1), 2)
  return littleEndian((BigInt(value) << 2n) | 2n, 4)
}

/** The parts between the outer brackets, split at commas that no bracket holds. */
function split(inner: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < inner.length; i++) {
    if ('(<[{'.includes(inner[i]!)) depth++
    else if (')>]}'.includes(inner[i]!)) depth--
    else if (inner[i] === ',' && depth === 0) {
      parts.push(inner.slice(from, i))
      from = i + 1
    }
  }
  parts.push(inner.slice(from))
  return parts
}

/** SCALE of a value, hex digits without `0x`. Shapes are those of `ts/chain/runtime.ts`. */
export function encode(shape: string, value: Encodable): string {
  const bytes = INT_BYTES[shape]
  if (bytes !== undefined) return littleEndian(BigInt(value as bigint | number), bytes)
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
    if (index >= 0) return littleEndian(BigInt(index), 1)
  }
  if (shape.startsWith('(')) {
    const parts = split(shape.slice(1, -1))
    return parts.map((part, i) => encode(part, (value as readonly Encodable[])[i]!)).join('')
  }
  throw new Error(`no encoding for ${shape}`)
}
