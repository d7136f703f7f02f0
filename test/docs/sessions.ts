import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, HELP } from '../../ts/cli/command.ts'
import { COMMANDS } from '../../ts/cli/commands.ts'
import { MAIN } from '../cli/run.ts'
import { type Ran, run } from '../process.ts'
import { type Example, ROOT } from './extract.ts'

/** The examples that are lines for a shell. */

/** A line of a session, and what the page says that it prints. */
interface Step {
  readonly command: string
  readonly printed: string
}

function stepsOf({ text }: Example): readonly Step[] {
  const steps: Step[] = []
  for (const part of text.split(/^\$ /m).slice(1)) {
    const [command = '', ...printed] = part.replace(/\n$/, '').split('\n')
    steps.push({ command, printed: printed.join('\n') })
  }
  return steps
}

/** Whether what was printed is what a page says: `…` in it stands for anything, a line of it for any lines. */
export function matches(said: string, printed: string): boolean {
  const pattern = said
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.trim() === '…'
        ? '(?:.*\\n)*?'
        : `${line
            .trimEnd()
            .replaceAll(/[.*+?^$\\{}()|[\]]/g, '\\$&')
            .replaceAll('…', '.*')}\\n`,
    )
    .join('')
  return new RegExp(`^${pattern}$`).test(`${printed.replace(/[ \t]+$/gm, '').trimEnd()}\n`)
}

/** The folders in which the sessions of a page run: what one writes the next ones read. */
export class Folders {
  readonly #all = new Map<string, string>()

  of({ place }: Example): string {
    const page = place.split(':')[0]!
    const known = this.#all.get(page)
    if (known !== undefined) return known
    const folder = mkdtempSync(join(tmpdir(), 'yuma-docs-'))
    symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'))
    mkdirSync(join(folder, 'docs/figures'), { recursive: true })
    this.#all.set(page, folder)
    return folder
  }

  remove(): void {
    for (const folder of this.#all.values()) rmSync(folder, { recursive: true })
  }
}

/** Runs a session in a folder; what is wrong with it, or nothing. */
export async function runSession(
  example: Example,
  folder: string,
  endpoint: string,
): Promise<string | undefined> {
  for (const { command, printed } of stepsOf(example)) {
    const { out, err, code } = await shell(command.replace(/wss?:\/\/[^\s,]+/g, endpoint), folder, endpoint)
    // A command that fails says so in the page.
    const fails = printed.includes('yuma: ')
    if ((code !== 0) !== fails) return `${command}: exit code ${code}\n${err}${out}`
    const all = (fails ? err + out : out).replaceAll(endpoint, 'ws://127.0.0.1:9944')
    if (printed !== '' && !matches(printed, all)) return `${command} prints\n${all}in place of\n${printed}`
  }
  return undefined
}

/** A line of bash in which `yuma` and `npx yuma` are the build's. */
async function shell(line: string, cwd: string, endpoint: string): Promise<Ran> {
  const script = `yuma() { "$NODE" "$MAIN" "$@"; }; npx() { "$@"; }; ${line}`
  const env = { ...process.env, NODE: process.execPath, MAIN, YUMA_ENDPOINT: endpoint, COLUMNS: '' }
  return run('bash', ['--norc', '-c', script], { cwd, env, timeout: 120_000 })
}

/** What is wrong with lines that are shown and not run: a command or an option that there is not. */
export async function faultsOfCommands({ text }: Example): Promise<readonly string[]> {
  const faults: string[] = []
  for (const line of text.split('\n')) {
    const words = /^(?:\$ )?(?:YUMA_\w+=\S+ )?(?:npx )?yuma (.*)$/.exec(line.trim())?.[1]
    if (words === undefined) continue
    // Behind two spaces or a # is what it does.
    const argv = words
      .split(/ {2,}| # /)[0]!
      .replaceAll(/[[\]']/g, '')
      .trim()
      .split(/ +/)
    const fault = await faultOf(argv)
    if (fault !== undefined) faults.push(`${line.trim()}: ${fault}`)
  }
  return faults
}

async function faultOf([name, ...rest]: readonly string[]): Promise<string | undefined> {
  if (name === undefined || name === 'help' || name === 'COMMAND' || name.startsWith('-')) return undefined
  const entry = COMMANDS.find((command) => command.name === name)
  if (entry === undefined) return `there is no command ${name}`
  if (!('commands' in entry)) return optionFault(await entry.load(), rest)
  const inner = entry.commands.find((command) => command.name === rest[0])
  if (inner !== undefined) return optionFault(await inner.load(), rest.slice(1))
  return rest[0] === 'NAME' || rest[0] === '--help' ? undefined : `there is no ${entry.kind} ${rest[0]}`
}

function optionFault({ options }: Command, argv: readonly string[]): string | undefined {
  const known = Object.entries({ ...options, help: HELP }).map(([name, { short, value }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
  ])
  try {
    parseArgs({ args: [...argv], options: Object.fromEntries(known), allowPositionals: true })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
