import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT, EXIT_CODES } from '../../ts/cli/exit.ts'
import { encodeSnapshot, generate } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, MAIN, yuma } from './run.ts'

const VECTORS = fileURLToPath(new URL('../vectors/epoch-spec425/', import.meta.url))
const FILES = readdirSync(VECTORS)
  .filter((name) => name.endsWith('.json.gz'))
  .map((name) => join(VECTORS, name))
const REAL = join(VECTORS, 'real-subnet-15.json.gz')
const SHORT = join(VECTORS, 'short-arrays.json.gz')

const OUTPUT = [
  'rules',
  'stake_weight',
  'active',
  'consensus',
  'incentive',
  'dividends',
  'validator_trust',
  'validator_permit',
  'server_emission',
  'validator_emission',
  'emission',
  'stake',
  'bonds',
  'raw',
]
const TRACE = [
  'validator_permit_before',
  'weights',
  'clipped_weights',
  'ranks',
  'weights_for_bonds',
  'bonds_before',
  'bonds_delta',
  'alphas',
  'ema_bonds',
  'dividends_before_normalize',
  'normalized_server_emission',
  'normalized_validator_emission',
  'normalized_emission',
]

let folder = ''

beforeAll(() => {
  checkBuilt()
  folder = mkdtempSync(join(tmpdir(), 'yuma-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('yuma epoch --json', () => {
  it('gives for each of the 1953 vectors every field of its output, in order', async () => {
    const { code, out, err } = yuma(['epoch', '--json', ...FILES])
    expect([code, err]).toEqual([0, ''])
    const results = lines(out)
    let at = 0
    for (const path of FILES) {
      for (const { name, expected } of await readDocuments(path)) {
        const result = JSON.parse(results[at]!) as Record<string, unknown>
        expect(Object.keys(result).sort(), name).toEqual([...OUTPUT].sort())
        expect({ ...result, ...expected }, name).toStrictEqual(result)
        for (const field of Object.keys(expected!))
          expect(result[field], `${name} ${field}`).toEqual(expected![field])
        at += 1
      }
    }
    expect([at, results.length, FILES.length]).toEqual([1953, 1953, 33])
  })

  it.each(['native', 'wasm', 'wasm-scalar', 'reference'])('gives the same with --engine %s', (engine) => {
    const { code, out, err } = yuma(['epoch', '--json', '--trace', '--engine', engine, REAL])
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(yuma(['epoch', '--json', '--trace', REAL]).out)
  })

  it('takes a set, a vector, plain, gzip and standard input alike', () => {
    const packed = readFileSync(SHORT)
    const plain = gunzipSync(packed)
    const { out } = yuma(['epoch', '--json', SHORT])
    expect(lines(out).length).toBe(8)
    expect(yuma(['epoch', '--json', file('set.json', plain)]).out).toBe(out)
    expect(yuma(['epoch', '--json', '-'], { input: packed }).out).toBe(out)
    expect(yuma(['epoch', '--json', '-'], { input: plain }).out).toBe(out)
    const { vectors } = JSON.parse(plain.toString()) as { vectors: unknown[] }
    const single = vectors.map((vector, at) => file(`${at}.json`, JSON.stringify(vector)))
    expect(yuma(['epoch', '--json', ...single]).out).toBe(out)
  })

  it('gives a trace under snake case names, 64-bit values as text', () => {
    const [result] = lines(yuma(['epoch', '--json', '--trace', REAL]).out).map((line) => JSON.parse(line))
    expect(Object.keys(result.trace)).toEqual(TRACE)
    expect(result.trace.weights.length).toBe(256)
    // I32F32: each row sums to one or a few bits less.
    const sums = (result.trace.weights as [number, string][][]).map((row) =>
      row.reduce((sum, [, bits]) => sum + BigInt(bits), 0n),
    )
    const rows = sums.filter((sum) => sum > 0n)
    expect(rows.length).toBeGreaterThan(10)
    for (const sum of rows) expect(2n ** 32n - sum).toBeLessThan(512n)
    expect(result.trace.ranks.length).toBe(256)
    expect(typeof result.trace.ranks[0]).toBe('string')
  })

  it('gives each mechanism, and at the top the combination with the first mechanism’s rows', () => {
    const path = file('two.json', encodeSnapshot(generate({ n: 32, validators: 8, seed: 4, mechanisms: 2 })))
    const [result] = lines(yuma(['epoch', '--json', '--trace', path]).out).map((line) => JSON.parse(line))
    const [first, second] = result.mechanisms
    expect(Object.keys(result)).toEqual([...OUTPUT, 'trace', 'mechanisms'])
    expect(Object.keys(first)).toEqual(['share', ...OUTPUT.slice(1), 'trace'])
    expect([result.bonds, result.raw, result.incentive]).toEqual([first.bonds, first.raw, first.incentive])
    expect(second.bonds).not.toEqual(first.bonds)
    for (const [uid, emission] of result.server_emission.entries()) {
      expect(BigInt(emission)).toBe(BigInt(first.server_emission[uid]) + BigInt(second.server_emission[uid]))
    }
    expect(BigInt(first.share) + BigInt(second.share)).toBe(295_201_648_080n)
  })
})

describe('yuma epoch', () => {
  it('shows who earns what', () => {
    const { code, out, err } = yuma(['epoch', '--top', '3', 'examples/subnet.json.gz'])
    expect([code, err]).toEqual([0, ''])
    const [result] = lines(yuma(['epoch', '--json', 'examples/subnet.json.gz']).out).map((line) =>
      JSON.parse(line),
    )
    const shown = lines(out)
    expect(shown[0]).toBe('generated n=256 validators=64 seed=7')
    expect(shown[1]).toMatch(/^spec 475 · block 8,000,000 · n 256 · engine native \(\w+\)$/)
    expect(shown[2]).toBe('rules: 475, proved')
    expect(shown[3]).toBe('classic bonds · penalty 1.00000 · kappa 0.49999')
    const tables = out.split('\n\n').filter((part) => part.startsWith('top'))
    expect(tables.length).toBe(2)
    const uids = (table: string): number[] =>
      lines(`${table.trimEnd()}\n`)
        .slice(2)
        .map((line) => Number.parseInt(line, 10))
    const best = (column: number[]): number[] =>
      column
        .map((value, uid) => [value, uid] as const)
        .sort((a, b) => b[0] - a[0])
        .slice(0, 3)
        .map(([, uid]) => uid)
    expect(uids(tables[0]!)).toEqual(best(result.incentive))
    expect(uids(tables[1]!)).toEqual(best(result.dividends))
    const [miner] = best(result.incentive)
    const rao = String(result.server_emission[miner!])
    expect(lines(`${tables[0]!}\n`)[2]).toMatch(new RegExp(` ${rao.slice(0, -9)}\\.${rao.slice(-9)}$`))
  })

  it('shows every stage with --trace', () => {
    const { out } = yuma(['epoch', '--trace', 'examples/subnet.json.gz'])
    expect(out).toMatch(/^stages of mechanism 0, 64 permits before the epoch$/m)
    expect(out).toMatch(/^ {2}clipped weights +62 /m)
    expect(out).toMatch(/^ {2}normalized emission /m)
  })

  it('shows nobody where there is nobody', () => {
    const path = file('alone.json', encodeSnapshot(generate({ n: 1, validators: 0, seed: 1 })))
    expect(yuma(['epoch', path]).out).toMatch(/^no miners$/m)
  })

  it('shows no character that steers a terminal', () => {
    const bad = join(folder, 'a\u001b[2J')
    expect(yuma(['epoch', bad]).err).toBe(`yuma: ${folder}/a\u{fffd}[2J: no such file or directory\n`)
  })
})

describe('yuma epoch --as-spec', () => {
  const LATER = fileURLToPath(new URL('../vectors/epoch-spec475/liquid-alpha-mode.json.gz', import.meta.url))

  it('computes by other rules, says so once and loudly, and carries it in the result', () => {
    const { code, out, err } = yuma(['epoch', '--json', '--as-spec', '470', LATER])
    expect(code).toBe(0)
    expect(lines(err)).toEqual([
      'yuma: AS IF at spec 470: no chain ran the epoch of liquid-alpha-mode/0001-Current-p65535, of spec 475, by these rules',
    ])
    const [result] = lines(out).map((line) => JSON.parse(line))
    expect(result.rules).toEqual({ spec: 470, first: 452, last: 473, evidence: 'same text', as: 475 })
    expect(result.as_spec).toBe(470)
    const shown = lines(yuma(['epoch', '--as-spec', '470', LATER]).out)
    expect(shown[2]).toBe('rules: 470, same text as 475, AS IF: the snapshot is of spec 475')
    // Another consensus for liquid alpha, and another result.
    expect(yuma(['epoch', '--json', '--as-spec', '425', LATER]).out).not.toContain(
      out.slice(out.indexOf('bonds')),
    )
  })

  it('says nothing where the rules are the snapshot’s own', () => {
    const { code, out, err } = yuma(['epoch', '--json', '--as-spec', '475', LATER])
    expect([code, err, out]).toEqual([0, '', yuma(['epoch', '--json', LATER]).out])
    expect(JSON.parse(lines(out)[0]!).rules).toEqual({ spec: 475, first: 475, last: 475, evidence: 'proved' })
  })

  it('is the way that a version newer than all known names', () => {
    const snapshot = generate({ n: 3, validators: 2, seed: 1, specVersion: 900 })
    const path = file('new.json', encodeSnapshot(snapshot))
    expect(yuma(['epoch', path])).toMatchObject({ code: 2, err: expect.stringContaining('--as-spec') })
    expect(yuma(['epoch', path, '--as-spec', '475']).code).toBe(0)
    expect(yuma(['epoch', path, '--as-spec', '900'])).toMatchObject({ code: 2 })
  })
})

describe('yuma epoch refuses, with exit code 2 and nothing on standard output:', () => {
  const snapshot = JSON.parse(
    Buffer.from(encodeSnapshot(generate({ n: 3, validators: 2, seed: 1 }))).toString(),
  )
  const text = JSON.stringify(snapshot)
  const set = {
    schema: 'yuma-epoch-vector-set/1',
    vectors: [{ schema: 'yuma-epoch-vector/1', spec_version: 425, input: {} }],
  }
  const row = { ...snapshot.mechanisms[0], weights: [[], [[70000, 1]], []] }

  it.each<readonly [string, string | Uint8Array, string]>([
    ['no JSON', 'hello', 'not JSON: expected a value at byte 0'],
    ['an empty file', '', 'empty'],
    [
      'a file cut short',
      text.slice(0, 500),
      'ends after 500 bytes where a character of a string should be: is it cut short?',
    ],
    ['gzip cut short', gzipSync(text).subarray(0, 200), 'broken gzip: unexpected end of file'],
    ['deep nesting', '[{"a":'.repeat(100_000), 'nested more than 64 deep at byte '],
    ['another version', text.replace('snapshot/1', 'snapshot/2'), 'schema: expected one of yuma-snapshot/1'],
    [
      'a value out of range',
      JSON.stringify({ ...snapshot, kappa: 65536 }),
      'kappa: expected an integer from 0 to 65535, found 65536',
    ],
    [
      'an array of another length',
      JSON.stringify({ ...snapshot, block_at_registration: [] }),
      'block_at_registration: expected 3 entries, found 0',
    ],
    [
      'a uid out of range',
      JSON.stringify({ ...snapshot, mechanisms: [row] }),
      'weights of mechanism 0 at uid 1: expected [uid, value] of two integers from 0 to 65535, found [70000,1]',
    ],
    ['a vector of a set', JSON.stringify(set), 'vectors[0]: n: expected a value, found nothing'],
    [
      'a runtime it does not know',
      JSON.stringify({ ...snapshot, spec_version: 4_000_000_000 }),
      'spec_version: ',
    ],
  ])('%s', (_, content, message) => {
    const path = file('bad.json', content)
    const { code, out, err } = yuma(['epoch', path, '--json'])
    expect([code, out]).toEqual([2, ''])
    expect(err.startsWith(`yuma: ${path}: ${message}`), err).toBe(true)
    expect(lines(err).length).toBe(1)
  })

  it.each<readonly [string, string[], string]>([
    ['no file', ['epoch'], 'no FILE given; see yuma epoch --help'],
    ['a missing file', ['epoch', 'nowhere.json'], 'nowhere.json: no such file or directory'],
    ['a folder', ['epoch', '.'], '.: a directory'],
    ['an option it does not have', ['epoch', '--x'], "Unknown option '--x'; see yuma epoch --help"],
    [
      'an option without its value',
      ['epoch', 'a', '--top'],
      "Option '--top <value>' argument missing; see yuma epoch --help",
    ],
    [
      'an engine it does not have',
      ['epoch', 'a', '--engine', 'x'],
      '--engine: expected native, wasm, wasm-scalar, reference, found "x"; see yuma epoch --help',
    ],
    [
      'a top that is no number',
      ['epoch', 'a', '--top', '1e3'],
      '--top: expected an integer from 0 to 65535, found "1e3"; see yuma epoch --help',
    ],
    ['standard input twice', ['epoch', '-', '-'], 'standard input can be read once; see yuma epoch --help'],
    ['empty standard input', ['epoch', '-'], 'standard input: empty'],
    ['no command', [], 'no command given; see yuma --help'],
    ['a command it does not have', ['epcoh'], 'no command "epcoh"; did you mean epoch?; see yuma --help'],
    [
      'a value beyond u64',
      ['generate', '--tempo', '18446744073709551616'],
      '--tempo: expected an integer from 0 to 2^64 - 1, found "18446744073709551616"; see yuma generate --help',
    ],
    [
      'a seed that is no integer',
      ['generate', '--seed', '1.5'],
      '--seed: expected an integer from 0 to 9007199254740991, found "1.5"; see yuma generate --help',
    ],
    [
      'a density above 1',
      ['generate', '--density', '2'],
      '--density: expected a number from 0 to 1, found "2"; see yuma generate --help',
    ],
    [
      'more validators than neurons',
      ['generate', '--n', '4', '--validators', '5'],
      '--validators: expected an integer from 0 to 4, found "5"; see yuma generate --help',
    ],
    [
      'a subnet beyond memory',
      ['generate', '--n', '65535', '--validators', '65535'],
      'n: expected at most 30000000 weights and bonds in all, found 8589672450: fewer validators, or a lower density',
    ],
    [
      'an output that cannot be',
      ['generate', '-o', 'nowhere/x.json'],
      'nowhere/x.json: no such file or directory',
    ],
    [
      'a snapshot to import',
      ['import', 'examples/subnet.json.gz'],
      'examples/subnet.json.gz: schema: expected metagraph-weights/1, found "yuma-snapshot/1"',
    ],
    ['two files to import', ['import', 'a', 'b'], 'one FILE expected, 2 given; see yuma import --help'],
  ])('%s', (_, args, message) => {
    expect(yuma(args)).toEqual({ code: 2, out: '', err: `yuma: ${message}\n` })
  })

  it('gives what came before a file that is refused', () => {
    const { code, out } = yuma(['epoch', '--json', SHORT, file('bad.json', '{}')])
    expect(code).toBe(2)
    expect(out).toBe(yuma(['epoch', '--json', SHORT]).out)
  })

  it('names the vector of a set that the engine refuses, after the results before it', () => {
    const { vectors, ...rest } = JSON.parse(gunzipSync(readFileSync(SHORT)).toString())
    const { spec_version: _, ...head } = rest
    const broken = [vectors[0], { ...vectors[1], spec_version: 4_000_000_000 }, vectors[2]]
    const { code, out, err } = yuma([
      'epoch',
      '--json',
      file('spec.json', JSON.stringify({ ...head, vectors: broken })),
    ])
    expect(code).toBe(2)
    expect(lines(out)).toEqual(lines(yuma(['epoch', '--json', SHORT]).out).slice(0, 1))
    expect(err).toContain(`spec.json: ${vectors[1].name}: spec_version: `)
  })
})

describe('yuma', () => {
  it('says on --version what package.json says', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(yuma(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it.each(['epoch', 'generate', 'import'])('helps with %s', (name) => {
    expect(yuma(['--help']).out).toContain(`\n  ${name} `)
    const { code, out, err } = yuma([name, '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out.startsWith(`Usage: yuma ${name} `)).toBe(true)
    for (const line of lines(out)) expect(line.length).toBeLessThanOrEqual(120)
  })

  it('takes a kernel that the machine lacks for bad usage, with exit code 2', () => {
    const { code, out, err } = yuma(['epoch', 'examples/subnet.json.gz'], { env: { YUMA_KERNEL: 'abacus' } })
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^yuma: YUMA_KERNEL: expected one of .* on this machine, found "abacus"\n$/)
  })

  it('documents every exit code that it has', () => {
    const { out } = yuma(['--help'])
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    expect(Object.keys(EXIT).length).toBe(EXIT_CODES.length)
    for (const code of Object.values(EXIT)) {
      expect(out).toMatch(new RegExp(`^  ${code} +\\w`, 'm'))
      expect(readme).toMatch(new RegExp(`Exit codes:[^\\n]*\\b${code} `))
    }
  })

  it('ends quietly where nobody reads its output', async () => {
    const child = spawn(process.execPath, [MAIN, 'epoch', '--json', ...FILES], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect([code, err]).toEqual([0, ''])
  })
})
