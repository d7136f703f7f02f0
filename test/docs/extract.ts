import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The examples of README.md, docs/ and doc comments: CONTRIBUTING.md says how they are marked. */

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** An example, as it stands there. */
export interface Example {
  /** `docs/verify.md:43`, the line of its first word. */
  readonly place: string
  /** `ts` is a program; `session` lines behind `$ ` and what they print; `commands` such lines alone; `other` is all else. */
  readonly kind: 'ts' | 'session' | 'commands' | 'other'
  readonly text: string
  /** Why it is not run, where it says so. */
  readonly notRun: string | undefined
  /** The recording of a chain that it is run on, where it is not the demo. */
  readonly recording: string | undefined
}

const PAGES = ['README.md', 'CONTRIBUTING.md', ...filesUnder('docs', '.md')]

/** Every example of pages and doc comments. */
export function examples(): readonly Example[] {
  const pages = PAGES.flatMap((file) => fenced(file, readFileSync(`${ROOT}/${file}`, 'utf8').split('\n')))
  const sources = filesUnder('ts', '.ts').filter((file) => !file.endsWith('.test.ts'))
  return [...pages, ...sources.flatMap(inComments)]
}

function filesUnder(folder: string, end: string): readonly string[] {
  const files = readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
  return files
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith(end))
    .sort()
}

/** The examples of a source file: of its lines the doc comments, without what makes them comments. */
function inComments(file: string): readonly Example[] {
  const lines = readFileSync(`${ROOT}/${file}`, 'utf8').split('\n')
  return fenced(
    file,
    lines.map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? ''),
  )
}

function fenced(file: string, lines: readonly string[]): readonly Example[] {
  const found: Example[] = []
  let start: number | undefined
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('```')) continue
    if (start === undefined) {
      start = at
      continue
    }
    const text = lines.slice(start + 1, at).join('\n')
    const mark = lines[start - 1] ?? ''
    found.push({
      place: `${file}:${start + 2}`,
      kind: kindOf(lines[start]!.slice(3).trim(), text),
      text,
      notRun: /^<!-- not run: (.+) -->$/.exec(mark)?.[1],
      recording: /^<!-- on (.+) -->$/.exec(mark)?.[1],
    })
    start = undefined
  }
  if (start !== undefined) throw new Error(`${file}:${start + 1} is never closed`)
  return found
}

function kindOf(language: string, text: string): Example['kind'] {
  if (language === 'ts') return 'ts'
  if (text.startsWith('$ ')) return 'session'
  return /^(yuma|npx yuma|YUMA_\w+=\S+ yuma) /m.test(text) ? 'commands' : 'other'
}
