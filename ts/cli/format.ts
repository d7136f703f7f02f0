/** How values are shown to people: amounts exactly, proportions to a few decimals. */

import { painted, width } from './terminal.ts'

/** The title of a column of hotkeys by their ends. */
export const HOTKEY_TITLE = 'hotkey'

/** A text without characters that could steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\u{fffd}')
}

const RAO_DIGITS = 9
const FRACTION_BITS = 32n
const FRACTION_DIGITS = 9

/** A whole number, or its digits, with commas between thousands. */
export function grouped(value: bigint | number | string): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Rao as alpha, all nine decimals. */
export function alpha(rao: bigint): string {
  const digits = String(rao).padStart(RAO_DIGITS + 1, '0')
  return `${grouped(digits.slice(0, -RAO_DIGITS))}.${digits.slice(-RAO_DIGITS)}`
}

/** A u16 proportion of 65535, five decimals. */
export function proportion(value: number): string {
  return (value / 65535).toFixed(5)
}

/** I32F32 bits as a decimal fraction of nine digits. */
export function fixed(bits: bigint): string {
  const magnitude = bits < 0n ? -bits : bits
  const whole = magnitude >> FRACTION_BITS
  const fraction =
    ((magnitude & ((1n << FRACTION_BITS) - 1n)) * 10n ** BigInt(FRACTION_DIGITS)) >> FRACTION_BITS
  return `${bits < 0n ? '-' : ''}${grouped(whole)}.${String(fraction).padStart(FRACTION_DIGITS, '0')}`
}

/** An address by its ends. */
export function shortAddress(address: string): string {
  return address.length > 12 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address
}

/** A column of a table. */
export interface TableColumn {
  readonly title: string
  /** Numbers stand to the right. */
  readonly align: 'left' | 'right'
}

/**
 * Lines of a table, two spaces between its columns. What the terminal is too narrow for comes as a further table below,
 * behind the first columns again: numbers are not cut.
 */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  room: number = width(),
): string[] {
  const lines = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  const cell = (line: readonly string[], at: number): string => {
    const text = line[at] ?? ''
    return columns[at]?.align === 'right' ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)
  }
  return parts(widths, leading(columns), room).flatMap((part, i) => {
    const [head = '', ...body] = lines.map((line) =>
      `  ${part.map((at) => cell(line, at)).join('  ')}`.trimEnd(),
    )
    return [...(i === 0 ? [] : ['']), painted('title', head), ...body]
  })
}

/** How many columns say what a row is of: all up to the name, or the first. */
function leading(columns: readonly TableColumn[]): number {
  return (
    1 +
    Math.max(
      0,
      columns.findIndex(({ title }) => title === HOTKEY_TITLE),
    )
  )
}

/** The columns of each table that there is room for; at least one more than those that lead. */
function parts(widths: readonly number[], leading: number, room: number): readonly (readonly number[])[] {
  const first = widths.slice(0, leading).map((_, at) => at)
  const found: number[][] = []
  let taken = Number.POSITIVE_INFINITY
  for (let at = leading; at < widths.length; at++) {
    const more = 2 + (widths[at] ?? 0)
    if (taken + more > room || taken === Number.POSITIVE_INFINITY) {
      found.push([...first])
      taken = first.reduce((sum, column) => sum + 2 + (widths[column] ?? 0), 0)
    }
    found.at(-1)?.push(at)
    taken += more
  }
  return found.length === 0 ? [first] : found
}
