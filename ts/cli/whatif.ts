import { loadEmission } from '../emission/index.ts'
import { epochJsonPieces, loadEngine } from '../engine/index.ts'
import { rulesInWords } from '../engine/rules.ts'
import { InputError } from '../errors/index.ts'
import { type Change, loadSimulator, type SimulatorKind, type WhatIf } from '../simulate/index.ts'
import type { ParsedDocument, Snapshot } from '../snapshot/index.ts'
import { shownName } from '../snapshot/node.ts'
import { type BestChange, bestChanges, changesBy, changesOn } from '../verify/whatif.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, printable, proportion, shortAddress, type TableColumn, table } from './format.ts'
import { inFile, onlyDocument } from './one-epoch.ts'
import { CHANGE_OPTIONS, changesOf, uidOf } from './whatif-changes.ts'

const ENGINES: readonly SimulatorKind[] = ['native', 'wasm', 'wasm-scalar']
const MAX_TOP = 65_535

/** `yuma whatif` */
export const whatIfCommand: Command = {
  name: 'whatif',
  usage: 'FILE [options]',
  about: `Runs the epoch of a snapshot as it is and with changes, and says who gains and who loses by them. Changes are made in
this order: single values, stake, registrations, rows, weights, rules; everything else stays as it is, the blocks of
last updates too. --best tries every single weight that a validator could set otherwise, or that validators could set
on a miner, and says which pays it most.`,
  options: {
    ...CHANGE_OPTIONS,
    mechanism: { value: 'NUMBER', help: 'the mechanism that rows and weights are of (0)' },
    best: { value: 'WHO', help: 'search the single change that pays this uid or hotkey most' },
    'as-spec': { value: 'NUMBER', help: 'compute both epochs by the rules of this spec version' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    top: { value: 'N', help: 'how many of those whose pay changes are listed (10)' },
    json: { help: 'one line of JSON: both epochs and the difference, exactly' },
  },
  async run(args, io) {
    const file = args.single('FILE')
    const document = await onlyDocument(file)
    const mechanism = args.integer('mechanism', 0, document.snapshot.mechanisms.length - 1) ?? 0
    const best = uidOf(args, 'best', document.snapshot)
    const changes = changesOf(args, document.snapshot, mechanism)
    const json = args.has('json')
    if (best !== undefined) {
      const found = await search(changed(args, changes, document.snapshot), mechanism, best)
      await io.out.write(json ? bestJson(document, best, found) : bestReport(document, best, found))
      return EXIT.done
    }
    if (changes.length === 0) throw args.usage('no change given: --set, --stake, --weight, …, or --best')
    const asSpec = args.integer('as-spec', 0, 0xffff_ffff)
    const simulator = await loadSimulator(engineOf(args))
    const options = asSpec === undefined ? {} : { asSpec }
    const found = ofFile(file, () => simulator.whatIf(document.snapshot, changes, options))
    const top = args.integer('top', 0, MAX_TOP) ?? 10
    await io.out.write(json ? whatIfJson(document, changes, found) : report(document, found, top))
    return EXIT.done
  },
}

function engineOf(args: Arguments): { readonly prefer?: SimulatorKind } {
  const prefer = args.choice('engine', ENGINES)
  return prefer === undefined ? {} : { prefer }
}

/** Faults say which file they are of. */
function ofFile<T>(path: string, ask: () => T): T {
  try {
    return ask()
  } catch (cause) {
    throw cause instanceof InputError ? inFile(cause, shownName(path)) : cause
  }
}

/** A search begins at the changes that are given. */
function changed(args: Arguments, changes: readonly Change[], snapshot: Snapshot): Promise<Snapshot> {
  if (args.text('as-spec') !== undefined)
    throw args.usage('--best searches by the rules of the file: --spec sets others')
  if (changes.length === 0) return Promise.resolve(snapshot)
  return loadSimulator(engineOf(args)).then((simulator) => simulator.change(snapshot, changes))
}

/** What the search for one change found. */
interface Best {
  /** Whether the neuron is searched as a validator, by its own weights. */
  readonly validates: boolean
  readonly tried: number
  readonly best: BestChange | null
}

async function search(from: Promise<Snapshot>, mechanism: number, uid: number): Promise<Best> {
  const snapshot = await from
  const engine = await loadEngine()
  const { explain } = await loadEmission()
  const result = engine.epoch(snapshot, { trace: true })
  const own = result.mechanisms[mechanism]!
  const permits = own.trace!.validatorPermitBefore
  const validates = permits[uid] === 1
  const changes = validates
    ? changesBy(snapshot, mechanism, uid, own.raw.consensus, explain)
    : changesOn(snapshot, mechanism, uid, permits)
  const [best] = bestChanges(engine, snapshot, mechanism, changes, [
    ({ mechanisms }) =>
      validates
        ? mechanisms[mechanism]!.validatorEmission[uid]!
        : mechanisms[mechanism]!.serverEmission[uid]!,
  ])
  return { validates, tried: changes.length, best: best! }
}

function nameOf({ hotkeys }: Snapshot, uid: number): string {
  return hotkeys?.[uid] === undefined ? '' : shortAddress(hotkeys[uid])
}

function* bestReport({ name, snapshot }: ParsedDocument, uid: number, found: Best): Generator<string> {
  const { validates, tried, best } = found
  yield `${printable(name)}\n`
  const who = `uid ${uid}${nameOf(snapshot, uid) === '' ? '' : ` (${nameOf(snapshot, uid)})`}`
  const whose = validates ? 'its own weights' : "validators' weights on it"
  yield `${who}: ${grouped(tried)} changes of ${whose} tried\n`
  if (best === null) {
    yield 'none pays it more\n'
    return
  }
  const { from, to, was, becomes, value, wouldBe } = best
  yield `the weight of ${from} on ${to}: ${becomes} instead of ${was}\n`
  yield `pays it ${alpha(wouldBe)} alpha instead of ${alpha(value)}\n`
}

function* bestJson({ name }: ParsedDocument, uid: number, found: Best): Generator<string> {
  yield `${jsonOf({ schema: 'yuma-best-change/1', document: name, uid, ...found })}\n`
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return String(part)
    if (ArrayBuffer.isView(part)) return Array.from(part as unknown as Iterable<unknown>)
    return part
  })
}

