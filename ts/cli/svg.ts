/** Figures as SVG text: elements, escaped; and where the ticks of an axis stand. */

type Attributes = Readonly<Record<string, string | number>>

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** A text as it may stand in SVG, in an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character]!)
}

/** An element around others, which are given as SVG. */
export function element(name: string, attributes: Attributes, ...inside: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shown(value))}"`)
  const open = `<${name}${list.join('')}`
  return inside.length === 0 ? `${open}/>` : `${open}>${inside.join('')}</${name}>`
}

/** A line of text at a place. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(text))
}

/** A line through points; where there is none (null) it is broken off. */
export function path(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let command = 'M'
  return points
    .map((point) => {
      if (point === null) {
        command = 'M'
        return ''
      }
      const step = `${command}${shown(point[0])} ${shown(point[1])}`
      command = 'L'
      return step
    })
    .join('')
}

/** Coordinates to a tenth: finer is not to be seen, and files stay small. */
function shown(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : value
}

/** Round numbers within two others, about so many: 1, 2 or 5 times a power of ten apart. */
export function ticks(from: number, to: number, about: number): readonly number[] {
  const least = (to - from) / about
  if (!(least > 0)) return [from]
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least)!
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, at) => (first + at) * step)
}
