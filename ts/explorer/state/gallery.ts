import type { Source } from './address.ts'

/** What the gallery offers. */
export interface Example {
  /** Where it comes from: `worker/examples.ts` makes examples, and a network lies beside the page. */
  readonly source: Source
  readonly title: string
  readonly about: string
}

export const GALLERY: readonly Example[] = [
  {
    source: { kind: 'example', id: 'calm' },
    title: 'A calm subnet',
    about: 'Twelve validators who largely agree on fifty miners.',
  },
  {
    source: { kind: 'example', id: 'copier' },
    title: 'A weight copier',
    about: 'One validator sets what the others agreed on, without any work of its own.',
  },
  {
    source: { kind: 'example', id: 'cabal' },
    title: 'A cabal',
    about: 'Four validators give all of their weight to three miners. See what consensus leaves of it.',
  },
  {
    source: { kind: 'example', id: 'liquid' },
    title: 'Liquid alpha',
    about: 'Each bond has a speed of its own, by how far a weight is from consensus.',
  },
  {
    source: { kind: 'example', id: 'null' },
    title: 'Null consensus',
    about: 'A subnet whose epoch runs without consensus.',
  },
  {
    source: { kind: 'example', id: 'large' },
    title: 'As large as most',
    about: '256 neurons and 64 validators of the shape of real subnets.',
  },
  {
    source: { kind: 'example', id: 'wide' },
    title: 'Very wide',
    about: '4,096 neurons: the heat map zooms.',
  },
  {
    source: { kind: 'served', path: 'network.json.gz', at: null },
    title: 'A network',
    about: 'Six generated subnets as a chain has them: what a block pays, and what comes next.',
  },
]
