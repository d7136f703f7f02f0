import type { CommandEntry } from './commands.ts'

/** Every study, in the order of the help of `yuma study`. A new one is a file and an entry here. */
export const STUDIES: readonly CommandEntry[] = [
  {
    name: 'fairness',
    summary: 'how evenly stake, incentive, dividends and emission are spread',
    load: async () => (await import('./study-fairness.ts')).fairnessCommand,
  },
]
