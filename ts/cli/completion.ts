import type { Command, Option } from './command.ts'
import { HELP } from './command.ts'
import { COMMANDS, type CommandEntry } from './commands.ts'
import { EXIT } from './exit.ts'

/** `yuma completion` */
export const completion: Command = {
  name: 'completion',
  usage: 'bash|zsh|fish',
  about: `Prints a script that makes the shell complete commands, options and file names. For bash, in ~/.bashrc:
eval "$(yuma completion bash)". For zsh, in ~/.zshrc: eval "$(yuma completion zsh)". For fish:
yuma completion fish > ~/.config/fish/completions/yuma.fish`,
  options: {},
  async run(args, io) {
    const shell = args.single('SHELL')
    const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell as keyof typeof SHELLS] : undefined
    if (write === undefined) throw args.usage(`expected bash, zsh or fish, found ${JSON.stringify(shell)}`)
    await io.out.write([write(await words())])
    return EXIT.done
  },
}

/** What can stand behind a word. */
interface Words {
  readonly name: string
  readonly summary: string
  readonly options: readonly (readonly [name: string, option: Option])[]
  /** The names of a group. */
  readonly names: readonly Words[]
}

async function words(): Promise<readonly Words[]> {
  const of = async ({ name, summary, load }: CommandEntry): Promise<Words> => {
    const { options } = await load()
    return { name, summary, options: [...Object.entries(options), ['help', HELP]], names: [] }
  }
  return Promise.all(
    COMMANDS.map(async (entry) => {
      if (!('commands' in entry)) return of(entry)
      const { name, summary, commands } = entry
      return { name, summary, options: [['help', HELP]], names: await Promise.all(commands.map(of)) }
    }),
  )
}

const SHELLS = { bash, zsh, fish } as const

function namesOf(entries: readonly Words[]): string {
  return entries.map(({ name }) => name).join(' ')
}

function optionsOf({ options }: Words): string {
  return options.map(([name]) => `--${name}`).join(' ')
}

/** A case for each command, and within a group for each of its names. */
function bash(commands: readonly Words[]): string {
  const one = (entry: Words): string => {
    if (entry.names.length === 0) return `options="${optionsOf(entry)}" ;;`
    const cases = entry.names.map((name) => `      ${name.name}) options="${optionsOf(name)}" ;;`)
    return `names="${namesOf(entry.names)}" options="${optionsOf(entry)}"
    case "\${COMP_WORDS[2]}" in
${cases.join('\n')}
    esac ;;`
  }
  return `_yuma() {
  local current="\${COMP_WORDS[COMP_CWORD]}" names="" options=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${namesOf(commands)} help --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map((entry) => `  ${entry.name}) ${one(entry)}`).join('\n')}
  help) names="${namesOf(commands)}" ;;
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [ -n "$names" ]; then
    COMPREPLY=($(compgen -W "$names --help" -- "$current"))
  elif [ "\${current#-}" != "$current" ]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  fi
}
complete -o default -F _yuma yuma
`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function zsh(commands: readonly Words[]): string {
  const described = (entries: readonly Words[]): string =>
    entries.map(({ name, summary }) => quoted(`${name}:${summary.replaceAll(':', '\\:')}`)).join(' ')
  const option = ([name, { short, value, many, help }]: readonly [string, Option]): string => {
    const text = `[${help.replaceAll(/[[\]:]/g, (sign) => `\\${sign}`)}]`
    const taken = value === undefined ? '' : `:${value.replaceAll(/[[\]:]/g, (sign) => `\\${sign}`)}:_files`
    const again = many === undefined ? '' : '*'
    const long = quoted(`${again}--${name}${text}${taken}`)
    return short === undefined ? long : `${long} ${quoted(`${again}-${short}${text}${taken}`)}`
  }
  const one = ({ options }: Words): string =>
    `_arguments ${[...options.map(option), `'*:file:_files'`].join(' ')}`
  const group = ({ names }: Words): string => `if (( CURRENT == 2 )); then
        local -a names=(${described(names)})
        _describe name names
      else
        local name=$words[2]
        shift words; (( CURRENT-- ))
        case $name in
${names.map((entry) => `          ${entry.name}) ${one(entry)} ;;`).join('\n')}
        esac
      fi`
  return `#compdef yuma
_yuma() {
  if (( CURRENT == 2 )); then
    local -a commands=(${described(commands)})
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${commands.map((entry) => `    ${entry.name}) ${entry.names.length > 0 ? group(entry) : one(entry)} ;;`).join('\n')}
  esac
}
compdef _yuma yuma
`
}

function fish(commands: readonly Words[]): string {
  const lines: string[] = []
  const escaped = (text: string): string => `'${text.replaceAll(/[\\']/g, (sign) => `\\${sign}`)}'`
  const option = (when: string, [name, { short, value, help }]: readonly [string, Option]): string =>
    `complete -c yuma -n ${escaped(when)} -l ${name}${short === undefined ? '' : ` -s ${short}`}${value === undefined ? '' : ' -r'} -d ${escaped(help)}`
  for (const { name, summary, options, names } of commands) {
    const seen = `__fish_seen_subcommand_from ${name}`
    lines.push(`complete -c yuma -n __fish_use_subcommand -a ${name} -d ${escaped(summary)}`)
    lines.push(...options.map((entry) => option(seen, entry)))
    for (const inner of names) {
      lines.push(
        `complete -c yuma -n ${escaped(`${seen}; and not __fish_seen_subcommand_from ${namesOf(names)}`)} -a ${inner.name} -d ${escaped(inner.summary)}`,
        ...inner.options.map((entry) =>
          option(`${seen}; and __fish_seen_subcommand_from ${inner.name}`, entry),
        ),
      )
    }
  }
  return `${lines.join('\n')}\n`
}
