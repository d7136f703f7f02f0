import { readFile } from 'node:fs/promises'
import { Arguments, besides, helpOf } from './command.ts'
import { COMMANDS, type CommandEntry, type CommandGroup } from './commands.ts'
import { EXIT, EXIT_CODES, failureOf, UsageError } from './exit.ts'
import { Io, OutputClosed } from './io.ts'
import { meant } from './suggestion.ts'

/** Runs `yuma` with its arguments and gives the exit code. Throws nothing. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const io = new Io()
  try {
    return await dispatchAndFlush(argv, io)
  } catch (error) {
    // Whoever has stopped reading has had enough.
    if (error instanceof OutputClosed) return EXIT.done
    const { code, message } = failureOf(error)
    io.fault(message)
    return code
  } finally {
    io.progress.clear()
  }
}

/** Results that came before a fault are written too. */
async function dispatchAndFlush(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io)
  } finally {
    await io.out.flush()
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined) throw new UsageError('no command given')
  if (name === 'help' && rest.length > 0) return dispatch([...rest, '--help'], io)
  if (name === '--help' || name === '-h' || name === 'help') return say(io, programHelp())
  if (VERSION.includes(name)) return say(io, `${await version()}\n`)
  const entry = COMMANDS.find((command) => command.name === name)
  if (entry === undefined) throw new UsageError(unknown('command', name, COMMANDS))
  return 'commands' in entry ? dispatchIn(entry, rest, io) : run(entry, rest, io)
}

const VERSION: readonly string[] = ['--version', '-v', '-V', 'version']

function unknown(kind: string, name: string, known: readonly { readonly name: string }[]): string {
  const names = known.map((entry) => entry.name)
  return `no ${kind} ${JSON.stringify(name)}${meant(name, names)}`
}

/** A command of a group: its name is the next argument. */
async function dispatchIn(group: CommandGroup, argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--help' || name === '-h') return say(io, groupHelp(group))
  if (name === undefined) throw new UsageError(`no ${group.kind} given`, group.name)
  const entry = group.commands.find((command) => command.name === name)
  if (entry === undefined) throw new UsageError(unknown(group.kind, name, group.commands), group.name)
  return run(entry, rest, io)
}

async function run(entry: CommandEntry, argv: readonly string[], io: Io): Promise<number> {
  const command = await entry.load()
  const args = new Arguments(command, argv)
  if (args.has('help')) return say(io, helpOf(command))
  return command.run(args, io)
}

async function say(io: Io, text: string): Promise<number> {
  await io.out.write([text])
  return EXIT.done
}

/** A line for each command. */
function summaries(commands: readonly { readonly name: string; readonly summary: string }[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return commands.map(({ name, summary }) => besides(`  ${name}`, width + 2, summary)).join('\n')
}

function groupHelp({ name, summary, kind, commands }: CommandGroup): string {
  return `Usage: yuma ${name} NAME [options]

${summary[0]!.toUpperCase()}${summary.slice(1)}.

Names:
${summaries(commands)}

  yuma ${name} NAME --help   a ${kind}'s options
`
}

function programHelp(): string {
  return `Usage: yuma COMMAND [options]

The consensus core of Bittensor, to the chain's last bit.

Commands:
${summaries(COMMANDS)}

  yuma help COMMAND     a command's options; yuma COMMAND --help too
  yuma --version        the version

Exit codes:
${EXIT_CODES.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`).join('\n')}
`
}

async function version(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
