import { readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FileError, InputError } from '../errors/index.ts'
import { encodeSnapshot } from './encode.ts'
import { generate } from './generate.ts'
import { USUAL_HYPERPARAMETERS } from './hyperparameters.ts'
import { MAX_FILE_BYTES } from './limits.ts'
import { readDocuments } from './node.ts'
import { parseDocuments } from './parse.ts'
import { Random } from './random.ts'
import type { Snapshot } from './types.ts'

const VECTORS = new URL('../../test/vectors/epoch-spec425/', import.meta.url)

type Json = Record<string, unknown>

/** Two neurons, everything filled. */
function snapshotJson(): Json {
  return {
    schema: 'yuma-snapshot/1',
    spec_version: 425,
    netuid: 7,
    name: 'seven',
    block_hash: `0x${'ab'.repeat(32)}`,
    hotkeys: [
      '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
      '5CPM3bR3mPKXKu8RPRjJJFNqRA91Tn1SQE3rhmmf5yxgxfmn',
    ],
    coldkeys: [
      '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
      '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
    ],
    ...inputJson(),
    mechanism_emission_split: [30000, 35535],
    mechanisms: [mechanismJson(), mechanismJson()],
    extra: { stake: { shares: ['1', '2'] } },
  }
}

function inputJson(): Json {
  return {
    n: 2,
    block: '1000',
    tempo: '360',
    last_mechanism_step_block: '640',
    activity_cutoff_blocks: '5000',
    block_at_registration: ['1', '2'],
    total_stake_i64f64_bits: ['18446744073709551616', '-1'],
    stake_threshold: '1000000000000',
    owner_uid: 0,
    validator_permit: [true, false, true],
    max_allowed_validators: 64,
    commit_reveal_enabled: true,
    kappa: 32767,
    bonds_penalty: 65535,
    bonds_moving_average: '900000',
    yuma3_on: true,
    liquid_alpha_on: true,
    alpha_low: 45875,
    alpha_high: 58982,
    alpha_sigmoid_steepness: -1000,
    emission: '18446744073709551615',
  }
}

function mechanismJson(): Json {
  return {
    last_update: ['999', '0', '7'],
    weights: [
      [
        [1, 65535],
        [65535, 0],
      ],
      [],
    ],
    bonds: [[[1, 65535]], [[0, 3]]],
    commit_blocks: ['18446744073709551615', '5'],
  }
}

function vectorJson(): Json {
  return {
    schema: 'yuma-epoch-vector/1',
    spec_version: 425,
    name: 'one',
    note: 'for people',
    input: { ...inputJson(), ...mechanismJson() },
    output: { incentive: [0, 65535] },
  }
}

function setJson(): Json {
  return {
    schema: 'yuma-epoch-vector-set/1',
    spec_version: 425,
    scenario: 's',
    vectors: [vectorJson(), vectorJson()],
  }
}

function bytesOf(document: unknown): Uint8Array {
  return new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document))
}

function parse(document: unknown) {
  return parseDocuments(document instanceof Uint8Array ? document : bytesOf(document), { file: 'f.json' })
}

async function faultOf(document: unknown): Promise<InputError | FileError> {
  const fault = await parse(document).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (fault instanceof InputError || fault instanceof FileError) return fault
  throw new Error(`expected a typed error, got ${String(fault)}`)
}

