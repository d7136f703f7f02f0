/** Studies part by part: what is found by then can be kept where one is ended before it is whole. */

/** How far a study is, and what it has found by then. */
export interface Part<T> {
  readonly done: number
  readonly of: number
  readonly found: T
}

/** A study that is taken part by part; the first of them has found nothing yet. */
export type Parts<T> = Generator<Part<T>, void>

/** What a study has found once all its parts are taken. */
export function wholeOf<T>(parts: Parts<T>): T {
  let found: T | undefined
  for (const part of parts) found = part.found
  return found as T
}
