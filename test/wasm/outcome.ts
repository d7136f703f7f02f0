/** What an epoch came to, result or error, as columns that can be compared whole between engines and machines. */

import type { Engine, EpochResult } from '../../ts/engine/types.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'

/** A value's path, and its elements in text. */
type Leaf = readonly [path: string, value: string]

function* leaves(value: unknown, path: string): Generator<Leaf> {
  if (ArrayBuffer.isView(value)) {
    yield [path, `${Object.prototype.toString.call(value)} ${(value as Uint8Array).join()}`]
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* leaves(inner, `${path}.${key}`)
  } else {
    yield [path, String(value)]
  }
}

/** Every value of a result. */
export function resultLeaves(result: EpochResult): readonly Leaf[] {
  return [...leaves(result, 'result')]
}

/** Every value of the epoch with all its intermediates; of an input error, all that it says. */
export function outcome(engine: Engine, snapshot: Snapshot): readonly Leaf[] {
  try {
    return resultLeaves(engine.epoch(snapshot, { trace: true }))
  } catch (error) {
    const { name, message } = error as Error
    if (name !== 'InputError') throw error
    return [...leaves({ name, message, ...(error as object) }, 'error')]
  }
}

/** Whether an outcome is a result. */
export function isResult(leaves: readonly Leaf[]): boolean {
  return leaves[0]?.[0].startsWith('result.') === true
}

/** The first difference of two outcomes in words; undefined where they are equal. */
export function outcomeDifference(ours: readonly Leaf[], theirs: readonly Leaf[]): string | undefined {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [a, b] = [ours[i], theirs[i]]
    if (a?.[0] !== b?.[0] || a?.[1] !== b?.[1]) return `${a?.join(': ')}, expected ${b?.join(': ')}`
  }
  return undefined
}

/** A hash of an outcome, for where the other is on another machine. */
export async function outcomeDigest(leaves: readonly Leaf[]): Promise<string> {
  const text = leaves.map((leaf) => leaf.join(': ')).join('\n')
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
