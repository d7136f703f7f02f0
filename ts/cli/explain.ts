import type { Chain } from '../chain/index.ts'
import { ChainError } from '../chain/index.ts'
import { loadEmission } from '../emission/index.ts'
import { loadEngine } from '../engine/index.ts'
import { InputError } from '../errors/index.ts'
import { chainSnapshotOf } from '../snapshot/index.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import { shownName } from '../snapshot/node.ts'
import type { Snapshot } from '../snapshot/types.ts'
import {
  type ClippedWeight,
  type EpochStates,
  type Explained,
  type ExplainOptions,
  type Explanation,
  explain,
  explainNext,
  explanationJson,
  type LiquidBond,
  type Masked,
  type MaskReason,
  readEpoch,
} from '../verify/index.ts'
import { CHAIN_OPTIONS, withChain } from './chain-options.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, fixed, grouped, proportion, shortAddress, table } from './format.ts'
import type { Io } from './io.ts'
import { inFile, onlyDocument } from './one-epoch.ts'

const MAX_NETUID = 4095
const MAX_UID = 65_535
const MAX_MECHANISM = 15
/** Holders of a clipped column that are named; JSON has all. */
const HOLDERS = 3

/** `yuma explain` */
export const explainCommand: Command = {
  name: 'explain',
  usage: '(FILE | --netuid N) (--hotkey KEY | --uid U) [options]',
  about: `Explains why a neuron's validator trust, dividends or incentive of an epoch is what it is: what was clipped and
by whom, what each bond or validator contributed (parts that sum to the value, to the last unit), what masks removed,
what changed since the epoch before, and which single change of a weight would have raised it most. FILE is a snapshot
before its epoch ran, and needs no node: what the neuron would get is explained. Without FILE a node is asked for an
epoch that ran.`,
  options: {
    netuid: { value: 'N', help: 'the subnet, of a node' },
    hotkey: { value: 'KEY', help: 'the neuron, by its hotkey (SS58)' },
    uid: { value: 'U', help: 'the neuron, by its uid' },
    block: { value: 'B', help: "the block in which the epoch ran, of a node (the subnet's last one)" },
    mechanism: { value: 'M', help: 'the mechanism (0)' },
    fast: { help: 'do not look for the change that would raise a value most' },
    top: { value: 'K', help: 'parts to show of each value (10)' },
    json: { help: 'one line of JSON with everything, yuma-explanation/1' },
    ...CHAIN_OPTIONS,
  },
  async run(args, io) {
    const [path, ...more] = args.positionals
    if (more.length > 0) throw args.usage(`one FILE expected, ${args.positionals.length} given`)
    const options = optionsOf(args)
    const top = args.integer('top', 0, MAX_UID) ?? 10
    const { explanation, snapshot } =
      path === undefined ? await ofNode(args, io, options) : await ofFile(args, path, options)
    await io.out.write(
      args.has('json') ? [explanationJson(explanation)] : explanationReport(explanation, snapshot, top),
    )
    return EXIT.done
  },
}

function optionsOf(args: Arguments): ExplainOptions {
  const [hotkey, uid] = [args.text('hotkey'), args.integer('uid', 0, MAX_UID)]
  if ((hotkey === undefined) === (uid === undefined)) throw args.usage('one of --hotkey and --uid expected')
  return {
    mechanism: args.integer('mechanism', 0, MAX_MECHANISM) ?? 0,
    search: !args.has('fast'),
    ...(hotkey === undefined ? {} : { hotkey }),
    ...(uid === undefined ? {} : { uid }),
  }
}

/** An explanation, and the state before its epoch. */
interface OfState {
  readonly explanation: Explanation
  readonly snapshot: Snapshot
}

/** Of an epoch that ran. */
async function ofNode(args: Arguments, io: Io, options: ExplainOptions): Promise<OfState> {
  const netuid = args.integer('netuid', 1, MAX_NETUID)
  if (netuid === undefined) throw args.usage('no FILE and no --netuid given')
  const block = args.u64('block')
  const [engine, emission] = [await loadEngine(), await loadEmission()]
  const { states, previous } = await withChain(args, io, async ({ chain, signal }) => {
    io.progress.show(`reading subnet ${netuid}`)
    const states = await readEpoch(chain, { netuid, signal, ...(block === undefined ? {} : { block }) })
    return { states, previous: await previousState(chain, states, signal) }
  })
  const given = previous === undefined ? options : { ...options, previous }
  return { explanation: explain(engine, emission, states, given), snapshot: states.before }
}

