/** Prometheus' text format 0.0.4, read as its documentation has it and by nothing of the package. */

/** A family as it was read. */
export interface ReadFamily {
  readonly type: string
  readonly help: string
  readonly samples: readonly ReadSample[]
}

/** A line of numbers. */
export interface ReadSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** As it stands there. */
  readonly text: string
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y
const NUMBER = /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[+-]Inf|NaN)$/

/** The families of a text. Whatever the format does not allow is an error. */
export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line is not ended')
  const families = new Map<string, { type: string; help: string; samples: ReadSample[] }>()
  const seen = new Set<string>()
  let current: string | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const help = new RegExp(`^# HELP (${NAME}) (.*)$`).exec(line)
    if (help !== null) {
      if (families.has(help[1]!)) throw new Error(`${help[1]} is there twice`)
      current = help[1]!
      families.set(current, { type: '', help: help[2]!, samples: [] })
      continue
    }
    const family = families.get(current ?? '')
    const type = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`).exec(line)
    if (type !== null) {
      if (type[1] !== current || family!.type !== '' || family!.samples.length > 0)
        throw new Error(`out of place: ${line}`)
      family!.type = type[2]!
      continue
    }
    const sample = sampleOf(line)
    const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    if (!suffixes.some((suffix) => sample.name === `${current}${suffix}`))
      throw new Error(`not of ${current}: ${line}`)
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
    if (seen.has(key)) throw new Error(`there twice: ${line}`)
    seen.add(key)
    family!.samples.push(sample)
  }
  return families
}

function sampleOf(line: string): ReadSample {
  const [, name, inner = '', text] = SAMPLE.exec(line) ?? []
  if (name === undefined || !NUMBER.test(text!)) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  for (LABEL.lastIndex = 0; LABEL.lastIndex < inner.length; ) {
    const match = LABEL.exec(inner)
    if (match === null || match[1]! in labels) throw new Error(`labels: ${line}`)
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
  }
  return { name, labels, text: text! }
}

/** The number of a family with these labels and no others, as it stands there. */
export function valueIn(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string | number>> = {},
): string | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => [label, String(value)])
  const found = families
    .get(name)
    ?.samples.filter(
      (sample) =>
        sample.name === name &&
        JSON.stringify(Object.entries(sample.labels).sort()) === JSON.stringify(wanted.sort()),
    )
  return found?.[0]?.text
}
