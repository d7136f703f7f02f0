/** What the gallery offers; `worker/examples.ts` makes it. */
export interface Example {
  readonly id: string
  readonly title: string
  readonly about: string
}

export const GALLERY: readonly Example[] = [
  {
    id: 'calm',
    title: 'A calm subnet',
    about: 'Twelve validators who largely agree on fifty miners.',
  },
  {
    id: 'copier',
    title: 'A weight copier',
    about: 'One validator sets what the others agreed on, without any work of its own.',
  },
  {
    id: 'cabal',
    title: 'A cabal',
    about: 'Four validators give all of their weight to three miners. See what consensus leaves of it.',
  },
  {
    id: 'liquid',
    title: 'Liquid alpha',
    about: 'Each bond has a speed of its own, by how far a weight is from consensus.',
  },
  { id: 'null', title: 'Null consensus', about: 'A subnet whose epoch runs without consensus.' },
  {
    id: 'large',
    title: 'As large as most',
    about: '256 neurons and 64 validators of the shape of real subnets.',
  },
  { id: 'wide', title: 'Very wide', about: '4,096 neurons: the heat map zooms.' },
]
