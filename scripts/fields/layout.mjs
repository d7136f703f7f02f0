// The order in which fields cross: slots, columns and tags are numbered here, for both sides, and nowhere else.
import { isOptionalU64, isScalar } from './tables.mjs'

/** Numbers the scalars and columns of a call in the order of the table. */
export function callLayout({ call, subnet, mechanism }) {
  const [head, ...tail] = call
  const scalars = [head, ...subnet.filter(isScalar), ...tail]
  const shared = [...subnet, ...call].filter((field) => !isScalar(field))
  const width = ({ shape }) => (shape === 'rows' ? 3 : 1)
  let slots = 0
  const scalar = scalars.map((field) => {
    const at = slots
    slots += isOptionalU64(field) ? 2 : 1
    return [field.name, at]
  })
  let column = 0
  const own = mechanism.map((field) => {
    const at = column
    column += width(field)
    return [field.name, at]
  })
  return {
    scalars,
    shared,
    slots,
    scalar: new Map(scalar),
    column: new Map([...shared.map(({ name }, at) => [name, at]), ...own]),
    mechanismColumns: column,
  }
}

/** Numbers the sections of an answer in the order of the table; rows take three in turn. */
export function sectionLayout({ terms, output, raw, trace, error }) {
  let tag = 0
  const numbered = (fields) =>
    new Map(
      fields.map((field) => {
        const at = tag
        tag += field.shape === 'rows' ? 3 : 1
        return [field.name, at]
      }),
    )
  const layout = { terms: numbered(terms), output: numbered(output), raw: numbered(raw) }
  const usual = tag
  return { ...layout, usual, trace: numbered(trace), error: numbered(error) }
}
