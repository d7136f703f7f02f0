import type { Simulator } from 'yuma-core/simulate'
import type { Run, RunRequest } from './messages.ts'

/** Epochs in a row with agents. */
export async function runEpochs(
  simulator: Simulator,
  { snapshot, epochs, agents, quality, interval, seed, record }: RunRequest,
  progress: (done: number) => void,
): Promise<Run> {
  const run = await simulator.simulate({
    start: snapshot,
    epochs,
    agents,
    quality: { values: quality },
    commitReveal: { interval },
    seed,
    record,
    onProgress: (done) => progress(done / epochs),
  })
  const { epoch, block, start, columns } = run
  return { epochs: run.epochs, epoch, block, start, columns }
}
