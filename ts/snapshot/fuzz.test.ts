import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FileError, InputError } from '../errors/index.ts'
import { encodeSnapshot } from './encode.ts'
import { generate } from './generate.ts'
import { parseDocuments } from './parse.ts'
import { Random } from './random.ts'

const SEED = 20261124
const ROUNDS = 2000

const WEIRD: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    0,
    1.5,
    65535,
    65536,
    1e9,
    1e21,
    1e308,
    '',
    '0',
    '-1',
    '007',
    '18446744073709551616',
    'x',
    '🙂',
  ],
  ...[
    [],
    {},
    [[]],
    [[[]]],
    [[1]],
    [[1, 2, 3]],
    [[[70000, 1]]],
    [[[1, 70000]]],
    { length: 2 },
    '\u0000',
    '9'.repeat(500),
  ],
]

/** The files that mutations start from: small, so that most of what changes matters. */
function originals(): Uint8Array[] {
  const snapshot = {
    ...generate({ n: 4, validators: 2, seed: 3, mechanisms: 2 }),
    extra: { stake: { a: [1] } },
  }
  const bytes = encodeSnapshot(snapshot)
  const {
    schema: _,
    spec_version,
    name,
    hotkeys: __,
    coldkeys: ___,
    extra: ____,
    ...fields
  } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
  const { mechanisms, mechanism_emission_split: _____, ...input } = fields
  const [mechanism] = mechanisms as Record<string, unknown>[]
  const vector = {
    schema: 'yuma-epoch-vector/1',
    spec_version,
    name,
    input: { ...input, ...mechanism },
    output: { incentive: [0] },
  }
  const set = { schema: 'yuma-epoch-vector-set/1', spec_version, vectors: [vector, vector] }
  const encoder = new TextEncoder()
  return [bytes, encoder.encode(JSON.stringify(vector)), encoder.encode(JSON.stringify(set)), gzipSync(bytes)]
}

/** Bytes changed, put in, taken out, repeated or cut off, in one to three places. */
function mutateBytes(random: Random, original: Uint8Array): Uint8Array {
  let bytes = Array.from(original)
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(bytes.length)
    const length = 1 + random.below(40)
    const kind = random.below(6)
    if (kind === 0) bytes[at] = random.below(256)
    else if (kind === 1) bytes[at]! ^= 1 << random.below(8)
    else if (kind === 2) bytes.splice(at, length)
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + length))
    else if (kind === 4) bytes.splice(at, 0, ...Buffer.from('[]{},:"\\-019.e'.charAt(random.below(14))))
    else bytes = bytes.slice(0, Math.max(1, at))
  }
  return Uint8Array.from(bytes)
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

/** A field replaced, taken out, or added to, in a document that stays JSON. */
function mutateFields(random: Random, original: Uint8Array): Uint8Array {
  const packed = original[0] === 0x1f
  const document: unknown = JSON.parse(new TextDecoder().decode(packed ? gunzipSync(original) : original))
  const all = spots(document)
  const { holder, key } = all[random.below(all.length)]!
  const kind = random.below(4)
  if (kind === 0) delete holder[key]
  else if (kind === 1) holder[`${key}_`] = holder[key]
  else if (kind === 2 && Array.isArray(holder)) holder.push(holder[Number(key)])
  else holder[key] = WEIRD[random.below(WEIRD.length)]
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  return packed ? gzipSync(bytes) : bytes
}

/** Parses, and reads all there is, as a user would. */
async function parseAll(bytes: Uint8Array): Promise<void> {
  for (const { snapshot, expected } of await parseDocuments(bytes, { file: 'f' })) {
    JSON.stringify(expected)
    const [back] = await parseDocuments(encodeSnapshot(snapshot), { file: 'f' })
    expect(back!.snapshot).toStrictEqual(snapshot)
  }
}

describe.each([
  ['bytes', mutateBytes],
  ['fields', mutateFields],
])('mutated %s', (_, mutate) => {
  it(`${ROUNDS} times: taken, or refused with a typed error that names the file`, async () => {
    const random = new Random(SEED)
    const files = originals()
    for (const file of files) await parseAll(file)
    let taken = 0
    let refused = 0
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutate(random, files[round % files.length]!)
      try {
        await parseAll(bytes)
        taken += 1
      } catch (error) {
        const typed = error instanceof InputError || error instanceof FileError
        if (!typed || !error.message.startsWith('f: ')) {
          throw new Error(`round ${round}: ${Buffer.from(bytes).toString('base64')}`, { cause: error })
        }
        refused += 1
      }
    }
    expect(taken).toBeGreaterThan(20)
    expect(refused).toBeGreaterThan(1000)
  })
})
