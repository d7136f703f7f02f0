/** JSON values of vector files, wherever they were read. */

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** A list of objects. */
export function objects(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`a list, not ${JSON.stringify(value)}`)
  return value as readonly JsonObject[]
}

/** A list of lists. */
export function tuples(value: Json | undefined): readonly (readonly Json[])[] {
  if (!Array.isArray(value)) throw new Error(`a list, not ${JSON.stringify(value)}`)
  return value
}

/** Whether two values are equal in all that they have. */
export function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const [names, others] = [Object.keys(a), Object.keys(b)]
  const value = (of: object, name: string): Json => (of as JsonObject)[name]!
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === others.length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(value(a, name), value(b, name)))
  )
}
