import type { Engine } from 'yuma-core'
import { type Copying, copying, driftingSeries, type Simulator } from 'yuma-core/simulate'

/** The copier's margin at each interval, on a subnet whose miners' quality drifts. */
export async function copyingOf(
  engine: Engine,
  simulator: Simulator,
  {
    epochs,
    drift,
    seed,
    intervals,
  }: {
    readonly epochs: number
    readonly drift: number
    readonly seed: number
    readonly intervals: readonly number[]
  },
  progress: (done: number) => void,
): Promise<Copying> {
  const longest = Math.max(...intervals)
  const series = await driftingSeries(simulator, { epochs: epochs + longest, drift, seed })
  const parts = intervals.map((interval, at) => {
    progress(at / intervals.length)
    return copying(engine, simulator, series, { intervals: [interval], epochs })
  })
  return { ...parts[0]!, margins: parts.flatMap(({ margins }) => margins) }
}