describe('documents', () => {
  it('reads every field of a snapshot', async () => {
    const [document, ...more] = await parse(snapshotJson())
    expect(more).toEqual([])
    expect(document).toMatchObject({ kind: 'snapshot', name: 'seven', expected: undefined })
    const mechanism = {
      lastUpdate: BigUint64Array.of(999n, 0n, 7n),
      weights: {
        rowStart: Uint32Array.of(0, 2, 2),
        uid: Uint16Array.of(1, 65535),
        value: Uint16Array.of(65535, 0),
      },
      bonds: {
        rowStart: Uint32Array.of(0, 1, 2),
        uid: Uint16Array.of(1, 0),
        value: Uint16Array.of(65535, 3),
      },
      commitBlocks: BigUint64Array.of(2n ** 64n - 1n, 5n),
    }
    const expected: Snapshot = {
      specVersion: 425,
      netuid: 7,
      name: 'seven',
      blockHash: `0x${'ab'.repeat(32)}`,
      hotkeys: [
        '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
        '5CPM3bR3mPKXKu8RPRjJJFNqRA91Tn1SQE3rhmmf5yxgxfmn',
      ],
      coldkeys: [
        '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
        '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
      ],
      // A field that came after this file has its default.
      ...USUAL_HYPERPARAMETERS,
      n: 2,
      block: 1000n,
      tempo: 360n,
      lastMechanismStepBlock: 640n,
      activityCutoffBlocks: 5000n,
      blockAtRegistration: BigUint64Array.of(1n, 2n),
      totalStake: BigUint64Array.of(0n, 1n, 2n ** 64n - 1n, 2n ** 64n - 1n),
      stakeThreshold: 1_000_000_000_000n,
      ownerUid: 0,
      validatorPermit: Uint8Array.of(1, 0, 1),
      maxAllowedValidators: 64,
      commitRevealEnabled: true,
      kappa: 32767,
      bondsPenalty: 65535,
      bondsMovingAverage: 900_000n,
      yuma3On: true,
      liquidAlphaOn: true,
      alphaLow: 45875,
      alphaHigh: 58982,
      alphaSigmoidSteepness: -1000,
      emission: 2n ** 64n - 1n,
      mechanismEmissionSplit: Uint16Array.of(30000, 35535),
      mechanisms: [mechanism, mechanism],
      extra: { stake: { shares: ['1', '2'] } },
    }
    expect(document!.snapshot).toStrictEqual(expected)
  })

  it('reads what later versions have, each where it is there', async () => {
    const later = {
      last_yuma_step_block: '0',
      liquid_alpha_consensus_mode: 'Previous',
      subnet_epoch_consensus: 'Null',
      pending_server_emission: '18446744073709551615',
      pending_validator_emission: '0',
      pending_root_alpha_divs: '7',
    }
    const longer = { ...mechanismJson(), consensus_by_mechanism: [1, 65535, 3] }
    const [document] = await parse({ ...snapshotJson(), ...later, mechanisms: [longer, mechanismJson()] })
    const { snapshot } = document!
    expect(snapshot).toMatchObject({
      lastYumaStepBlock: 0n,
      liquidAlphaConsensusMode: 'Previous',
      subnetEpochConsensus: 'Null',
      pendingServerEmission: 2n ** 64n - 1n,
      pendingValidatorEmission: 0n,
      pendingRootAlphaDivs: 7n,
    })
    const stored = snapshot.mechanisms.map((mechanism) => mechanism.consensusByMechanism)
    expect(stored).toEqual([Uint16Array.of(1, 65535, 3), undefined])
    const [none] = await parse({ ...snapshotJson(), last_yuma_step_block: null })
    expect(none!.snapshot.lastYumaStepBlock).toBeNull()
  })

  it('reads a vector as a snapshot of one mechanism', async () => {
    const [document] = await parse(vectorJson())
    expect(document).toMatchObject({ kind: 'vector', name: 'one', expected: { incentive: [0, 65535] } })
    expect(document!.snapshot.mechanismEmissionSplit).toBeNull()
    expect(document!.snapshot.mechanisms.length).toBe(1)
    expect(document!.snapshot.name).toBe('one')
  })

  it('reads a set in order, plain or gzip, whatever the order of keys', async () => {
    const set = setJson()
    const reversed = Object.fromEntries(Object.entries(set).reverse())
    const plain = await parse(set)
    expect(plain.length).toBe(2)
    expect(await parse(reversed)).toEqual(plain)
    expect(await parse(gzipSync(bytesOf(set)))).toEqual(plain)
    expect(await parse(`\u{feff}${JSON.stringify(set, null, 2)}\n`)).toEqual(plain)
  })

  it('takes a vector without output and without name', async () => {
    const { output: _, name: __, ...vector } = vectorJson()
    const [document] = await parse(vector)
    expect(document).toMatchObject({ name: 'f.json', expected: undefined })
  })

  it('takes the arrays of other lengths that the chain takes', async () => {
    const { commit_blocks: _, ...mechanism } = mechanismJson()
    const input = { ...inputJson(), ...mechanism, validator_permit: [], last_update: [], commit_blocks: [] }
    const [document] = await parse({ ...vectorJson(), input: { ...input, commit_reveal_enabled: false } })
    const { validatorPermit, mechanisms } = document!.snapshot
    expect([validatorPermit.length, mechanisms[0]!.lastUpdate.length]).toEqual([0, 0])
    expect(mechanisms[0]!.commitBlocks.length).toBe(0)
  })
})

