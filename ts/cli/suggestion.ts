/** What somebody may have meant who typed something else. */

/** `; did you mean epoch?`, or nothing where no name is near. */
export function meant(typed: string, names: readonly string[], prefix = ''): string {
  const most = Math.max(1, Math.floor(typed.length / 3))
  const near = names
    .map((name) => ({ name, distance: isBeginning(typed, name) ? 0 : distance(typed, name) }))
    .filter((found) => found.distance <= most)
    .sort((a, b) => a.distance - b.distance)
  const [best] = near
  return best === undefined ? '' : `; did you mean ${prefix}${best.name}?`
}

function isBeginning(typed: string, name: string): boolean {
  return typed.length >= 2 && name.startsWith(typed)
}

/** How many letters have to be put in, taken out, changed or swapped with the next one. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1, isSwap ? before[j - 2]! + 1 : Infinity))
    }
    before = row
    row = next
  }
  return row[b.length]!
}
