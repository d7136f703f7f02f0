import type { Demo, DemoBlock } from '../demo/index.ts'
import {
  MOST_SUBNETS,
  STATES_KEPT,
  startDemo,
  USUAL_BLOCK_TIME,
  USUAL_PORT,
  USUAL_SUBNETS,
} from '../demo/index.ts'
import { AbortedError } from '../errors/index.ts'
import type { Command } from './command.ts'
import { grouped } from './format.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'

const MAX_PORT = 65_535
const MAX_SEED = Number.MAX_SAFE_INTEGER
const MAX_BLOCK_TIME = 3_600_000

/** `yuma demo` */
export const demoCommand: Command = {
  name: 'demo',
  usage: '[options]',
  about: `Serves a small network of generated subnets on this machine, until Ctrl-C: a new block every two seconds,
computed as the newest runtime computes it, an epoch of each subnet every 10 to 16 blocks. Every command that reads a
chain can be tried on it, with --prove too, and so can @polkadot/api; it takes no transactions. It keeps the states of
${grouped(STATES_KEPT)} blocks. The same options make the same blocks.`,
  options: {
    port: { value: 'NUMBER', help: `on 127.0.0.1, 0 for any that is free (${USUAL_PORT})` },
    subnets: { value: 'COUNT', help: `subnets beside the root, 1 to ${MOST_SUBNETS} (${USUAL_SUBNETS})` },
    seed: { value: 'NUMBER', help: 'what the network is made from (1)' },
    'block-time': { value: 'MS', help: `milliseconds between two blocks (${USUAL_BLOCK_TIME})` },
  },
  async run(args, io) {
    if (args.positionals.length > 0)
      throw args.usage(`nothing but options expected, found ${args.positionals[0]}`)
    const options = {
      port: args.integer('port', 0, MAX_PORT) ?? USUAL_PORT,
      subnets: args.integer('subnets', 1, MOST_SUBNETS) ?? USUAL_SUBNETS,
      seed: args.integer('seed', 0, MAX_SEED) ?? 1,
      blockTime: args.integer('block-time', 1, MAX_BLOCK_TIME) ?? USUAL_BLOCK_TIME,
    }
    return interruptible(async (signal) => {
      io.progress.show('computing the first blocks')
      let [stop, fail]: [() => void, (error: unknown) => void] = [() => {}, () => {}]
      const ended = new Promise<never>((_, reject) => {
        fail = reject
        stop = () => reject(new AbortedError(signal))
      })
      // What ends it before it is awaited is not lost: the promise keeps it.
      ended.catch(() => {})
      signal.addEventListener('abort', stop)
      let epochs = 0
      const onBlock = ({ block, report }: DemoBlock): void => {
        epochs += report.payouts.length
        io.progress.show(`block ${grouped(block.number)}, ${grouped(epochs)} epochs since the start`)
      }
      await using demo = await startDemo({ ...options, onBlock, onFault: fail })
      await introduce(demo, options.subnets, io)
      return await ended
    })
  },
}

/** Says what is served, and what can be done with it. */
async function introduce({ url, best }: Demo, subnets: number, io: Io): Promise<void> {
  io.progress.clear()
  const { runtime, number } = best
  const commands = [
    ['verify --netuid 1', 'the last epoch, recomputed and compared with what the chain stored'],
    ['verify --watch --history demo.duckdb', 'every epoch to come'],
    ['explain --netuid 1 --uid 0', 'why a neuron got what it got'],
    ['pull --netuid 1 -o sn1.json.gz', 'a subnet as a file, for yuma inspect and yuma epoch'],
    ['pull --all -o network.json.gz', 'the network, for yuma emission'],
  ] as const
  const lines = commands.map(([command, what]) => `  yuma ${command.padEnd(38)}# ${what}\n`)
  const names = subnets === 1 ? 'subnet 1' : `subnets 1 to ${subnets}`
  await io.out.write([
    `${url}: ${names}, spec ${runtime.specVersion}, block ${grouped(number)}; Ctrl-C ends it\n\n`,
    `In another terminal:\n  export YUMA_ENDPOINT=${url}\n`,
    ...lines,
  ])
  await io.out.flush()
}
