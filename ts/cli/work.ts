import { availableParallelism } from 'node:os'
import type { EngineKind } from '../engine/index.ts'
import { openLake } from '../replay/index.ts'
import { Queue, USUAL_LEASE, USUAL_PLACES } from '../replay/queue.ts'
import { type WorkProgress, work } from '../replay/queue-work.ts'
import { CHAIN_OPTIONS, endpointsOf, timeoutOf, withChain } from './chain-options.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { grouped } from './format.ts'
import { interruptible } from './interrupt.ts'
import { QUEUE_OPTION, queueVariable } from './replay-queue.ts'

const ENGINES: readonly EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const MAX_JOBS = 256
const MAX_LEASE = 86_000

/** `yuma work` */
export const workCommand: Command = {
  name: 'work',
  usage: '--queue URL [--endpoint URL] [options]',
  about: `Replays chunks that yuma replay --queue planned, one after the other, into the lake that they are of: the folder
must be reachable here, under the same name or that of --lake. Start as many as there are machines. A worker that is killed
loses nothing: others have its chunks once its lease has run out. Ctrl-C gives them back at once.

An endpoint's limit is held by all workers together: whoever replays a chunk has one of the endpoint's places, and of these
there are as many as --places last said.`,
  options: {
    queue: QUEUE_OPTION,
    lake: { value: 'FOLDER', help: 'the lake, where it has another name here than where it was planned' },
    jobs: { value: 'N', help: 'threads, each with a connection of its own (one less than there are cores)' },
    places: {
      value: 'N',
      help: `chunks at once at each endpoint, by all workers together (what was last said, ${USUAL_PLACES} at first)`,
    },
    lease: {
      value: 'SECONDS',
      help: `how long others wait for a worker that is silent (${USUAL_LEASE})`,
    },
    'until-empty': { help: 'end once every chunk is done or has failed; without, it waits for more' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'what was done as JSON, yuma-work/1' },
    ...CHAIN_OPTIONS,
  },
  async run(args, io) {
    args.onlyOptions()
    const address = args.text('queue') ?? queueVariable()
    if (address === undefined) throw args.usage('--queue expected')
    const jobs = args.integer('jobs', 1, MAX_JOBS) ?? Math.max(1, availableParallelism() - 1)
    const places = args.integer('places', 1, MAX_JOBS)
    const leaseSeconds = args.integer('lease', 1, MAX_LEASE) ?? USUAL_LEASE
    const engine = args.choice('engine', ENGINES)
    const endpoints = endpointsOf(args)
    const lake = args.text('lake')
    // What this machine lacks is told before anything is taken.
    if (lake !== undefined) await openLake(lake)
    await using queue = await Queue.open(address)
    const chain = await withChain(args, io, async (session) => session.chain.blockHash(0, session.signal))
    if (places !== undefined) for (const endpoint of endpoints) await queue.setPlaces(endpoint, places)
    const done = await interruptible((signal) =>
      work({
        queue,
        chain,
        lake,
        jobs,
        leaseSeconds,
        endpoints,
        engine,
        signal,
        timeoutMs: timeoutOf(args),
        prove: args.has('prove'),
        untilEmpty: args.has('until-empty'),
        onWarning: (message) => io.note(message),
        onProgress: (progress) => io.progress.show(progressText(progress)),
      }),
    )
    io.progress.clear()
    const { chunks, epochs, failed } = done
    await io.out.write([
      args.has('json')
        ? `${JSON.stringify({ schema: 'yuma-work/1', chunks, epochs, failed })}\n`
        : `${grouped(chunks)} chunks replayed, ${grouped(epochs)} epochs${failed > 0 ? `; ${grouped(failed)} times a chunk could not be` : ''}\n`,
    ])
    return EXIT.done
  },
}

function progressText({ chunks, epochs, failed }: WorkProgress): string {
  const failures = failed === 0 ? '' : `, ${grouped(failed)} failures`
  return `${grouped(chunks)} chunks, ${grouped(epochs)} epochs${failures}`
}