describe('the vectors', () => {
  const names = readdirSync(VECTORS).filter((name) => name.endsWith('.json.gz'))
  let documents = 0

  it.each(names)('%s', async (name) => {
    for (const document of await readDocuments(new URL(name, VECTORS).pathname)) {
      documents += 1
      expect(document.kind).toBe('vector')
      expect(Object.keys(document.expected ?? {}).length).toBeGreaterThan(0)
      const [back] = await parse(encodeSnapshot(document.snapshot))
      expect(back!.snapshot).toStrictEqual(document.snapshot)
    }
  })

  it('were 1953 in 33 files', () => {
    expect([names.length, documents]).toEqual([33, 1953])
  })
})

/** A document with one change, and what is said of it after the file's name. */
type Case = readonly [what: string, change: (document: Json) => unknown, message: string]

const BIG = { u64: '18446744073709551616', i128: '170141183460469231731687303715884105728' }

function set(field: string, value: unknown): (document: Json) => unknown {
  return (document) => ({ ...document, [field]: value })
}

function inMechanism(field: string, value: unknown): (document: Json) => unknown {
  return (document) => ({
    ...document,
    mechanisms: [mechanismJson(), { ...mechanismJson(), [field]: value }],
  })
}

function without(field: string): (document: Json) => unknown {
  return ({ [field]: _, ...document }) => document
}

function text(change: (json: string) => string): (document: Json) => unknown {
  return (document) => change(JSON.stringify(document))
}

const U16 = 'expected an integer from 0 to 65535'
const U64 = 'expected a decimal string from 0 to 2^64 - 1'
const ENTRY = 'expected [uid, value] of two integers from 0 to 65535'

