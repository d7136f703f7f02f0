/** Lines of CSV, as RFC 4180 has them, ended by a line feed alone. */

/** A line of values: nothing for null, and quotes where a value would not be one otherwise. */
export function csvLine(values: readonly (bigint | number | string | boolean | null)[]): string {
  return `${values.map(field).join(',')}\n`
}

function field(value: bigint | number | string | boolean | null): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) || value === '' ? `"${text.replaceAll('"', '""')}"` : text
}
