import type { Simulator } from 'yuma-core/simulate'
import { valueAt } from 'yuma-core/snapshot'
import type { Run, RunRequest } from './messages.ts'

/** Epochs in a row with agents. */
export async function runEpochs(
  simulator: Simulator,
  { snapshot, epochs, agents, quality, interval, seed, miner, validators }: RunRequest,
  progress: (done: number) => void,
): Promise<Run> {
  const run = await simulator.simulate({
    start: snapshot,
    epochs,
    agents,
    quality: { values: quality },
    commitReveal: { interval },
    seed,
    record: ['incentive', 'dividends', 'bonds'],
    onProgress: (done) => progress(done / epochs),
  })
  const records = Array.from(run.epoch, (_, record) => run.at(record))
  return {
    n: snapshot.n,
    block: run.block,
    incentive: records.map(({ columns }) => columns.incentive!.slice()),
    dividends: records.map(({ columns }) => columns.dividends!.slice()),
    bonds: records.map(({ columns, n }) => {
      const bonds = new Uint16Array(n)
      for (const uid of validators) bonds[uid] = valueAt(columns.bonds!, uid, miner)
      return bonds
    }),
  }
}