const INPUT_CASES: readonly Case[] = [
  ['a schema that is no text', set('schema', 1), 'schema: expected a text, found 1'],
  ['no schema', without('schema'), 'schema: expected a value, found nothing'],
  [
    'a spec version that is no u32',
    set('spec_version', 2 ** 32),
    'spec_version: expected an integer from 0 to 4294967295, found 4294967296',
  ],
  ['n of 0', set('n', 0), 'n: expected an integer from 1 to 65535, found 0'],
  ['n above 65535', set('n', 65536), 'n: expected an integer from 1 to 65535, found 65536'],
  ['n with a fraction', set('n', 1.5), 'n: expected an integer from 1 to 65535, found 1.5'],
  ['n that is text', set('n', '2'), 'n: expected an integer from 1 to 65535, found "2"'],
  ['no n', without('n'), 'n: expected a value, found nothing'],
  ['a block that is a number', set('block', 1000), `block: ${U64}, found 1000`],
  ['a block above u64', set('block', BIG.u64), `block: ${U64}, found "${BIG.u64}"`],
  ['a negative block', set('block', '-1'), `block: ${U64}, found "-1"`],
  ['a block with a leading zero', set('block', '01'), `block: ${U64}, found "01"`],
  [
    'an endless block',
    set('block', '1'.repeat(10_000)),
    'block: expected a value of at most 4096 bytes, found 10002',
  ],
  ['an owner above u16', set('owner_uid', 65536), `owner_uid: ${U16}, found 65536`],
  ['kappa above u16', set('kappa', 65536), `kappa: ${U16}, found 65536`],
  ['a negative kappa', set('kappa', -1), `kappa: ${U16}, found -1`],
  ['kappa of null', set('kappa', null), `kappa: ${U16}, found null`],
  [
    'a steepness beyond i16',
    set('alpha_sigmoid_steepness', 32768),
    'alpha_sigmoid_steepness: expected an integer from -32768 to 32767, found 32768',
  ],
  ['a switch that is a number', set('yuma3_on', 1), 'yuma3_on: expected true or false, found 1'],
  [
    'a name that is endless',
    set('name', 'x'.repeat(300)),
    `name: expected a text of at most 256 characters, found "${'x'.repeat(39)}…`,
  ],
  [
    'a name that steers terminals',
    set('name', 'a\u001b[2J'),
    'name: expected a text without control characters, found "a\\u001b[2J"',
  ],
  [
    'a block hash of another length',
    set('block_hash', '0x12'),
    'block_hash: expected 0x and 64 hex digits, found "0x12"',
  ],
  [
    'a mode that does not exist',
    set('liquid_alpha_consensus_mode', 'Max'),
    'liquid_alpha_consensus_mode: expected "Current", "Previous" or "Auto", found "Max"',
  ],
  [
    'a mode by its number',
    set('liquid_alpha_consensus_mode', 2),
    'liquid_alpha_consensus_mode: expected "Current", "Previous" or "Auto", found 2',
  ],
  [
    'an epoch consensus that does not exist',
    set('subnet_epoch_consensus', null),
    'subnet_epoch_consensus: expected "Yuma" or "Null", found null',
  ],
  ['a step that is a number', set('last_yuma_step_block', 0), `last_yuma_step_block: ${U64}, found 0`],
  ['a pool of null', set('pending_root_alpha_divs', null), `pending_root_alpha_divs: ${U64}, found null`],
  ['an unknown key', set('kapa', 1), 'kapa: expected a field of the format, found an unknown one'],
  [
    'a key twice',
    text((json) => json.replace('"kappa":32767', '"kappa":32767,"kappa":1')),
    'kappa: expected once, found twice',
  ],
  [
    '__proto__',
    text((json) =>
      json
        .replace('{', '{"schema":"yuma-snapshot/1","__proto__":{"n":3},')
        .replace(',"schema":"yuma-snapshot/1","spec', ',"spec'),
    ),
    '__proto__: expected a field of the format, found an unknown one',
  ],
  [
    'constructor',
    set('constructor', {}),
    'constructor: expected a field of the format, found an unknown one',
  ],
  [
    'a hotkey that is no address',
    set('hotkeys', ['5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v', 'x']),
    'hotkeys at uid 1: expected an SS58 address, found "x"',
  ],
  [
    'a hotkey twice',
    (document) => ({ ...document, hotkeys: document.coldkeys }),
    'hotkeys at uid 1: expected a hotkey of its own, found that of uid 0',
  ],
  ['hotkeys for some', set('hotkeys', []), 'hotkeys: expected 2 entries, found 0'],
  ['coldkeys for some', set('coldkeys', []), 'coldkeys: expected 2 entries, found 0'],
  [
    'registrations for some',
    set('block_at_registration', ['1']),
    'block_at_registration: expected 2 entries, found 1',
  ],
  [
    'no registrations',
    without('block_at_registration'),
    'block_at_registration: expected an array, found nothing',
  ],
  [
    'registrations that are no array',
    set('block_at_registration', { length: 2 }),
    'block_at_registration: expected an array, found {"length":2}',
  ],
  [
    'a registration that is a number',
    set('block_at_registration', ['1', 2]),
    `block_at_registration at uid 1: ${U64}, found 2`,
  ],
  [
    'a registration above u64',
    set('block_at_registration', ['1', BIG.u64]),
    `block_at_registration at uid 1: ${U64}, found "${BIG.u64}"`,
  ],
  [
    'a negative registration',
    set('block_at_registration', ['-1', '1']),
    `block_at_registration at uid 0: ${U64}, found "-1"`,
  ],
  [
    'stake above i128',
    set('total_stake_i64f64_bits', ['0', BIG.i128]),
    `total_stake_i64f64_bits at uid 1: expected a decimal string from -2^127 to 2^127 - 1, found "${BIG.i128}"`,
  ],
  [
    'stake below i128',
    set('total_stake_i64f64_bits', [`-${BIG.i128.slice(0, -1)}9`, '0']),
    `total_stake_i64f64_bits at uid 0: expected a decimal string from -2^127 to 2^127 - 1, found "-${BIG.i128.slice(0, -1)}9"`,
  ],
  [
    'endless stake',
    set('total_stake_i64f64_bits', ['0', '9'.repeat(100_000)]),
    `total_stake_i64f64_bits at uid 1: expected a decimal string from -2^127 to 2^127 - 1, found "${'9'.repeat(39)}…`,
  ],
  [
    'stake for more',
    set('total_stake_i64f64_bits', ['0', '0', '0']),
    'total_stake_i64f64_bits: expected 2 entries, found 3',
  ],
  [
    'a permit that is a number',
    set('validator_permit', [1]),
    'validator_permit at uid 0: expected true or false, found 1',
  ],
  [
    'permits beyond u16',
    set('validator_permit', Array(65536).fill(true)),
    'validator_permit: expected at most 65535 entries',
  ],
  [
    'a split above u16',
    set('mechanism_emission_split', [0, 65536]),
    `mechanism_emission_split at uid 1: ${U16}, found 65536`,
  ],
  [
    'a split that is an object',
    set('mechanism_emission_split', {}),
    'mechanism_emission_split: expected an array or null, found {}',
  ],
  [
    'no split',
    without('mechanism_emission_split'),
    'mechanism_emission_split: expected an array or null, found nothing',
  ],
  ['no mechanisms', without('mechanisms'), 'mechanisms: expected an array, found nothing'],
  ['0 mechanisms', set('mechanisms', []), 'mechanisms: expected 1 to 16 mechanisms, found none'],
  [
    '17 mechanisms',
    set('mechanisms', Array(17).fill(mechanismJson())),
    'mechanisms: expected 1 to 16 mechanisms, found more',
  ],
  [
    'a mechanism that is null',
    set('mechanisms', [null]),
    'mechanisms of mechanism 0: expected an object, found null',
  ],
  [
    'an unknown key of a mechanism',
    inMechanism('x', 1),
    'x of mechanism 1: expected a field of the format, found an unknown one',
  ],
  [
    'weights of fewer rows',
    inMechanism('weights', [[]]),
    'weights of mechanism 1: expected 2 entries, found 1',
  ],
  ['bonds of fewer rows', inMechanism('bonds', [[]]), 'bonds of mechanism 1: expected 2 entries, found 1'],
  [
    'weights of more rows',
    inMechanism('weights', [[], [], []]),
    'weights of mechanism 1: expected 2 entries, found 3',
  ],
  [
    'weights beyond u16 rows',
    inMechanism('weights', Array(65536).fill([])),
    'weights of mechanism 1: expected at most 65535 entries',
  ],
  [
    'a row that is no array',
    inMechanism('weights', [[], 5]),
    'weights of mechanism 1 at uid 1: expected a row, each entry [uid, value] of two integers from 0 to 65535, found 5',
  ],
  [
    'a uid above u16',
    inMechanism('weights', [[], [[65536, 1]]]),
    `weights of mechanism 1 at uid 1: ${ENTRY}, found [65536,1]`,
  ],
  [
    'a weight above u16',
    inMechanism('weights', [[[1, 65536]], []]),
    `weights of mechanism 1 at uid 0: ${ENTRY}, found [1,65536]`,
  ],
  [
    'a uid with a fraction',
    inMechanism('weights', [[[0.5, 1]], []]),
    `weights of mechanism 1 at uid 0: ${ENTRY}, found [0.5,1]`,
  ],
  [
    'a negative bond',
    inMechanism('bonds', [[[1, -1]], []]),
    `bonds of mechanism 1 at uid 0: ${ENTRY}, found [1,-1]`,
  ],
  [
    'an entry of three',
    inMechanism('bonds', [[[1, 2, 3]], []]),
    `bonds of mechanism 1 at uid 0: ${ENTRY}, found [1,2,3]`,
  ],
  [
    'an entry of one',
    inMechanism('bonds', [[[1]], []]),
    `bonds of mechanism 1 at uid 0: ${ENTRY}, found [1]`,
  ],
  [
    'an entry that is text',
    inMechanism('bonds', [['x'], []]),
    `bonds of mechanism 1 at uid 0: ${ENTRY}, found "x"`,
  ],
  [
    'commits for some',
    inMechanism('commit_blocks', ['1']),
    'commit_blocks of mechanism 1: expected 2 entries, found 1',
  ],
  [
    'no commits with commit-reveal',
    inMechanism('commit_blocks', []),
    'commit_blocks of mechanism 1: expected 2 entries, found 0',
  ],
  [
    'updates beyond u16',
    inMechanism('last_update', Array(65536).fill('0')),
    'last_update of mechanism 1: expected at most 65535 entries',
  ],
  ['extra that is an array', set('extra', []), 'extra: expected an object of sections, found []'],
  [
    'a section of an odd name',
    text((json) => json.replace('"stake":', '"__proto__":')),
    'extra: expected names of small letters, digits and _, found "__proto__"',
  ],
  [
    'extra beyond its limit',
    set('extra', { a: 'x'.repeat(2 ** 24) }),
    'extra: expected a value of at most 16777216 bytes, found 16777224',
  ],
]

