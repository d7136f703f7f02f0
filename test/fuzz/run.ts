/** How long a fuzzer goes on, and what ends it. */

import fc from 'fast-check'

/** What a fuzzer does with one input: it throws where something is not as it should be. */
export type Property<T> = (input: T) => Promise<void>

/** A fuzzer: its inputs, and what holds of each. */
export interface Fuzzer<T = unknown> {
  readonly name: string
  readonly inputs: fc.Arbitrary<T>
  readonly property: Property<T>
  /** Milliseconds that one input may take, far above what any does. */
  readonly mostMs: number
  /** Whether an input that fails is shown as it came: one that is large takes long to be made small. */
  readonly keepsSize?: boolean
  /** What there is to be closed behind it. */
  readonly end?: () => Promise<void>
}

/** When to stop: after so many inputs, or so long. */
export type Limit = { readonly runs: number } | { readonly seconds: number }

/** What a fuzzer's process may take of memory beyond what it began with. */
const MOST_BYTES = 500 * 2 ** 20

/**
 * Runs a fuzzer from a seed.
 *
 * @returns How many inputs there were.
 * @throws for a finding: it names the seed and the path by which the input, made as small as may be, is had again.
 */
export async function run<T>(fuzzer: Fuzzer<T>, seed: number, limit: Limit): Promise<number> {
  let inputs = 0
  const before = process.memoryUsage().rss
  const property = fc.asyncProperty(fuzzer.inputs, async (input) => {
    inputs += 1
    const began = performance.now()
    await within(fuzzer.property(input), fuzzer.mostMs)
    const ms = Math.round(performance.now() - began)
    if (ms > fuzzer.mostMs) throw new Error(`it took ${ms} ms`)
    const bytes = process.memoryUsage().rss - before
    if (bytes > MOST_BYTES) throw new Error(`it takes ${Math.round(bytes / 2 ** 20)} MiB`)
  })
  const until =
    'runs' in limit
      ? { numRuns: limit.runs }
      : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: limit.seconds * 1000 }
  try {
    const found = await fc.check(property, { seed, ...until, endOnFailure: fuzzer.keepsSize ?? false })
    if (found.failed && found.counterexample !== null) throw finding(fuzzer, found)
  } finally {
    await fuzzer.end?.()
  }
  return inputs
}

/** Characters of an input that are shown. */
const SHOWN = 20_000

function finding<T>(fuzzer: Fuzzer<T>, found: fc.RunDetailsFailureProperty<[T]>): Error {
  const { seed, counterexamplePath, counterexample, errorInstance } = found
  const [input] = counterexample
  const text = input instanceof Uint8Array ? Buffer.from(input).toString('base64') : fc.stringify(input)
  const place = `seed ${seed}, path "${counterexamplePath}"`
  return new Error(`${fuzzer.name}: ${place}\n${text.slice(0, SHOWN)}`, { cause: errorInstance })
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end in ${ms} ms`)), ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
