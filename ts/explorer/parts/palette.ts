/** Colours of values: palettes that colour-blind eyes tell apart, darker or lighter towards the page's own ground. */

import { type Signal, signal } from '@preact/signals'

/** `#rrggbb` */
type Colour = `#${string}`

const SEQUENTIAL: Readonly<Record<Scheme, readonly Colour[]>> = {
  light: ['#f4f7fb', '#c6dbef', '#6baed6', '#2171b5', '#08306b'],
  dark: ['#161c25', '#143d66', '#2071b0', '#62b2e2', '#def3ff'],
}

/** Less is orange, more is blue. */
const DIVERGING: Readonly<Record<Scheme, readonly Colour[]>> = {
  light: ['#b35806', '#f1a340', '#f4f7fb', '#67a9cf', '#2166ac'],
  dark: ['#fdb863', '#b36210', '#161c25', '#266eaa', '#92cdf0'],
}

type Scheme = 'light' | 'dark'
type Choice = Scheme | 'auto'

const DARK = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

/** What the reader chose, or the system's. */
export const choice: Signal<Choice> = signal('auto')
/** What is shown. */
export const scheme: Signal<Scheme> = signal(DARK?.matches ? 'dark' : 'light')

/** Takes up a choice of scheme. */
export function choose(next: Choice): void {
  choice.value = next
  document.documentElement.style.colorScheme = next === 'auto' ? 'light dark' : next
  scheme.value = next === 'auto' ? (DARK.matches ? 'dark' : 'light') : next
}

DARK?.addEventListener('change', () => choose(choice.value))

const STEPS = 256

/** 256 colours as pixels of a canvas. */
export function pixels(kind: 'sequential' | 'diverging', shown: Scheme): Uint32Array {
  const stops = (kind === 'sequential' ? SEQUENTIAL : DIVERGING)[shown]
  const bytes = new Uint8ClampedArray(4 * STEPS)
  for (let step = 0; step < STEPS; step++) bytes.set(between(stops, step / (STEPS - 1)), 4 * step)
  return new Uint32Array(bytes.buffer)
}

/** The same as a gradient of CSS, from left to right. */
export function gradient(kind: 'sequential' | 'diverging', shown: Scheme): string {
  return `linear-gradient(to right, ${(kind === 'sequential' ? SEQUENTIAL : DIVERGING)[shown].join(', ')})`
}

/** Red, green, blue and opacity of a place between the stops. */
function between(stops: readonly Colour[], at: number): readonly number[] {
  const place = at * (stops.length - 1)
  const [from, to] = [channels(stops[Math.floor(place)]!), channels(stops[Math.ceil(place)]!)]
  return [...from.map((channel, i) => channel + (to[i]! - channel) * (place % 1)), 255]
}

function channels(colour: Colour): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
}