describe('a snapshot is refused, naming file, field and uid:', () => {
  it.each(INPUT_CASES)('%s', async (_, change, message) => {
    const fault = await faultOf(change(snapshotJson()))
    expect(fault.message).toBe(`f.json: ${message}`)
    expect(fault).toBeInstanceOf(InputError)
  })

  it.each(['x/1', 'yuma-snapshot/2', 'toString', '__proto__', 'metagraph-weights/1'])(
    'schema %s',
    async (schema) => {
      const fault = await faultOf({ ...snapshotJson(), schema })
      const known = 'yuma-snapshot/1, yuma-epoch-vector/1, yuma-epoch-vector-set/1'
      expect(fault.message.startsWith(`f.json: schema: expected one of ${known}`)).toBe(true)
      expect(fault.message.endsWith(`, found ${JSON.stringify(schema)}`)).toBe(true)
    },
  )

  it('takes the document that the cases change', async () => {
    expect((await parse(snapshotJson())).length).toBe(1)
  })

  it('carries the place', async () => {
    const fault = await faultOf(inMechanism('weights', [[], [[65536, 1]]])(snapshotJson()))
    expect(fault).toMatchObject({ code: 'input', file: 'f.json', field: 'weights', uid: 1, mechanism: 1 })
  })
})

const VECTOR_CASES: readonly Case[] = [
  [
    'an unknown field of the input',
    (vector) => ({ ...vector, input: { ...inputJson(), x: 1 } }),
    'x: expected a field of the format, found an unknown one',
  ],
  ['no input', without('input'), 'input: expected an object, found nothing'],
  ['input that is text', set('input', 'x'), 'input: expected an object, found "x"'],
  ['output that is an array', set('output', []), 'output: expected an object, found []'],
  ['no spec version', without('spec_version'), 'spec_version: expected a value, found nothing'],
  [
    'a snapshot within',
    (vector) => ({ ...vector, input: snapshotJson() }),
    'schema: expected a field of the format, found an unknown one',
  ],
]

