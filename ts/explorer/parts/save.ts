/** What of a view can be saved: its picture as SVG or PNG, its values as CSV, the snapshot as a file. */

/** Hands a file to the reader. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has taken it by the next turn, but Safari takes a little.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Rows as CSV, the first of them the names of the columns. */
export function csvOf(rows: readonly (readonly (string | number | bigint)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

function field(value: string | number | bigint): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What of its style a copy of a figure takes along: elsewhere the page's rules do not hold. */
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'fill-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
]

/** A figure as SVG that stands by itself, on the page's ground. */
export function svgText(figure: SVGSVGElement): string {
  const copy = figure.cloneNode(true) as SVGSVGElement
  const [originals, copies] = [figure, copy].map((root) => [root, ...root.querySelectorAll<SVGElement>('*')])
  for (const [i, original] of originals!.entries()) {
    const style = getComputedStyle(original)
    for (const name of STYLES) copies![i]!.style.setProperty(name, style.getPropertyValue(name))
  }
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.style.background = getComputedStyle(document.body).backgroundColor
  return new XMLSerializer().serializeToString(copy)
}

const PNG_SCALE = 2

/** A figure as the bytes of a PNG, twice as fine as on the page. */
export async function pngOf(figure: SVGSVGElement | HTMLCanvasElement): Promise<Blob> {
  if (figure instanceof HTMLCanvasElement) return blobOf(figure)
  const { width, height } = figure.getBoundingClientRect()
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(figure))}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * PNG_SCALE)
  canvas.height = Math.ceil(height * PNG_SCALE)
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  return blobOf(canvas)
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)), 'image/png')
  })
}
