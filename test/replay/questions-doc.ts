import { VIEWS, type View } from '../../ts/replay/questions.ts'

/** What docs/questions.md says of each view: written from the table of views, and held to it by a test. */

/** The part of the page that follows from the views. */
export function questionsSection(): string {
  return VIEWS.map(sectionOf).join('\n')
}

function sectionOf({ name, command, about, needs, uses, columns }: View): string {
  const tables = (names: readonly string[]): string => names.map((table) => `\`${table}\``).join(', ')
  const needed = needs.length === 0 ? '`epochs` alone' : tables(needs)
  const used = uses.length === 0 ? '' : `, and reads ${tables(uses)} where the lake keeps them`
  const rows = columns.map(
    (column) => `| \`${column.name}\` | ${column.type} | ${column.about.replaceAll('|', '\\|')} |`,
  )
  return `### ${name}
\`yuma history ${command} LAKE\`. ${about} It needs ${needed}${used}.

| column | type | what |
|---|---|---|
${rows.join('\n')}
`
}
