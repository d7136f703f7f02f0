import type { CommandEntry } from './commands.ts'

/** Every study, in the order of the help of `yuma study`. A new one is a file and an entry here. */
export const STUDIES: readonly CommandEntry[] = [
  {
    name: 'fairness',
    summary: 'how evenly stake, incentive, dividends and emission are spread',
    load: async () => (await import('./study-fairness.ts')).fairnessCommand,
  },
  {
    name: 'copying',
    summary: 'what a validator earns that copies the consensus of tempos before',
    load: async () => (await import('./study-copying.ts')).copyingCommand,
  },
  {
    name: 'hyperparameters',
    summary: 'which hyperparameters make copying irrational, and what they cost those who work',
    load: async () => (await import('./study-hyperparameters.ts')).hyperparametersCommand,
  },
  {
    name: 'takeover',
    summary: 'what share of stake takes a subnet over, and what neglect costs a validator',
    load: async () => (await import('./study-takeover.ts')).takeoverCommand,
  },
  {
    name: 'cases',
    summary: 'the cases of yuma-simulation on exact epochs, beside its figures',
    load: async () => (await import('./study-cases.ts')).casesCommand,
  },
  {
    name: 'majority',
    summary: 'how much utility honest stake needs to keep its share against a cabal',
    load: async () => (await import('./study-majority.ts')).majorityCommand,
  },
]
