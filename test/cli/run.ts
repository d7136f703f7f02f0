import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The command as `npm run build:ts` leaves it. */
export const MAIN: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Folders whose code the tests of the command run. */
const FOLDERS = [
  'chain',
  'cli',
  'demo',
  'emission',
  'engine',
  'errors',
  'metagraph',
  'proof',
  'replay',
  'runtime',
  'simulate',
  'simulate/studies',
  'snapshot',
  'verify',
  'worker',
]

/** @throws where the build is missing or older than its sources: it would be another command that is tested. */
export function checkBuilt(): void {
  for (const folder of FOLDERS) {
    const sources = new URL(`../../ts/${folder}/`, import.meta.url)
    for (const name of readdirSync(sources)) {
      if (!/(?<!\.d)\.ts$/.test(name) || name.endsWith('.test.ts')) continue
      const built = new URL(`../../dist/${folder}/${name.replace(/\.ts$/, '.js')}`, import.meta.url)
      const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (builtAt < statSync(new URL(name, sources)).mtimeMs) {
        throw new Error(`dist/${folder} is older than ts/${folder}/${name}: run \`npm run build:ts\``)
      }
    }
  }
}

/** What a run of the command gave. */
export interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Options of {@link yuma}. */
export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `yuma` to its end. */
export function yuma(args: readonly string[], options: RunOptions = {}): Run {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [MAIN, ...args], {
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (error !== undefined) throw error
  return { code: status, out: stdout, err: stderr }
}

/** The lines of an output, of which each is ended. */
export function lines(text: string): string[] {
  if (!text.endsWith('\n')) throw new Error('the last line is not ended')
  return text.slice(0, -1).split('\n')
}
