import { type EngineKind, loadEngine } from '../engine/index.ts'
import { openLake, type RerunNeuron, type RerunSubnet, rerun } from '../replay/index.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, shortAddress, table } from './format.ts'
import { interruptible } from './interrupt.ts'

const ENGINES: readonly EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const MAX_NETUID = 4095
const MAX_SPEC = 0xffff_ffff
const MAX_TOP = 65_535

/** `yuma rerun` */
export const rerunCommand: Command = {
  name: 'rerun',
  usage: 'LAKE --as-spec NUMBER [options]',
  about: `Runs every epoch that a lake keeps the state of (yuma replay --keep snapshots) by the rules of another version
beside its own, without a node, and says who would have been paid what: in sum by subnet, and those to whom it makes the
most difference. Each epoch starts from the state that the chain had.`,
  options: {
    'as-spec': { value: 'NUMBER', help: 'the spec version whose rules apply' },
    netuid: { value: 'N[,N…]', help: 'the subnets (all that the lake has)' },
    from: { value: 'B', help: 'the first block (the first of the lake)' },
    to: { value: 'B', help: 'the last block (the last of the lake)' },
    top: { value: 'COUNT', help: 'neurons to show (10)' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'a line of JSON for each subnet with all of its neurons, yuma-rerun/1' },
  },
  async run(args, io) {
    const folder = args.single('lake')
    const asSpec = args.integer('as-spec', 0, MAX_SPEC)
    if (asSpec === undefined) throw args.usage('--as-spec expected')
    const top = args.integer('top', 0, MAX_TOP) ?? 10
    const netuids = args.integers('netuid', 1, MAX_NETUID)
    const [from, to] = [args.u64('from'), args.u64('to')]
    const kind = args.choice('engine', ENGINES)
    const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
    const lake = await openLake(folder)
    let epochs = 0
    const subnets = await interruptible((signal) =>
      rerun(engine, lake, {
        asSpec,
        signal,
        onEpoch: () => io.progress.show(`${grouped(++epochs)} epochs`),
        ...(netuids === undefined ? {} : { netuids }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      }),
    )
    io.progress.clear()
    await io.out.write(args.has('json') ? jsonLines(asSpec, subnets) : report(asSpec, subnets, top))
    return EXIT.done
  },
}

function* jsonLines(asSpec: number, subnets: readonly RerunSubnet[]): Generator<string> {
  const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  for (const subnet of subnets)
    yield `${JSON.stringify({ schema: 'yuma-rerun/1', as_spec: asSpec, ...subnet }, text)}\n`
}

function* report(asSpec: number, subnets: readonly RerunSubnet[], top: number): Generator<string> {
  const epochs = subnets.reduce((sum, subnet) => sum + subnet.epochs, 0)
  yield `${grouped(epochs)} epochs AS IF by the rules of ${asSpec}; amounts are alpha\n\n`
  yield `${subnetTable(subnets)}\n`
  const neurons = subnets.flatMap((subnet) => subnet.neurons).filter(({ changed }) => changed > 0)
  const most = neurons.sort((a, b) => Number(size(b) - size(a))).slice(0, top)
  if (most.length === 0) return
  yield `\nthe ${grouped(most.length)} of ${grouped(neurons.length)} neurons with the most difference\n`
  yield `${neuronTable(most)}\n`
}

function gainOf({ server, validator }: Pick<RerunNeuron, 'server' | 'validator'>): bigint {
  return server.other + validator.other - server.own - validator.own
}

function size(neuron: RerunNeuron): bigint {
  const gain = gainOf(neuron)
  return gain < 0n ? -gain : gain
}

function signed(rao: bigint): string {
  return rao < 0n ? `-${alpha(-rao)}` : `+${alpha(rao)}`
}

function subnetTable(subnets: readonly RerunSubnet[]): string {
  const lines = table(
    [
      { title: 'netuid', align: 'right' },
      { title: 'epochs', align: 'right' },
      { title: 'changed', align: 'right' },
      { title: 'to miners', align: 'right' },
      { title: 'to validators', align: 'right' },
      { title: 'moved between neurons', align: 'right' },
    ],
    subnets.map(({ netuid, epochs, changed, server, validator, moved }) => [
      String(netuid),
      grouped(epochs),
      grouped(changed),
      signed(server.other - server.own),
      signed(validator.other - validator.own),
      alpha(moved),
    ]),
  )
  return lines.join('\n')
}

function neuronTable(neurons: readonly RerunNeuron[]): string {
  const lines = table(
    [
      { title: 'netuid', align: 'right' },
      { title: 'hotkey', align: 'left' },
      { title: 'epochs', align: 'right' },
      { title: 'changed', align: 'right' },
      { title: 'paid', align: 'right' },
      { title: 'difference', align: 'right' },
    ],
    neurons.map((neuron) => [
      String(neuron.netuid),
      shortAddress(neuron.hotkey),
      grouped(neuron.epochs),
      grouped(neuron.changed),
      alpha(neuron.server.own + neuron.validator.own),
      signed(gainOf(neuron)),
    ]),
  )
  return lines.join('\n')
}
