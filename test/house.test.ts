import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadEmission } from '../ts/emission/index.ts'

/** The rules of the chain stand in Rust: what of them could slip into TypeScript is looked for here. */

const ROOT = new URL('../ts/', import.meta.url)

/** Where it stands which version has which item, and which is usual: tables, and what is generated from tables. */
const TABLES = [
  'chain/generated/items.ts',
  'chain/payout-items.ts',
  'chain/items.ts',
  'demo/layouts.ts',
  'emission/fields.ts',
  'snapshot/generated/hyperparameters.ts',
]

/** Files that name a spec version all the same, and why. */
const NAMES_A_VERSION: Readonly<Record<string, string>> = {
  'chain/link.ts': 'the code that HTTP has for requests too many',
}

/** Files that shift bits by a word or a fraction all the same, and why. */
const SHIFTS: Readonly<Record<string, string>> = {
  'cli/format.ts': 'shows fixed-point bits as decimal digits',
  'cli/emission.ts': 'shows fixed-point bits as decimal digits',
  'cli/epoch-report.ts': 'puts two amounts into one key to sort by',
  'cli/inspect.ts': 'shows fixed-point bits as decimal digits',
  'demo/network.ts': 'the bits of 1',
  'demo/newest-network.ts': 'amounts that are made up, as bits',
  'emission/columns.ts': 'puts wide values into two words, and back',
  'emission/snapshot.ts': 'the bits of 1',
  'runtime/instance.ts': 'takes apart an address and a length in one word',
  'snapshot/columns.ts': 'puts wide values into two words',
  'snapshot/json-columns.ts': 'puts two words together',
  'snapshot/random.ts': 'puts two words together',
}

const ARITHMETIC: readonly RegExp[] = [
  /(<<|>>)\s*\(?(32|64)n/,
  // A product or quotient of bits by a fraction that has a name.
  /\*[^;\n]*>>/,
  /<<[^;\n]*\)\s*\//,
  /\bFRACTION/,
]

interface Line {
  readonly file: string
  readonly line: number
  readonly code: string
}

/** Every line of TypeScript without its comments. */
function lines(): readonly Line[] {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const code = withoutComments(readFileSync(new URL(file, ROOT), 'utf8')).split('\n')
      return code.map((text, i) => ({ file, line: i + 1, code: text.trim() }))
    })
}

function withoutComments(text: string): string {
  const blocks = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return blocks.replace(/(^|[\s;{(,])\/\/[^\n]*/g, '$1')
}

/** Every version that something is known of: those with rules, and those with which storage changed. */
async function versions(): Promise<ReadonlySet<number>> {
  const emission = await loadEmission()
  const known = emission.knownSpecVersions().map((version) => Number(Object(version).specVersion ?? version))
  const tables = TABLES.map((file) => readFileSync(new URL(file, ROOT), 'utf8')).join('\n')
  const changed = [...tables.matchAll(/\b(?:since|until): (\d+)/g)].map((match) => Number(match[1]))
  return new Set([...known, ...changed, ...changed.map((version) => version + 1)])
}

/** Where a pattern is found that has no business there, and of the exceptions those that are none any more. */
function offences(
  found: readonly Line[],
  allowed: Readonly<Record<string, string>>,
): { readonly found: readonly string[]; readonly unneeded: readonly string[] } {
  const others = found.filter(({ file }) => !(file in allowed))
  const files = new Set(found.map(({ file }) => file))
  return {
    found: others.map(({ file, line, code }) => `${file}:${line} ${code}`),
    unneeded: Object.keys(allowed).filter((file) => !files.has(file)),
  }
}

describe('TypeScript', () => {
  const all = lines().filter(({ file }) => !TABLES.includes(file))

  test('names no spec version outside the tables of storage', async () => {
    const known = await versions()
    expect(known.size).toBeGreaterThan(20)
    const naming = all.filter(({ code }) =>
      [...code.matchAll(/(?<![\w.,:/-])(\d{3})n?(?![\w.])/g)].some((match) => known.has(Number(match[1]))),
    )
    expect(offences(naming, NAMES_A_VERSION)).toEqual({ found: [], unneeded: [] })
  })

  test('has no fixed-point arithmetic', () => {
    const computing = all.filter(({ code }) => ARITHMETIC.some((pattern) => pattern.test(code)))
    expect(offences(computing, SHIFTS)).toEqual({ found: [], unneeded: [] })
  })

  test('of verification has nothing of the insides of the chain reader', () => {
    const inside = all.filter(
      ({ file, code }) =>
        file.startsWith('verify/') && /from '\.\.\/chain\/(?!index\.ts|chain\.ts)/.test(code),
    )
    expect(inside).toEqual([])
  })
})