/** Of the epoch that a file is the state before. */
async function ofFile(args: Arguments, path: string, options: ExplainOptions): Promise<OfState> {
  const ofNodes = ['netuid', 'block', ...Object.keys(CHAIN_OPTIONS)]
  const given = ofNodes.find((name) => args.has(name) || args.text(name) !== undefined)
  if (given !== undefined) throw args.usage(`--${given} is of a node, not of a file`)
  const file = shownName(path)
  const { snapshot } = await onlyDocument(path)
  const state = chainSnapshotOf(snapshot, { file }) ?? snapshot
  const [engine, emission] = [await loadEngine(), await loadEmission()]
  try {
    return { explanation: explainNext(engine, emission, state, options), snapshot: state }
  } catch (error) {
    throw error instanceof InputError ? inFile(error, file) : error
  }
}

/** The state before the subnet's previous epoch; undefined where the node does not have it. */
async function previousState(
  chain: Chain,
  { before }: EpochStates,
  signal: AbortSignal,
): Promise<ChainSnapshot | undefined> {
  const last = before.lastMechanismStepBlock
  if (last === 0n) return undefined
  try {
    return await chain.subnet(before.netuid, { at: last - 1n, epochAt: last, signal })
  } catch (error) {
    if (error instanceof ChainError && (error.kind === 'archive' || error.kind === 'missing'))
      return undefined
    throw error
  }
}

/** An explanation in words. */
export function* explanationReport(
  explanation: Explanation,
  { hotkeys }: Snapshot,
  top: number,
): Generator<string> {
  const { netuid, block, uid, hotkey, validatorTrust, dividends, incentive, verified } = explanation
  const name = (other: number): string =>
    hotkeys === undefined ? `uid ${other}` : `uid ${other} (${shortAddress(hotkeys[other] ?? '?')})`
  const subnet = netuid === null ? '' : `subnet ${netuid}, `
  yield `${subnet}block ${grouped(block)}, uid ${uid}, ${hotkey ?? 'no hotkey'}\n`
  yield `  ${standing(explanation)}\n`
  if (verified === false) yield '  The chain stored other values than these: see yuma verify.\n'
  if (verified === null) yield '  The epoch has not run: this is what it would give.\n'
  if (validatorTrust !== null) {
    yield `\nValidator trust ${validatorTrust.value} (${proportion(validatorTrust.value)}): the sum of its weights that consensus let stand.\n`
    yield* clippedLines(validatorTrust.weights, top, 'its weight on', name)
    yield bestLine(explanation, validatorTrust, 'this trust', fixed, name)
  }
  if (dividends !== null) {
    yield `\nDividends ${dividends.value} (${proportion(dividends.value)}), ${alpha(dividends.rao ?? 0n)} alpha: each bond times the miner's incentive${dividends.factor === null ? '' : `, times a stake of ${fixed(dividends.factor)}`}.\n`
    yield* partLines(dividends, top, 'bond in', name)
    yield bestLine(explanation, dividends, 'these dividends', (rao) => `${alpha(rao)} alpha`, name)
  }
  yield* liquidLines(explanation.liquidBonds, top, name)
  if (incentive !== null) {
    yield `\nIncentive ${incentive.value} (${proportion(incentive.value)}), ${alpha(incentive.rao ?? 0n)} alpha: the weights on it that consensus let stand, times stake.\n`
    yield* partLines(incentive, top, 'from', name)
    yield* clippedLines(incentive.weights, top, 'the weight of', name)
    yield bestLine(explanation, incentive, 'this incentive', (rao) => `${alpha(rao)} alpha`, name)
  }
  yield* maskLines(explanation, top, name)
  yield* changeLines(explanation, top, name)
}

type Name = (uid: number) => string

function standing({ active, permit, stake, activeStake }: Explanation): string {
  const who = permit ? 'It has a validator permit' : 'It has no validator permit: its weights do not count'
  const counted = activeStake > 0n ? `, ${fixed(activeStake)} of the active stake` : ''
  return `${who}; it is ${active ? 'active' : 'inactive'}; ${fixed(stake)} of all stake${counted}.`
}

function* partLines({ parts, sum }: Explained, top: number, what: string, name: Name): Generator<string> {
  if (parts.length === 0) return
  const largest = parts.toSorted((a, b) => (a.bits === b.bits ? 0 : a.bits < b.bits ? 1 : -1))
  const lines = table(
    [
      { title: what, align: 'left' },
      { title: 'part', align: 'right' },
      { title: 'of the u16', align: 'right' },
      { title: 'alpha', align: 'right' },
    ],
    [
      ...largest
        .slice(0, top)
        .map(({ uid, bits, units, rao }) => [name(uid), fixed(bits), String(units), alpha(rao)]),
      ...restRow(largest.slice(top)),
      ['sum', fixed(sum), total(parts, 'units'), alpha(BigInt(total(parts, 'rao')))],
    ],
  )
  yield `${lines.join('\n')}\n`
}

function restRow(parts: Explained['parts']): readonly (readonly string[])[] {
  if (parts.length === 0) return []
  const bits = parts.reduce((sum, part) => sum + part.bits, 0n)
  return [[`${parts.length} others`, fixed(bits), total(parts, 'units'), alpha(BigInt(total(parts, 'rao')))]]
}

