import {
  type ChainSnapshot,
  chainSnapshotOf,
  NETWORK_SCHEMA,
  type NetworkSnapshot,
  type ParsedDocument,
  parseDocuments,
  parseNetwork,
  type Snapshot,
} from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import { readSchema } from '../snapshot/parse.ts'
import { unpack } from '../snapshot/unpack.ts'
import { upgradeSentence } from '../snapshot/upgrade.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, proportion, shortAddress, type TableColumn, table } from './format.ts'

const FRACTION_BITS = 32
const MAX_LISTED = 20

/** `yuma inspect` */
export const inspect: Command = {
  name: 'inspect',
  usage: 'FILE [options]',
  about: `Shows what is in a file: a snapshot, a whole network, a vector or a set of vectors, plain or gzip; - is
standard input.`,
  options: { json: { help: 'as JSON, one line for each snapshot' } },
  async run(args, io) {
    const path = args.single('FILE')
    const file = shownName(path)
    const bytes = await unpack(await readBytes(path), file)
    const schema = readSchema(bytes, file)
    if (schema === NETWORK_SCHEMA) {
      const network = await parseNetwork(bytes, { file })
      await io.out.write(args.has('json') ? networkJson(network) : lines(networkReport(network)))
      return EXIT.done
    }
    const documents = await parseDocuments(bytes, { file })
    const views = documents.map((document) => viewOf(document, file))
    await io.out.write(args.has('json') ? views.map(viewJson) : lines(documentReport(schema, views)))
    return EXIT.done
  },
}

/** A document, and its sections where it was read from a chain. */
interface View {
  readonly document: ParsedDocument
  readonly chain: ChainSnapshot | undefined
}

function viewOf(document: ParsedDocument, file: string): View {
  return { document, chain: chainSnapshotOf(document.snapshot, { file }) }
}

function lines(report: readonly string[]): string[] {
  return report.map((line) => `${line}\n`)
}

function entries(snapshot: Snapshot, of: 'weights' | 'bonds'): number {
  return snapshot.mechanisms.reduce((sum, mechanism) => sum + mechanism[of].uid.length, 0)
}

function validators({ validatorPermit }: Snapshot): number {
  return validatorPermit.reduce((sum, permit) => sum + Number(permit !== 0), 0)
}

/** Whole rao of all stake, from I64F64 words. */
function wholeStake({ totalStake }: Snapshot): bigint {
  return totalStake.reduce((sum, word, at) => (at % 2 === 1 ? sum + BigInt.asIntN(64, word) : sum), 0n)
}

function summary(snapshot: Snapshot): Readonly<Record<string, unknown>> {
  return {
    netuid: snapshot.netuid ?? null,
    name: snapshot.name ?? null,
    spec_version: snapshot.specVersion,
    block: String(snapshot.block),
    block_hash: snapshot.blockHash ?? null,
    n: snapshot.n,
    validators: validators(snapshot),
    mechanisms: snapshot.mechanisms.length,
    weights: entries(snapshot, 'weights'),
    bonds: entries(snapshot, 'bonds'),
    stake: String(wholeStake(snapshot)),
    emission: String(snapshot.emission),
    yuma3_on: snapshot.yuma3On,
    liquid_alpha_on: snapshot.liquidAlphaOn,
    commit_reveal_enabled: snapshot.commitRevealEnabled,
    sections: Object.keys(snapshot.extra ?? {}),
  }
}

function viewJson({ document, chain }: View): string {
  const state = chain === undefined ? {} : stateJson(chain)
  return `${JSON.stringify({ kind: document.kind, ...summary(document.snapshot), ...state })}\n`
}

function stateJson({
  stateBlock,
  upgradedFrom,
  unread,
}: ChainSnapshot | NetworkSnapshot): Readonly<Record<string, unknown>> {
  return { state_block: String(stateBlock), upgraded_from: upgradedFrom, unread }
}

function upgradeFacts(state: ChainSnapshot | NetworkSnapshot): readonly string[] {
  const sentence = upgradeSentence(state)
  return sentence === undefined ? [] : [sentence]
}

function networkJson(network: NetworkSnapshot): string[] {
  return network.subnets.map(({ netuid, epoch }) => {
    const what = epoch === null ? { netuid, n: 0 } : summary(epoch)
    return `${JSON.stringify({ kind: 'subnet', ...what, ...stateJson(network) })}\n`
  })
}

function documentReport(schema: string, views: readonly View[]): readonly string[] {
  const [only] = views
  if (views.length === 1 && only !== undefined) return [schema, '', ...snapshotReport(only)]
  const shown = views.slice(0, MAX_LISTED)
  const rest = views.length - shown.length
  return [
    `${schema}: ${grouped(views.length)} epochs`,
    '',
    ...table(
      DOCUMENT_COLUMNS,
      shown.map(({ document: { name, snapshot } }) => [
        name,
        String(snapshot.specVersion),
        grouped(snapshot.block),
        grouped(snapshot.n),
        grouped(validators(snapshot)),
        grouped(entries(snapshot, 'weights')),
        grouped(entries(snapshot, 'bonds')),
      ]),
    ),
    ...(rest > 0 ? [`  … and ${grouped(rest)} more`] : []),
  ]
}

const DOCUMENT_COLUMNS: readonly TableColumn[] = [
  { title: 'name', align: 'left' },
  { title: 'spec', align: 'right' },
  { title: 'block', align: 'right' },
  { title: 'n', align: 'right' },
  { title: 'validators', align: 'right' },
  { title: 'weights', align: 'right' },
  { title: 'bonds', align: 'right' },
]

