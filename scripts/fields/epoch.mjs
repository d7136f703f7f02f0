/** The files that follow from crates/types/fields/epoch.json. */
export function generate() {
  return []
}
