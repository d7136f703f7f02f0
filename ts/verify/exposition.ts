/** Numbers as Prometheus reads them: its text format, version 0.0.4. */

/** What a series of numbers is. */
export type MetricType = 'counter' | 'gauge' | 'histogram'

/** A number with what tells it from others of its name. */
export interface Sample {
  /** What follows the family's name: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix?: string
  readonly labels: Readonly<Record<string, string | number>>
  /** A bigint stands with all its digits; who reads it as a float has the nearest one from 2^53 on. */
  readonly value: number | bigint
}

/** All numbers of a name. */
export interface Family {
  readonly name: string
  readonly type: MetricType
  readonly help: string
  readonly samples: Iterable<Sample>
}

/** The text of families, each whole and once. One that has no numbers yet is named all the same. */
export function exposition(families: Iterable<Family>): string {
  let text = ''
  for (const { name, type, help, samples } of families) {
    const lines = Array.from(samples, (sample) => lineOf(name, sample))
    text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`
  }
  return text
}

function lineOf(name: string, { suffix = '', labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, of]) => `${label}="${escaped(String(of), '"')}"`)
  const braces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return `${name}${suffix}${braces} ${numberText(value)}\n`
}

function numberText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

function escaped(text: string, quote = ''): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return quote === '' ? plain : plain.replaceAll(quote, `\\${quote}`)
}