function snapshotReport({ document, chain }: View): readonly string[] {
  const { snapshot } = document
  const facts: readonly (readonly [string, string])[] = [
    ['name', document.name],
    ['spec version', String(snapshot.specVersion)],
    ...stateFacts(chain),
    ['epoch in block', grouped(snapshot.block)],
    ['last epoch in block', grouped(snapshot.lastMechanismStepBlock)],
    ['tempo', grouped(snapshot.tempo)],
    ['neurons', grouped(snapshot.n)],
    [
      'validator permits',
      `${grouped(validators(snapshot))}, at most ${grouped(snapshot.maxAllowedValidators)}`,
    ],
    ['owner', ownerText(snapshot)],
    ['stake', `${alpha(wholeStake(snapshot))}, threshold ${alpha(snapshot.stakeThreshold)}`],
    ['emission to share out', `${alpha(snapshot.emission)} alpha`],
    ['bonds', bondsText(snapshot)],
    ['kappa', proportion(snapshot.kappa)],
    ['inactive after', `${grouped(snapshot.activityCutoffBlocks)} blocks`],
    ['commit-reveal', snapshot.commitRevealEnabled ? 'on' : 'off'],
    ...snapshot.mechanisms.map(
      ({ weights, bonds }, id) =>
        [
          `mechanism ${id}`,
          `${grouped(weights.uid.length)} weights, ${grouped(bonds.uid.length)} bonds`,
        ] as const,
    ),
    ...chainFacts(chain),
  ]
  const width = Math.max(...facts.map(([name]) => name.length)) + 2
  return facts.map(([name, text]) => `  ${name.padEnd(width)}${text}`)
}

function ownerText({ ownerUid, hotkeys }: Snapshot): string {
  if (ownerUid === null) return 'none'
  const hotkey = hotkeys?.[ownerUid]
  return hotkey === undefined ? `uid ${ownerUid}` : `uid ${ownerUid}, ${shortAddress(hotkey)}`
}

function bondsText(snapshot: Snapshot): string {
  const { yuma3On, liquidAlphaOn, alphaLow, alphaHigh } = snapshot
  const liquid =
    yuma3On && liquidAlphaOn ? `, liquid alpha ${proportion(alphaLow)} to ${proportion(alphaHigh)}` : ''
  return `${yuma3On ? 'Yuma3' : 'classic'}${liquid}, penalty ${proportion(snapshot.bondsPenalty)}`
}

function stateFacts(chain: ChainSnapshot | undefined): readonly (readonly [string, string])[] {
  if (chain === undefined) return []
  return [['state of block', `${grouped(chain.stateBlock)}, ${chain.blockHash}`]]
}

function chainFacts(chain: ChainSnapshot | undefined): readonly (readonly [string, string])[] {
  if (chain === undefined) return []
  const { subnet, accounts } = chain
  const related = accounts.hotkeys.length - chain.n
  const maturing = chain.maturingCommits.length
  return [
    [
      'pool',
      `${alpha(subnet.subnetTao)} TAO, ${alpha(subnet.subnetAlphaIn)} alpha in, ${alpha(subnet.subnetAlphaOut)} out`,
    ],
    ['moving price', movingPrice(subnet.subnetMovingPrice)],
    ['pending owner cut', `${alpha(subnet.pendingOwnerCut)} alpha`],
    [
      'parents and children',
      `${grouped(accounts.parentKeys.account.length)} and ${grouped(accounts.childKeys.account.length)}, ${grouped(related)} of them elsewhere`,
    ],
    ...(maturing === 0 ? [] : [['commits to reveal', `${maturing} in the block of the epoch`] as const]),
    ...upgradeFacts(chain).map((text) => ['upgrade', text] as const),
    ...(chain.unread.length === 0 ? [] : [['not read', chain.unread.join(', ')] as const]),
  ]
}

/** I96F32 bits, for reading. */
function movingPrice(bits: bigint): string {
  return (Number(bits) / 2 ** FRACTION_BITS).toFixed(9)
}

const NETWORK_COLUMNS: readonly TableColumn[] = [
  { title: 'netuid', align: 'right' },
  { title: 'n', align: 'right' },
  { title: 'validators', align: 'right' },
  { title: 'tempo', align: 'right' },
  { title: 'last epoch', align: 'right' },
  { title: 'moving price', align: 'right' },
  { title: 'TAO in pool', align: 'right' },
  { title: 'alpha to share out', align: 'right' },
]

function networkReport(network: NetworkSnapshot): readonly string[] {
  const neurons = network.subnets.reduce((sum, { epoch }) => sum + (epoch?.n ?? 0), 0)
  return [
    NETWORK_SCHEMA,
    '',
    `  state of block ${grouped(network.stateBlock)}, ${network.blockHash}`,
    `  spec ${network.specVersion}, ${network.subnets.length} subnets, ${grouped(neurons)} neurons`,
    `  issuance ${alpha(network.network.totalIssuance)} TAO, staked ${alpha(network.network.totalStake)}`,
    ...upgradeFacts(network).map((text) => `  ${text}`),
    ...(network.unread.length === 0 ? [] : [`  not read: ${network.unread.join(', ')}`]),
    '',
    ...table(
      NETWORK_COLUMNS,
      network.subnets.map(({ netuid, subnet, epoch }) => [
        String(netuid),
        grouped(epoch?.n ?? 0),
        grouped(epoch === null ? 0 : validators(epoch)),
        grouped(subnet.tempo),
        grouped(subnet.lastMechansimStepBlock),
        movingPrice(subnet.subnetMovingPrice),
        alpha(subnet.subnetTao),
        alpha(epoch?.emission ?? 0n),
      ]),
    ),
  ]
}
