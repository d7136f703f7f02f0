/** What the terminal is, where standard output is one. */

/** What a text means, which a terminal's colour says too. */
export type Meaning = 'title' | 'good' | 'bad' | 'doubtful'

const CODES: Readonly<Record<Meaning, readonly [on: number, off: number]>> = {
  title: [1, 22],
  good: [32, 39],
  bad: [31, 39],
  doubtful: [33, 39],
}

/** Whether a stream shows colours: a terminal that is not `dumb`, unless NO_COLOR is set (https://no-color.org); FORCE_COLOR says so of anything. */
export function showsColours(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}

/** The text, in the colour of its meaning where standard output shows colours. */
export function painted(meaning: Meaning, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  if (!showsColours(stream)) return text
  const [on, off] = CODES[meaning]
  return `\x1b[${on}m${text}\x1b[${off}m`
}

/** How many columns tables have: those of the terminal, else of COLUMNS; unlimited where neither says. */
export function width(): number {
  const columns = process.stdout.isTTY ? process.stdout.columns : Number(process.env.COLUMNS)
  return columns > 0 ? columns : Number.POSITIVE_INFINITY
}

/** Lines of words of at most so many columns, the later ones behind an indent. */
export function wrapped(text: string, columns: number, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || longer.length <= columns) {
      line = longer
      continue
    }
    lines.push(line)
    line = `${indent}${word}`
  }
  return [...lines, line].join('\n')
}
