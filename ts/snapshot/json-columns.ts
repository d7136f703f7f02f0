/** Columns as JSON. */

/** Integers as a JSON array of decimal strings: what does not fit a JavaScript number. */
export function jsonDecimals(values: BigUint64Array | BigInt64Array): string {
  return values.length === 0 ? '[]' : `["${values.join('","')}"]`
}

/** Numbers as a JSON array. */
export function jsonNumbers(values: Uint16Array): string {
  return `[${values.join(',')}]`
}

/** 0 and 1 as a JSON array of booleans. */
export function jsonFlags(values: Uint8Array): string {
  return `[${Array.from(values, (value) => value !== 0).join(',')}]`
}

/** Rows of entries of which each has a uid and a value. */
export interface EntryRows {
  readonly rowStart: Uint32Array
  readonly uid: Uint16Array
  readonly value: Uint16Array | BigInt64Array
}

/** Rows as a JSON array of rows of `[uid, value]`, a piece for each row; 64-bit values are decimal strings. */
export function* jsonRows({ rowStart, uid, value }: EntryRows): Generator<string> {
  const quote = value instanceof BigInt64Array ? '"' : ''
  yield '['
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const start = rowStart[row]!
    const end = rowStart[row + 1]!
    let text = row === 0 ? '[' : ',['
    for (let at = start; at < end; at++)
      text += `${at > start ? ',[' : '['}${uid[at]},${quote}${value[at]}${quote}]`
    yield `${text}]`
  }
  yield ']'
}

/** I64F64 bits, of which each has two words, as a JSON array of decimal strings. */
export function jsonI128s(words: BigUint64Array): string {
  const texts: string[] = []
  for (let at = 0; at < words.length; at += 2) {
    texts.push(`"${(BigInt.asIntN(64, words[at + 1]!) << 64n) | words[at]!}"`)
  }
  return `[${texts.join(',')}]`
}
