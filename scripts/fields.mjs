// `npm run fields`: writes what follows from the tables of fields in crates/types/fields. With `--check` it writes
// nothing, and fails where a file is not what it should be.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as emission from './fields/emission.mjs'
import * as epoch from './fields/epoch.mjs'

/** Each gives the files that follow from its table: `{ file, text }`, the text before it is formatted. */
const GENERATORS = [epoch, emission]

const FORMATTERS = {
  rs: () => ['rustfmt', ['--edition', '2024']],
  ts: (file) => ['npx', ['biome', 'check', '--write', `--stdin-file-path=${file}`]],
}

/** The text as the formatter of its language leaves it. */
function formatted({ file, text }) {
  const formatter = FORMATTERS[file.split('.').at(-1)]
  if (formatter === undefined) return text
  const [command, args] = formatter(file)
  const { status, stdout, stderr } = spawnSync(command, args, {
    input: text,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  })
  if (status === 0) return stdout
  console.error(`${file}: ${command} refuses what was generated\n${stderr}`)
  process.exit(1)
}

const check = process.argv.includes('--check')
const files = GENERATORS.flatMap(({ generate }) => generate()).map((file) => ({
  ...file,
  text: formatted(file),
}))
const stale = files.filter(({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
for (const { file, text } of check ? [] : stale) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
for (const { file } of stale)
  console.log(check ? `${file} is not what the tables of fields say: run npm run fields` : file)
process.exit(check && stale.length > 0 ? 1 : 0)