describe('a vector is refused:', () => {
  it.each(VECTOR_CASES)('%s', async (_, change, message) => {
    expect((await faultOf(change(vectorJson()))).message).toBe(`f.json: ${message}`)
  })

  it.each(VECTOR_CASES)('in a set, by its place: %s', async (_, change, message) => {
    const { name: __, ...second } = change(vectorJson()) as Json
    const fault = await faultOf({ ...setJson(), vectors: [vectorJson(), second] })
    expect(fault.message).toBe(`f.json: vectors[1]: ${message}`)
    expect(fault).toBeInstanceOf(InputError)
  })

  it('in a set, by its name where that is known', async () => {
    const second = { ...vectorJson(), name: 'two', input: { ...inputJson(), ...mechanismJson(), n: 3 } }
    const fault = await faultOf({ ...setJson(), vectors: [vectorJson(), second] })
    expect(fault.message).toBe('f.json: two: block_at_registration: expected 3 entries, found 2')
    expect(fault).toMatchObject({ document: 'two', file: 'f.json' })
  })

  it.each<Case>([
    ['no vectors', set('vectors', []), 'vectors: expected at least one vector, found none'],
    ['vectors that are an object', set('vectors', {}), 'vectors: expected an array, found {}'],
    [
      'another spec version',
      set('spec_version', 424),
      "one: spec_version: expected the set's 424, found 425",
    ],
    [
      'a set in a set',
      set('vectors', [setJson()]),
      'vectors[0]: schema: expected yuma-epoch-vector/1, found "yuma-epoch-vector-set/1"',
    ],
  ])('in a set: %s', async (_, change, message) => {
    expect((await faultOf(change(setJson()))).message).toBe(`f.json: ${message}`)
  })
})

