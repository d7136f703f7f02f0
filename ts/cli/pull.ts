import type { ChainSnapshot, EpochAt, NetworkSnapshot, PullProgress } from '../chain/index.ts'
import { networkPieces, packSections, snapshotPieces } from '../snapshot/index.ts'
import { STANDARD_INPUT, writeText } from '../snapshot/node.ts'
import { blockOption, CHAIN_OPTIONS, type Session, withChain } from './chain-options.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { grouped } from './format.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'
import { OUTPUT_OPTION } from './write-snapshot.ts'

const MAX_NETUID = 4095
const MAX_BLOCK = 0xffff_ffff
const BAR_WIDTH = 24
const MAX_NAMED = 8

/** `yuma pull` */
export const pull: Command = {
  name: 'pull',
  usage: '--netuid N | --all [options] -o FILE',
  about: `Reads a subnet from a chain at one block, exactly as stored: what its next epoch computes with and what else
is known of it (yuma-snapshot/1), or the whole network (yuma-network/1). The file is there whole or not at all. What the
epoch is to share out is what is pending at that block: of a whole network yuma epoch --emission due takes what it will
have.`,
  options: {
    netuid: { value: 'N', help: 'the subnet' },
    all: { help: 'every subnet' },
    at: { value: 'BLOCK', help: 'number or hash of the block, best or finalized (finalized)' },
    'epoch-at': {
      value: 'BLOCK',
      help: 'block in which the epoch runs: a number, next-block or next-epoch (next-block)',
    },
    ...CHAIN_OPTIONS,
    json: { help: 'the summary as JSON on standard output; needs -o FILE' },
    output: OUTPUT_OPTION,
  },
  async run(args, io) {
    const wanted = pullArguments(args)
    const started = performance.now()
    const pulled = await withChain(args, io, (session) => pullWith(session, wanted, io))
    io.progress.clear()
    const { output } = wanted
    if (output === undefined) await io.out.write(piecesOf(pulled.result))
    else await interruptible((signal) => writeText(output, piecesOf(pulled.result), { signal }))
    const ms = Math.round(performance.now() - started)
    const summary = summaryOf(pulled.result, wanted, pulled.requests, ms)
    if (wanted.json) await io.out.write([`${JSON.stringify(summary)}\n`])
    else io.note(sentence(summary))
    noteMaturing(pulled.result, io)
    return EXIT.done
  },
}

interface PullArguments {
  /** Undefined for all. */
  readonly netuid: number | undefined
  readonly at: ReturnType<typeof blockOption>
  readonly epochAt: EpochAt | undefined
  readonly output: string | undefined
  readonly json: boolean
  readonly prove: boolean
}

type Pulled = ChainSnapshot | NetworkSnapshot

function pullArguments(args: Arguments): PullArguments {
  args.onlyOptions()
  const netuid = args.integer('netuid', 0, MAX_NETUID)
  if ((netuid === undefined) !== args.has('all')) throw args.usage('one of --netuid N and --all expected')
  const path = args.text('output')
  const output = path === STANDARD_INPUT ? undefined : path
  const json = args.has('json')
  if (json && output === undefined) throw args.usage('--json needs -o FILE')
  const prove = args.has('prove')
  return { netuid, at: blockOption(args, 'at'), epochAt: epochAtOf(args), output, json, prove }
}

function epochAtOf(args: Arguments): EpochAt | undefined {
  const text = args.text('epoch-at')
  if (text === undefined || text === 'next-block' || text === 'next-epoch') return text
  return args.integer('epoch-at', 0, MAX_BLOCK)
}

async function pullWith(
  { chain, signal }: Session,
  { netuid, at, epochAt }: PullArguments,
  io: Io,
): Promise<{ readonly result: Pulled; readonly requests: number }> {
  const options = {
    signal,
    ...(at === undefined ? {} : { at }),
    ...(epochAt === undefined ? {} : { epochAt }),
  }
  io.progress.show(netuid === undefined ? 'the network' : `subnet ${netuid}`)
  const result =
    netuid === undefined
      ? await chain.network({ ...options, onProgress: (progress) => io.progress.show(bar(progress)) })
      : await chain.subnet(netuid, options)
  return { result, requests: chain.stats.requests }
}

function bar({ done, total, requests }: PullProgress): string {
  const full = Math.floor((BAR_WIDTH * done) / Math.max(total, 1))
  const drawn = '#'.repeat(full).padEnd(BAR_WIDTH, '.')
  return `[${drawn}] ${done} of ${total} subnets, ${grouped(requests)} requests`
}

function isNetwork(pulled: Pulled): pulled is NetworkSnapshot {
  return 'subnets' in pulled
}

function piecesOf(pulled: Pulled): Generator<string> {
  return isNetwork(pulled) ? networkPieces(pulled) : snapshotPieces(packSections(pulled))
}

interface Summary {
  readonly file: string | null
  readonly netuid: number | null
  readonly subnets: number
  readonly neurons: number
  readonly spec_version: number
  readonly state_block: string
  readonly block_hash: string
  /** Block of the epoch, of one subnet. */
  readonly block: string
  readonly requests: number
  readonly ms: number
  /** Whether all of it is proved by the block's header. */
  readonly proved: boolean
  readonly unread: readonly string[]
}

function summaryOf(pulled: Pulled, { output, prove }: PullArguments, requests: number, ms: number): Summary {
  const epochs = isNetwork(pulled) ? pulled.subnets.map(({ epoch }) => epoch) : [pulled]
  return {
    file: output ?? null,
    netuid: isNetwork(pulled) ? null : pulled.netuid,
    subnets: epochs.length,
    neurons: epochs.reduce((sum, epoch) => sum + (epoch?.n ?? 0), 0),
    spec_version: pulled.specVersion,
    state_block: String(pulled.stateBlock),
    block_hash: pulled.blockHash,
    block: String(pulled.block),
    requests,
    ms,
    proved: prove,
    unread: pulled.unread,
  }
}

function sentence({
  netuid,
  subnets,
  neurons,
  spec_version,
  state_block,
  requests,
  ms,
  proved,
  file,
}: Summary): string {
  const what = netuid === null ? `${subnets} subnets` : `subnet ${netuid}`
  const parts = [
    `${what} at block ${grouped(state_block)}`,
    `spec ${spec_version}`,
    `${grouped(neurons)} neurons`,
    `${grouped(requests)} requests`,
    `${(ms / 1000).toFixed(1)} s`,
    ...(proved ? ['proved'] : []),
    ...(file === null ? [] : [file]),
  ]
  return parts.join(' · ')
}

/** Says which epochs a reveal in their own block may change before they run. */
function noteMaturing(pulled: Pulled, io: Io): void {
  const epochs = isNetwork(pulled) ? pulled.subnets.flatMap(({ epoch }) => epoch ?? []) : [pulled]
  const open = epochs.filter(({ maturingCommits }) => maturingCommits.length > 0)
  if (open.length === 0) return
  const more = open.length > MAX_NAMED ? ` and ${open.length - MAX_NAMED} more` : ''
  const named = `${open
    .slice(0, MAX_NAMED)
    .map(({ netuid }) => netuid)
    .join(', ')}${more}`
  io.note(
    `timelocked commits are due to be revealed in the epoch's own block, before it runs: subnet ${named}`,
  )
}
