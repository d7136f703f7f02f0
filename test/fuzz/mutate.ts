/** What files and answers are changed by: in bytes, and in the fields of what stays JSON. */

import fc from 'fast-check'

/** A place in something, whatever its length: it is taken modulo that. */
const place = fc.nat(2 ** 31 - 1)

/** Values where another was: of every type, at the ends of what numbers hold, and too deep or too long. */
export const weird: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, '', '0', '-1', '007', 'x', '🙂', '\u0000', '0x', '0xzz', '0x0'],
    ...[-1, 0, 1, 1.5, 255, 256, 65_535, 65_536, 2 ** 32, 2 ** 53, 1e21, 1e308, -0],
    ...['18446744073709551615', '18446744073709551616', '340282366920938463463374607431768211456'],
    ...[[], {}, [[]], [[[]]], [[1]], [[1, 2, 3]], [[[70_000, 1]]], [[[1, 70_000]]], { length: 2 }],
  ),
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 130n }).map(String),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 100, max: 5000 }).map((length) => '9'.repeat(length)),
  fc.integer({ min: 1, max: 200 }).map(nested),
)

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

/** A change of bytes. */
type ByteChange = (bytes: number[], others: readonly Uint8Array[]) => number[]

const byteChange: fc.Arbitrary<ByteChange> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(([at, value]): ByteChange => {
    return (bytes) => bytes.with(at % bytes.length, value)
  }),
  fc.tuple(place, fc.nat(7)).map(([at, bit]): ByteChange => {
    return (bytes) => bytes.with(at % bytes.length, bytes[at % bytes.length]! ^ (1 << bit))
  }),
  fc.tuple(place, fc.integer({ min: 1, max: 60 })).map(([at, length]): ByteChange => {
    return (bytes) => bytes.toSpliced(at % bytes.length, length)
  }),
  fc
    .tuple(place, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50 }))
    .map(([at, length, times]) => {
      return (bytes: number[]): number[] => {
        const from = at % bytes.length
        const piece = bytes.slice(from, from + length)
        return bytes.toSpliced(from, 0, ...Array.from({ length: times }, () => piece).flat())
      }
    }),
  fc.tuple(place, fc.constantFrom(...'[]{},:"\\-019.e\n\0')).map(([at, character]): ByteChange => {
    return (bytes) => bytes.toSpliced(at % bytes.length, 0, character.charCodeAt(0))
  }),
  place.map(
    (at): ByteChange =>
      (bytes) =>
        bytes.slice(0, Math.max(1, at % bytes.length)),
  ),
  fc.tuple(place, place).map(([at, other]): ByteChange => {
    // The beginning of one, and the end of another.
    return (bytes, others) => {
      const tail = others[other % others.length]!
      return [...bytes.slice(0, Math.max(1, at % bytes.length)), ...tail.subarray(at % tail.length)]
    }
  }),
)

/** One of some files, its bytes changed in one to four places. */
export function changedBytes(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat(originals.length - 1), fc.array(byteChange, { minLength: 1, maxLength: 4 }))
    .map(([which, changes]) => {
      let bytes = Array.from(originals[which]!)
      for (const change of changes) if (bytes.length > 0) bytes = change(bytes, originals)
      return Uint8Array.from(bytes)
    })
}

/** A place in a document: what holds it, and its key there. */
interface Spot {
  readonly holder: Record<string, unknown>
  readonly key: string
}

function spots(value: unknown, found: Spot[] = []): Spot[] {
  if (typeof value !== 'object' || value === null) return found
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    found.push({ holder, key })
    spots(holder[key], found)
  }
  return found
}

type FieldChange = (spot: Spot, all: readonly Spot[]) => void

/** Of hex: a digit more or less, or another. */
function changedText(text: string, at: number, kind: number): string {
  const from = text.length === 0 ? 0 : at % text.length
  const digit = '0123456789abcdef'.charAt(at % 16)
  if (kind === 0) return text.slice(0, from) + text.slice(from + 1)
  return text.slice(0, from) + digit + text.slice(kind === 1 ? from : from + 1)
}

const fieldChange: fc.Arbitrary<FieldChange> = fc.oneof(
  fc.constant<FieldChange>(({ holder, key }) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
  }),
  fc.constant<FieldChange>(({ holder, key }) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 0, holder[Number(key)])
    else holder[`${key}_`] = holder[key]
  }),
  {
    weight: 3,
    arbitrary: weird.map(
      (value): FieldChange =>
        ({ holder, key }) => {
          holder[key] = value
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, fc.nat(2)).map(
      ([at, kind]): FieldChange =>
        ({ holder, key }) => {
          const value = holder[key]
          if (typeof value === 'string') holder[key] = changedText(value, at, kind)
          else if (typeof value === 'number') holder[key] = value + (kind === 0 ? 1 : -1) * (at % 3)
        },
    ),
  },
  place.map(
    (other): FieldChange =>
      (spot, all) => {
        // What stands in another place.
        const { holder, key } = all[other % all.length]!
        spot.holder[spot.key] = structuredClone(holder[key])
      },
  ),
)

/** A change of a value that stays JSON, in one to three places. It gives a new one. */
export const changedValue: fc.Arbitrary<(value: unknown) => unknown> = fc
  .array(fc.tuple(place, fieldChange), { minLength: 1, maxLength: 3 })
  .map((changes) => (value: unknown) => {
    // The value itself is a place too.
    const whole = { value: structuredClone(value) }
    for (const [at, change] of changes) {
      const all = spots(whole)
      if (all.length > 0) change(all[at % all.length]!, all)
    }
    return whole.value
  })