function total(parts: Explained['parts'], key: 'units' | 'rao'): string {
  return String(parts.reduce((sum, part) => sum + part[key], 0n))
}

function* clippedLines(
  weights: readonly ClippedWeight[],
  top: number,
  what: string,
  name: Name,
): Generator<string> {
  const clipped = weights
    .filter(({ cut }) => cut > 0n)
    .sort((a, b) => (a.cut === b.cut ? 0 : a.cut < b.cut ? 1 : -1))
  if (clipped.length === 0) {
    yield '  Nothing was clipped.\n'
    return
  }
  const lost = clipped.reduce((sum, { cut }) => sum + cut, 0n)
  yield `  ${clipped.length} of ${weights.length} weights were clipped, ${fixed(lost)} in all:\n`
  for (const { uid, weight, kept, by } of clipped.slice(0, top)) {
    const held = by.slice(0, HOLDERS).map((holder) => `${name(holder.uid)} ${fixed(holder.stake)}`)
    const more = by.length > HOLDERS ? ` and ${by.length - HOLDERS} more` : ''
    yield `    ${what} ${name(uid)}: ${fixed(weight)} cut to ${fixed(kept)}, since this stake gives no more: ${held.join(', ')}${more}\n`
  }
  if (clipped.length > top) yield `    and ${clipped.length - top} more\n`
}

function bestLine(
  { searched }: Explanation,
  { best, tried }: Explained,
  what: string,
  show: (value: bigint) => string,
  name: Name,
): string {
  if (!searched) return `  Which change of a weight would have raised ${what} was not looked for (--fast).\n`
  if (tried === 0) return `  There is no weight that counts whose change could be tried for ${what}.\n`
  if (best === null)
    return `  None of the ${grouped(tried)} single changes of a weight that were tried would have raised ${what}.\n`
  const { from, to, was, becomes, value, wouldBe } = best
  return `  Raised most by one change: ${name(from)} weighs ${name(to)} ${becomes} in place of ${was}: ${show(wouldBe)} in place of ${show(value)}.\n`
}

/** What became of bonds without a weight above 0: liquid alpha goes over stored weights alone. */
function* liquidLines(bonds: readonly LiquidBond[], top: number, name: Name): Generator<string> {
  if (bonds.length === 0) return
  yield `\nLiquid alpha moves the bonds of stored weights alone; ${bonds.length} ${bonds.length === 1 ? 'bond has' : 'bonds have'} no weight above 0:\n`
  for (const { uid, before, after, weight, counts } of bonds.slice(0, top)) {
    const why = counts
      ? 'a weight of 0 on it is stored; with none it would be gone'
      : weight === null
        ? 'no weight on it is stored; with a stored 0 it would have decayed'
        : 'the weight on it does not count'
    yield `    the bond in ${name(uid)} of ${before} ${after === 0 ? 'is gone' : `became ${after}`}: ${why}\n`
  }
  if (bonds.length > top) yield `    and ${bonds.length - top} more\n`
}

const REASONS: Readonly<Record<MaskReason, string>> = {
  'no-permit': 'whoever set it has no validator permit',
  'self-weight': 'nobody but the owner weighs itself',
  'registered-after-weights': 'the target registered after the weights were set',
  'registered-after-commit': 'the target registered after a commit still to be revealed',
  'no-such-uid': 'there is no such uid',
}

function* maskLines({ masked }: Explanation, top: number, name: Name): Generator<string> {
  const all: readonly Masked[] = [...masked.own, ...masked.onIt.filter(({ from, to }) => from !== to)]
  yield all.length === 0
    ? '\nMasks removed nothing.\n'
    : `\nMasks removed ${all.length} ${all.length === 1 ? 'weight' : 'weights'}:\n`
  for (const { from, to, weight, reason } of all.slice(0, top)) {
    yield `    ${name(from)} on ${name(to)}, ${weight}: ${REASONS[reason]}\n`
  }
  if (all.length > top) yield `    and ${all.length - top} more\n`
}

function* changeLines(explanation: Explanation, top: number, name: Name): Generator<string> {
  const { changed, changedWeights, verified } = explanation
  if (changed === null) {
    yield '\nWhat the epoch before left is not in the file.\n'
    return
  }
  yield changed.length === 0 ? '\nNothing is new since the epoch before.\n' : '\nSince the epoch before:\n'
  for (const { field, before, now } of changed) yield `    ${field}: ${before ?? 'none'} became ${now}\n`
  if (changedWeights === null) {
    if (verified !== null) yield "    weights: the state before that epoch is not the node's to give\n"
    return
  }
  for (const { from, to, before, now } of changedWeights.slice(0, top)) {
    yield `    the weight of ${name(from)} on ${name(to)}: ${before} became ${now}\n`
  }
  if (changedWeights.length > top) yield `    and ${changedWeights.length - top} more weights\n`
}