describe('a file is refused:', () => {
  const whole = JSON.stringify(snapshotJson())

  it.each<readonly [string, string | Uint8Array, string]>([
    ['empty', '', 'empty'],
    ['white space', ' \n', 'ends after 2 bytes where a value should be: is it cut short?'],
    ['no JSON', 'hello', 'not JSON: expected a value at byte 0'],
    ['an array', '[]', 'expected a JSON object, found []'],
    ['a number', '12', 'expected a JSON object, found 12'],
    ['more after the end', `${whole}{}`, `not JSON: expected the end of the file at byte ${whole.length}`],
    ['gzip cut short', gzipSync(whole).subarray(0, 100), 'broken gzip: unexpected end of file'],
    [
      'gzip of which only the magic is there',
      Uint8Array.of(0x1f, 0x8b),
      'broken gzip: unexpected end of file',
    ],
    ['gzip of gzip', gzipSync(gzipSync(whole)), 'not JSON: expected a value at byte 0'],
    ['deep nesting', '['.repeat(100_000), 'nested more than 64 deep at byte 64'],
    [
      'deep nesting in a field',
      `{"schema":"yuma-snapshot/1","n":${'[['.repeat(100_000)}`,
      'nested more than 64 deep at byte 95',
    ],
    ['UTF-16', new Uint8Array(Buffer.from(whole, 'utf16le')), 'not JSON: expected a string at byte 1'],
  ])('%s', async (_, document, message) => {
    const fault = await faultOf(document)
    expect(fault.message).toBe(`f.json: ${message}`)
    expect(fault).toBeInstanceOf(FileError)
  })

  it('gzip with a wrong checksum', async () => {
    const packed = gzipSync(whole)
    packed[packed.length - 6]! ^= 1
    expect((await faultOf(packed)).message).toBe('f.json: broken gzip: incorrect data check')
  })

  it('cut short anywhere', async () => {
    for (let length = 0; length < whole.length; length++) {
      const fault = await faultOf(whole.slice(0, length))
      expect(fault.message, `${length}`).toMatch(/^f\.json: (ends after|empty)/)
    }
  })

  it('bigger than 512 MiB when unpacked', async () => {
    const block = gzipSync(Buffer.alloc(2 ** 26, ' '))
    const bomb = Buffer.concat(Array<Buffer>(9).fill(block))
    expect((await faultOf(bomb)).message).toBe('f.json: bigger than 512 MiB when unpacked')
  })

  it('bigger than 512 MiB as it is stored', async () => {
    expect((await faultOf(new Uint8Array(MAX_FILE_BYTES + 1))).message).toBe('f.json: bigger than 512 MiB')
  })
})

