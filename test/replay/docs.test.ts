/** docs/replay.md has the tables that a lake has. `YUMA_WRITE_DOCS=1` writes them there. */

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { KEEPS, TABLES } from '../../ts/replay/index.ts'

const PAGE = new URL('../../docs/replay.md', import.meta.url)
const [BEGIN, END] = ['<!-- tables: from ts/replay/tables.ts -->\n', '<!-- end of tables -->']

function* tableLines(): Generator<string> {
  for (const { name, keep, about, order, columns } of TABLES) {
    yield `### ${name}`
    yield ''
    yield `A row is ${about}. Kept with \`${keep}\`; in each file by ${order.join(', ')}.`
    yield ''
    yield '| column | type | what |'
    yield '|---|---|---|'
    for (const column of columns)
      yield `| \`${column.name}\` | ${column.type}${column.optional ? ', null' : ''} | ${column.about.replaceAll('|', '\\|')} |`
    yield ''
  }
}

test('docs/replay.md has every table and column as files have them', () => {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = page.split(BEGIN) as [string, string]
  const after = rest.slice(rest.indexOf(END))
  const expected = `${before}${BEGIN}\n${[...tableLines()].join('\n')}\n${after}`
  if (process.env.YUMA_WRITE_DOCS === '1') writeFileSync(PAGE, expected)
  expect(readFileSync(PAGE, 'utf8')).toBe(expected)
  for (const keep of KEEPS) expect(before).toContain(`\`${keep}\``)
})
