import type { Command } from './command.ts'
import { HISTORIES } from './histories.ts'
import { STUDIES } from './studies.ts'

/** A command as the program's help lists it; its file is loaded when it is asked for. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

/** Commands of one kind: `yuma study fairness`. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  /** What one of them is called. */
  readonly kind: string
  readonly commands: readonly CommandEntry[]
}

/** Every command, in the order of the help. A new one is a file and an entry here. */
export const COMMANDS: readonly (CommandEntry | CommandGroup)[] = [
  {
    name: 'epoch',
    summary: 'run the epoch of snapshots or vectors and show what it gives',
    load: async () => (await import('./epoch.ts')).epoch,
  },
  {
    name: 'generate',
    summary: 'make up a subnet of any size, the same for the same seed',
    load: async () => (await import('./generate.ts')).generateCommand,
  },
  {
    name: 'import',
    summary: 'turn published weights (metagraph-weights/1) into a snapshot',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'verify',
    summary: 'recompute an epoch that the chain ran and compare every stored value',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'replay',
    summary: "replay the network's history, epoch by epoch, into a folder of Parquet",
    load: async () => (await import('./replay.ts')).replayCommand,
  },
  {
    name: 'work',
    summary: 'replay what others planned: chunks of a queue, on as many machines as there are',
    load: async () => (await import('./work.ts')).workCommand,
  },
  {
    name: 'rerun',
    summary: 'run other rules over all epochs of a lake, and say who would have been paid what',
    load: async () => (await import('./rerun.ts')).rerunCommand,
  },
  {
    name: 'explain',
    summary: 'say why a neuron got of an epoch what it got',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  {
    name: 'whatif',
    summary: 'say what changes would make of an epoch, or which single change pays most',
    load: async () => (await import('./whatif.ts')).whatIfCommand,
  },
  {
    name: 'simulate',
    summary: 'run a scenario: epochs in a row, with agents who act before each',
    load: async () => (await import('./simulate.ts')).simulateCommand,
  },
  {
    name: 'emission',
    summary: "compute what a network's next blocks pay, subnet by subnet",
    load: async () => (await import('./emission.ts')).emissionCommand,
  },
  {
    name: 'distribute',
    summary: "hand out a subnet's pending epoch: who gets what",
    load: async () => (await import('./distribute.ts')).distributeCommand,
  },
  {
    name: 'study',
    summary: 'ask who has how much, and what would pay, over one epoch or many',
    kind: 'study',
    commands: STUDIES,
  },
  {
    name: 'history',
    summary: 'ask a lake of replayed epochs: pay, yields, trust, fairness, rules',
    kind: 'question',
    commands: HISTORIES,
  },
  {
    name: 'export',
    summary: 'write a question over a lake, or one of its tables, as CSV or Parquet',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'next',
    summary: 'say what comes next for a subnet: epochs, pay, permits, replacements, yields',
    load: async () => (await import('./next.ts')).nextCommand,
  },
  {
    name: 'pull',
    summary: 'read a subnet, or the whole network, from a chain',
    load: async () => (await import('./pull.ts')).pull,
  },
  {
    name: 'inspect',
    summary: 'show what is in a file',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'explore',
    summary: 'show an epoch in a page that computes it anew at every change',
    load: async () => (await import('./explore.ts')).explore,
  },
  {
    name: 'demo',
    summary: 'serve a small generated network on this machine, to try the rest on',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete commands and options: bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completion,
  },
]
