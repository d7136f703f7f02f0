/** The files that follow from crates/types/fields/emission.json. */
export function generate() {
  return []
}
