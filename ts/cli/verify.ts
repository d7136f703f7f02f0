import { writeFile } from 'node:fs/promises'
import { type EngineKind, loadEngine } from '../engine/index.ts'
import { FileError } from '../snapshot/errors.ts'
import { junit, type Verification, verificationJson, verifyEpoch } from '../verify/index.ts'
import { CHAIN_OPTIONS, withChain } from './chain-options.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { grouped, table } from './format.ts'

const ENGINES: readonly EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const MAX_NETUID = 4095
const SHOWN = 50

/** `yuma verify` */
export const verify: Command = {
  name: 'verify',
  usage: '--netuid N [options]',
  about: `Recomputes an epoch that the chain ran, from the state before it, and compares every value that the chain
stored. Says equal, or which values differ; names what it does not cover. Exit code 1 where any differs.`,
  options: {
    netuid: { value: 'N', help: 'the subnet' },
    block: { value: 'B', help: "the block in which the epoch ran (the subnet's last one)" },
    ...CHAIN_OPTIONS,
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON per epoch, yuma-verification/1' },
    junit: { value: 'FILE', help: 'write a JUnit report too' },
  },
  async run(args, io) {
    if (args.positionals.length > 0) throw args.usage(`unexpected ${JSON.stringify(args.positionals[0])}`)
    const netuid = args.integer('netuid', 1, MAX_NETUID)
    if (netuid === undefined) throw args.usage('no --netuid given')
    const block = args.u64('block')
    const kind = args.choice('engine', ENGINES)
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const at = block === undefined ? {} : { block }
    const verification = await withChain(args, io, ({ chain, signal }) => {
      io.progress.show(`reading subnet ${netuid}`)
      return verifyEpoch(chain, engine, { netuid, signal, ...at })
    })
    await io.out.write(args.has('json') ? [verificationJson(verification)] : verificationReport(verification))
    const file = args.text('junit')
    if (file !== undefined) await writeReport(file, junit([verification]))
    return verification.outcome === 'different' ? EXIT.difference : EXIT.done
  },
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new FileError(file, cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

const OUTCOMES: Readonly<Record<Verification['outcome'], string>> = {
  equal: 'equal',
  different: 'DIFFERENT',
  skipped: 'skipped by the chain, its input being inconsistent',
  deferred: 'deferred by the chain to the next block',
}

/** A verification for people. */
export function* verificationReport(verification: Verification): Generator<string> {
  const { netuid, block, specVersion, n, outcome, checked, differences, notes } = verification
  const values = checked.reduce((sum, field) => sum + field.values, 0)
  yield `subnet ${netuid}, block ${grouped(block)}, spec ${specVersion}, ${n} neurons: ${OUTCOMES[outcome]}\n`
  if (checked.length > 0) {
    const count = differences.length === 0 ? 'all' : `${grouped(differences.length)} differ`
    yield `  ${grouped(values)} values compared, ${count === 'all' ? 'all equal' : count}\n`
    yield `  ${checked.map((field) => `${field.field} ${grouped(field.values)}`).join(', ')}\n`
  }
  if (differences.length > 0) yield `\n${differenceTable(verification)}\n`
  for (const { kind, about, text } of notes) yield `  ${kind.replace('-', ' ')}: ${text} (${about})\n`
}

function differenceTable({ differences }: Verification): string {
  const lines = table(
    [
      { title: 'field', align: 'left' },
      { title: 'uid', align: 'right' },
      { title: 'column', align: 'right' },
      { title: 'chain', align: 'right' },
      { title: 'ours', align: 'right' },
      { title: 'first step', align: 'left' },
      { title: 'hotkey', align: 'left' },
    ],
    differences
      .slice(0, SHOWN)
      .map(({ field, mechanism, uid, column, chain, ours, firstStep, hotkey }) => [
        mechanism === null || mechanism === 0 ? field : `${field} of mechanism ${mechanism}`,
        uid === null ? '-' : String(uid),
        column === null ? '-' : String(column),
        chain ?? 'none',
        ours ?? 'none',
        firstStep,
        hotkey ?? '-',
      ]),
  )
  const more = differences.length - SHOWN
  return `${lines.join('\n')}${more > 0 ? `\n  and ${grouped(more)} more: --json lists all` : ''}\n`
}
