/** Every view, in the order of their tabs. A new one is a file, an entry here and one in `index.ts`. */
export const VIEWS = [
  { id: 'weights', title: 'Weights' },
  { id: 'staircase', title: 'Consensus' },
  { id: 'why', title: 'Why' },
  { id: 'neurons', title: 'Neurons' },
  { id: 'epochs', title: 'Over epochs' },
  { id: 'emission', title: 'Emission' },
  { id: 'fairness', title: 'Fairness' },
  { id: 'next', title: 'Next' },
  { id: 'studies', title: 'Studies' },
] as const

/** What a view is called in an address. */
export type ViewId = (typeof VIEWS)[number]['id']
