import type { Note, Outcome, Progress, Verification } from '../verify/index.ts'
import { grouped } from './format.ts'

/** A verification on one line, which `outcome` says in words. */
export function epochLine(verification: Verification, outcome: string): string {
  const { netuid, block, specVersion, n, pot, checked, differences, notComparable, notes } = verification
  const values = checked.reduce((sum, field) => sum + field.values, 0)
  const parts = [
    `subnet ${netuid}, block ${grouped(block)}, spec ${specVersion}, ${n} neurons: ${outcome}`,
    ...(values > 0 ? [`${grouped(values)} values`] : []),
    ...(differences.length > 0 ? [`${grouped(differences.length)} differ`] : []),
    ...(notComparable.length > 0 ? [`${grouped(notComparable.length)} not comparable`] : []),
    ...(pot?.known === 'inferred' ? ['pot: inferred'] : []),
    ...(verification.outcome === 'unchecked' ? notes.map(({ text }) => text) : []),
  ]
  return parts.join(', ')
}

const WORDS: Readonly<Record<Outcome, string>> = {
  equal: 'equal',
  different: 'different',
  skipped: 'skipped by the chain',
  deferred: 'deferred by the chain',
  unchecked: 'not checked',
}

/** What many verifications came to. */
export class VerifySummary {
  readonly #outcomes = new Map<Outcome, number>()
  readonly #netuids = new Set<number>()
  readonly #notes = new Map<string, { readonly note: Note; epochs: number }>()
  #values = 0
  #notComparable = 0
  #first: bigint | undefined
  #last = 0n

  /** How many there were. */
  get epochs(): number {
    return [...this.#outcomes.values()].reduce((sum, count) => sum + count, 0)
  }

  add({ netuid, outcome, checked, notComparable, notes }: Verification): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1)
    this.#netuids.add(netuid)
    this.#values += checked.reduce((sum, field) => sum + field.values, 0)
    this.#notComparable += notComparable.length
    if (outcome === 'unchecked') return
    for (const note of notes) {
      const key = note.kind === 'not-covered' ? `${note.about}\n${note.text}` : note.kind
      const known = this.#notes.get(key) ?? { note, epochs: 0 }
      known.epochs += 1
      this.#notes.set(key, known)
    }
  }

  /** Up to where all epochs are checked; the first time, where the check begins. */
  reached({ block }: Progress): void {
    this.#first ??= block + 1n
    this.#last = block
  }

  /** What they came to, and what none of them covers, each line ended. */
  *lines(): Generator<string> {
    const { epochs } = this
    const blocks = this.#blocks()
    if (epochs === 0) {
      yield `no epoch to check${blocks}\n`
      return
    }
    const outcomes = (Object.keys(WORDS) as Outcome[])
      .filter((outcome) => this.#outcomes.has(outcome))
      .map((outcome) => `${grouped(this.#outcomes.get(outcome)!)} ${WORDS[outcome]}`)
    const subnets = `${this.#netuids.size} ${this.#netuids.size === 1 ? 'subnet' : 'subnets'}`
    const open = this.#notComparable === 0 ? '' : `, ${grouped(this.#notComparable)} not comparable`
    yield `${grouped(epochs)} ${epochs === 1 ? 'epoch' : 'epochs'} of ${subnets}${blocks}: ${outcomes.join(', ')}; ${grouped(this.#values)} values compared${open}\n`
    for (const { note, epochs: some } of this.#notes.values()) yield noteLine(note, some, epochs)
  }

  #blocks(): string {
    if (this.#first === undefined) return ''
    if (this.#last < this.#first) return ` after block ${grouped(this.#last)}`
    return ` in blocks ${grouped(this.#first)} to ${grouped(this.#last)}`
  }
}

function noteLine({ kind, about, text }: Note, some: number, all: number): string {
  const where = some === all ? 'any of them' : `${grouped(some)} of them`
  if (kind === 'not-covered') return `  not covered in ${where}: ${text} (${about})\n`
  return `  ${kind.replace('-', ' ')} in ${some === all ? 'all' : grouped(some)} of them: --verbose says what\n`
}