it('a number of a million digits takes no longer than reading it', async () => {
  const started = performance.now()
  await faultOf({ ...snapshotJson(), block_at_registration: ['9'.repeat(4_000_000), '1'] })
  await faultOf(JSON.stringify(snapshotJson()).replace('[1,65535]', `[${'9'.repeat(4_000_000)},1]`))
  // Quadratic time would be minutes.
  expect(performance.now() - started).toBeLessThan(20_000)
})

describe('encode and parse', () => {
  it('give an equal snapshot, whatever it holds', async () => {
    const random = new Random(11)
    for (let round = 0; round < 200; round++) {
      const snapshot = randomSnapshot(random)
      const [document] = await parse(encodeSnapshot(snapshot))
      expect(document!.snapshot).toStrictEqual(snapshot)
    }
  })
})

/** A snapshot with values from all over their ranges. */
function randomSnapshot(random: Random): Snapshot {
  const n = 1 + random.below(12)
  const base = generate({
    n,
    validators: random.below(n + 1),
    seed: random.u32(),
    density: random.unit(),
    mechanisms: 1 + random.below(3),
    hyperparameters: { commitRevealEnabled: random.chance(0.5), yuma3On: random.chance(0.5) },
  })
  const u16 = (): number => (random.chance(0.2) ? 65535 : random.below(65536))
  const { hotkeys, name, coldkeys: _, ...rest } = base
  const stored = (): Uint16Array => Uint16Array.from({ length: random.below(20) }, u16)
  return {
    ...rest,
    ...(random.chance(0.5) ? { lastYumaStepBlock: random.chance(0.5) ? null : random.u64() } : {}),
    ...(random.chance(0.5) ? { liquidAlphaConsensusMode: 'Current' as const } : {}),
    ...(random.chance(0.5) ? { subnetEpochConsensus: 'Null' as const } : {}),
    ...(random.chance(0.5)
      ? { pendingServerEmission: random.u64(), pendingRootAlphaDivs: random.u64() }
      : {}),
    mechanisms: rest.mechanisms.map((mechanism) =>
      random.chance(0.5) ? mechanism : { ...mechanism, consensusByMechanism: stored() },
    ),
    ...(random.chance(0.5) ? { hotkeys: hotkeys! } : {}),
    ...(random.chance(0.5) ? { name: `${name} "\\ é 🙂` } : {}),
    ...(random.chance(0.5) ? { netuid: u16() } : {}),
    ...(random.chance(0.5) ? { extra: { stake: [1, 'two', { three: null }] } } : {}),
    block: random.u64(),
    tempo: random.u64(),
    emission: random.u64(),
    totalStake: BigUint64Array.from({ length: 2 * n }, () => random.u64()),
    ownerUid: random.chance(0.5) ? null : u16(),
    kappa: u16(),
    alphaSigmoidSteepness: u16() - 32768,
    validatorPermit: Uint8Array.from({ length: random.below(20) }, () => random.below(2)),
    mechanismEmissionSplit: random.chance(0.5) ? null : Uint16Array.from({ length: random.below(20) }, u16),
  }
}
