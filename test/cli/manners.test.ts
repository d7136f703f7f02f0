import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { helpOf } from '../../ts/cli/command.ts'
import { COMMANDS } from '../../ts/cli/commands.ts'
import { meant } from '../../ts/cli/suggestion.ts'
import { showsColours } from '../../ts/cli/terminal.ts'
import { checkBuilt, lines, yuma } from './run.ts'

/** What the command is like to use: help, suggestions, completion, width and colour. */

checkBuilt()

const ENTRIES = COMMANDS.flatMap((entry) => ('commands' in entry ? [...entry.commands] : [entry]))
const SUBNET = 'examples/subnet.json.gz'

describe('help', () => {
  test.each(ENTRIES)('of $name has lines of 80 columns', async ({ load }) => {
    for (const line of lines(helpOf(await load()))) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  test.each([[['epoch']], [['study']], [['study', 'fairness']]])('of %j is had in both ways', (name) => {
    const help = yuma(['help', ...name])
    expect(help).toEqual(yuma([...name, '--help']))
    expect([help.code, help.err]).toEqual([0, ''])
  })

  test('of the program fits too', () => {
    const { out } = yuma(['help'])
    for (const line of lines(out)) expect(line.length, line).toBeLessThanOrEqual(80)
    for (const flag of ['-v', '-V', 'version']) expect(yuma([flag])).toEqual(yuma(['--version']))
  })
})

describe('what was mistyped', () => {
  test.each([
    [['epohc'], 'no command "epohc"; did you mean epoch?; see yuma --help'],
    [['help', 'verfy'], 'no command "verfy"; did you mean verify?; see yuma --help'],
    [['frobnicate'], 'no command "frobnicate"; see yuma --help'],
    [['study', 'fairnes'], 'no study "fairnes"; did you mean fairness?; see yuma study --help'],
    [['epoch', '--jsn'], "Unknown option '--jsn'; did you mean --json?; see yuma epoch --help"],
    [['verify', '--net'], "Unknown option '--net'; did you mean --netuid?; see yuma verify --help"],
    [['epoch', '--zzz'], "Unknown option '--zzz'; see yuma epoch --help"],
  ])('%j', (argv, message) => {
    expect(yuma(argv)).toEqual({ code: 2, out: '', err: `yuma: ${message}\n` })
  })

  test('is near where letters are swapped, left out, doubled or others', () => {
    const names = ['epoch', 'explain', 'emission']
    for (const typed of ['peoch', 'epch', 'eepoch', 'epock', 'ep']) {
      expect(meant(typed, names), typed).toBe('; did you mean epoch?')
    }
    for (const typed of ['', 'e', 'verify', 'x'.repeat(9)]) expect(meant(typed, names), typed).toBe('')
  })
})

describe('completion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yuma-completion-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const script = yuma(['completion', 'bash']).out

  /** What bash offers for a line whose last word is being typed. */
  function offered(...words: readonly string[]): string {
    const ask = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _yuma; echo "\${COMPREPLY[*]}"`
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', ask, 'bash', ...words], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    return stdout.trim()
  }

  test.skipIf(process.platform === 'win32')('of bash knows commands, names and options', () => {
    expect(offered('yuma', 'ver')).toBe('verify')
    expect(offered('yuma', 'study', 'cop')).toBe('copying')
    expect(offered('yuma', 'study', 'fairness', '--sv')).toBe('--svg')
    expect(offered('yuma', 'help', 'simu')).toBe('simulate')
    expect(offered('yuma', 'epoch', '--a')).toBe('--as-spec --across-versions')
    expect(offered('yuma', 'epoch', 'file')).toBe('')
    const commands = COMMANDS.map(({ name }) => name).sort()
    expect(offered('yuma', '').split(' ').sort()).toEqual(['--help', '--version', 'help', ...commands].sort())
  })

  test.each(['bash', 'zsh', 'fish'])('of %s is a script that its shell reads', (shell) => {
    const { out, code } = yuma(['completion', shell])
    expect(code).toBe(0)
    for (const { name } of COMMANDS) expect(out).toContain(name)
    const file = join(folder, shell)
    writeFileSync(file, out)
    const { error, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    // Where the machine lacks the shell, that is all.
    if (error === undefined) expect(stderr).toBe('')
  })

  test('of another shell is refused', () => {
    expect(yuma(['completion', 'csh']).err).toContain('expected bash, zsh or fish, found "csh"')
  })
})

describe('a table', () => {
  const wide = yuma(['epoch', SUBNET, '--top', '3']).out

  test('is as wide as it is where no terminal says how wide', () => {
    expect(Math.max(...lines(wide).map((line) => line.length))).toBeGreaterThan(80)
  })

  test('comes in parts where it does not fit, and loses nothing', () => {
    const narrow = yuma(['epoch', SUBNET, '--top', '3'], { env: { COLUMNS: '80' } }).out
    for (const line of lines(narrow)) expect(line.length, line).toBeLessThanOrEqual(80)
    const values = (text: string): Set<string> => new Set(text.split(/\s+/))
    expect(values(narrow)).toEqual(values(wide))
    expect(narrow.match(/^ +uid {2}hotkey/gm)).toHaveLength(3)
  })

  test('of a terminal without any room has a part for each column', () => {
    const { out } = yuma(['epoch', SUBNET, '--top', '1'], { env: { COLUMNS: '10' } })
    expect(out.match(/^ +uid {2}hotkey/gm)).toHaveLength(10)
  })
})

describe('colour', () => {
  test('is for terminals, unless NO_COLOR says no', () => {
    const terminal = { isTTY: true }
    expect(showsColours(terminal, {})).toBe(true)
    expect(showsColours(terminal, { NO_COLOR: '' })).toBe(true)
    expect(showsColours(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(showsColours(terminal, { TERM: 'dumb' })).toBe(false)
    expect(showsColours({}, {})).toBe(false)
    expect(showsColours({}, { FORCE_COLOR: '1' })).toBe(true)
    expect(showsColours(terminal, { FORCE_COLOR: '0' })).toBe(false)
  })

  test('changes nothing else', () => {
    const plain = yuma(['epoch', SUBNET, '--top', '3'], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } }).out
    const coloured = yuma(['epoch', SUBNET, '--top', '3'], { env: { NO_COLOR: '', FORCE_COLOR: '1' } }).out
    expect(plain).not.toContain('\x1b')
    expect(coloured).toContain('\x1b[1m  uid')
    expect(stripVTControlCharacters(coloured)).toBe(plain)
  })
})
