import { describe, expect, it } from 'vitest'
import { FileError } from '../errors/index.ts'
import { JsonReader } from './json.ts'
import { Random } from './random.ts'

function reader(text: string): JsonReader {
  return new JsonReader(new TextEncoder().encode(text), 'f.json')
}

/** Whether the reader takes the text as one JSON value, and what it is. */
function read(text: string): { readonly value: unknown } | undefined {
  try {
    const json = reader(text)
    const value = json.at(json.skip())
    json.end()
    return { value }
  } catch (error) {
    expect(error).toBeInstanceOf(FileError)
    return undefined
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

describe('JsonReader.skip takes what JSON.parse takes', () => {
  const texts = [
    ...[
      '',
      ' ',
      '0',
      '-0',
      '-',
      '01',
      '1.',
      '.1',
      '1.5',
      '1e5',
      '1E+5',
      '1e-',
      '1e',
      '+1',
      '--1',
      '1 2',
      'NaN',
    ],
    ...[
      'true',
      'tru',
      'truex',
      'false',
      'null',
      'nul',
      'undefined',
      '"',
      '"a',
      '"a"',
      '"\\n"',
      '"\\x"',
      '"\\u12"',
    ],
    ...[
      '"\\u12aF"',
      '"\\u12ag"',
      '"\n"',
      '"\t"',
      '"\\',
      '"é"',
      '"\u2028"',
      '[]',
      '[',
      ']',
      '[1',
      '[1,',
      '[1,]',
      '[,1]',
    ],
    ...[
      '[1 2]',
      '[[]]',
      '[[1],[2,3]]',
      '{}',
      '{',
      '}',
      '{"a"}',
      '{"a":}',
      '{"a":1',
      '{"a":1,}',
      '{"a":1 "b":2}',
    ],
    ...[
      '{"a":1,"a":2}',
      '{a:1}',
      "{'a':1}",
      '{1:2}',
      ' { "a" : [ 1 , "b" ] } ',
      '[1]\u00a0',
      '\u00a0[1]',
      '[1]x',
      '// x',
    ],
  ]

  it.each(texts)('%j', (text) => {
    expect(read(text)).toEqual(parse(text))
  })

  it('on 20,000 random texts', () => {
    const random = new Random(1)
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"\\u0041"',
      '\\',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '\n',
    ]
    let taken = 0
    for (let round = 0; round < 20_000; round++) {
      const length = 1 + random.below(7)
      const text = Array.from({ length }, () => pieces[random.below(pieces.length)]!).join('')
      const expected = parse(text)
      expect(read(text), JSON.stringify(text)).toEqual(expected)
      if (expected !== undefined) taken += 1
    }
    expect(taken).toBeGreaterThan(500)
  })
})

describe('JsonReader.integer', () => {
  it.each([
    ['0', 0],
    ['65535', 65535],
    [' 7 ', 7],
    ['65536', -1],
    ['-1', -1],
    ['1.0', -1],
    ['1e2', -1],
    ['01', -1],
    ['"1"', -1],
    ['99999999999999999999999999999999', -1],
  ])('%s is %d', (text, value) => {
    expect(reader(text).integer(65535)).toBe(value)
  })
})

describe('JsonReader.pair', () => {
  it.each([
    ['[0,0]', 0],
    [' [ 65535 , 65535 ] ', 65536 * 65535 + 65535],
    ['[1,2]', 65538],
    ['[1]', -1],
    ['[1,2,3]', -1],
    ['[1,65536]', -1],
    ['[1,-2]', -1],
    ['[1,"2"]', -1],
    ['1', -1],
  ])('%s is %d', (text, value) => {
    const json = reader(text)
    expect(json.pair()).toBe(value)
    if (value < 0) expect(json.at(json.skip())).toEqual(JSON.parse(text))
  })
})

describe('JsonReader.decimal', () => {
  const longest = '9'.repeat(39)
  it.each([
    ['"0"', 0n],
    ['"18446744073709551615"', 2n ** 64n - 1n],
    ['"-170141183460469231731687303715884105728"', -(2n ** 127n)],
    ['"100000000000000000000000000000000000001"', 10n ** 38n + 1n],
    [`"${longest}"`, BigInt(longest)],
    [`"${longest}9"`, undefined],
    ['"00"', undefined],
    ['"-0"', undefined],
    ['""', undefined],
    ['"-"', undefined],
    ['"1 "', undefined],
    ['"0x1"', undefined],
    ['1', undefined],
  ])('%s is %s', (text, value) => {
    expect(reader(text).decimal()).toBe(value)
  })

  it('agrees with BigInt on 2,000 random texts', () => {
    const random = new Random(2)
    for (let round = 0; round < 2000; round++) {
      const value = BigInt.asIntN(128, (random.u64() << 64n) | random.u64()) >> BigInt(random.below(128))
      expect(reader(`"${value}"`).decimal()).toBe(value)
    }
  })
})

it('refuses what is nested too deep, without running out of stack', () => {
  expect(read(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeDefined()
  expect(() => reader('['.repeat(1_000_000)).skip()).toThrow('f.json: nested more than 64 deep at byte 64')
  expect(() => reader('{"a":'.repeat(1_000_000)).skip()).toThrow('nested more than 64 deep')
})

it('passes over a byte order mark', () => {
  expect(read('\u{feff}[1]')).toEqual({ value: [1] })
})

it('refuses bytes that are no UTF-8', () => {
  const json = new JsonReader(Uint8Array.of(0x22, 0xff, 0x22), 'f.json')
  expect(() => json.at(json.skip())).toThrow('f.json: not UTF-8 between bytes 0 and 3')
})