function* whatIfJson(
  { name }: ParsedDocument,
  changes: readonly Change[],
  { before, after, difference }: WhatIf,
): Generator<string> {
  yield `{"schema":"yuma-whatif/1","document":${JSON.stringify(name)},"changes":${jsonOf(changes)},"before":`
  yield* epochJsonPieces(before)
  yield ',"after":'
  yield* epochJsonPieces(after)
  const { raw, permits, ...terms } = difference
  const snake = (columns: object): object =>
    Object.fromEntries(
      Object.entries(columns).map(([key, column]) => [
        key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
        column,
      ]),
    )
  yield `,"difference":${jsonOf({ ...snake(terms), raw: raw.map(snake), permits })}}\n`
}

/** What a neuron is paid more. */
function paid({ difference }: WhatIf, uid: number): bigint {
  return difference.serverEmission[uid]! + difference.validatorEmission[uid]!
}

function signed(rao: bigint): string {
  return `${rao < 0n ? '-' : '+'}${alpha(rao < 0n ? -rao : rao)}`
}

function right(title: string): TableColumn {
  return { title, align: 'right' }
}

function* report({ name, snapshot }: ParsedDocument, found: WhatIf, top: number): Generator<string> {
  const { before, after, difference } = found
  const uids = Array.from(difference.incentive.keys())
  const magnitude = (uid: number): bigint => (paid(found, uid) < 0n ? -paid(found, uid) : paid(found, uid))
  const touched = uids.filter((uid) => paid(found, uid) !== 0n)
  touched.sort((a, b) => Number(magnitude(b) - magnitude(a)) || a - b)
  yield `${printable(name)}\n`
  yield `rules: ${rulesInWords(before.rules)}${before.rules.spec === after.rules.spec ? '' : `, then ${rulesInWords(after.rules)}`}\n`
  const { gained, lost } = difference.permits
  if (gained.length > 0) yield `permits gained: ${gained.join(', ')}\n`
  if (lost.length > 0) yield `permits lost: ${lost.join(', ')}\n`
  yield `${grouped(touched.length)} of ${grouped(uids.length)} neurons are paid otherwise\n`
  if (touched.length === 0 || top === 0) return
  const keys = snapshot.hotkeys !== undefined
  const columns = [
    right('uid'),
    ...(keys ? [{ title: 'hotkey', align: 'left' } as const] : []),
    right('incentive'),
    right('then'),
    right('dividends'),
    right('then'),
    right('paid (alpha)'),
    right('difference'),
  ]
  const rows = touched
    .slice(0, top)
    .map((uid) => [
      String(uid),
      ...(keys ? [nameOf(snapshot, uid)] : []),
      proportion(before.incentive[uid] ?? 0),
      proportion(after.incentive[uid] ?? 0),
      proportion(before.dividends[uid] ?? 0),
      proportion(after.dividends[uid] ?? 0),
      alpha((before.serverEmission[uid] ?? 0n) + (before.validatorEmission[uid] ?? 0n)),
      signed(paid(found, uid)),
    ])
  yield '\n'
  for (const line of table(columns, rows)) yield `${line}\n`
}
