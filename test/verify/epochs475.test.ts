import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Chain, connect } from '../../ts/chain/index.ts'
import type { NetworkRows, NetworkSubnetsRow } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { Engine, EpochResult } from '../../ts/engine/types.ts'
import type { ChainSnapshot } from '../../ts/snapshot/network.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'
import {
  type Difference,
  type EpochStates,
  explain,
  type Field,
  readEpoch,
  type Verification,
  verifyEpoch,
  verifyStates,
} from '../../ts/verify/index.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { yuma } from './cli.ts'
import { LaidRun } from './laid-run.ts'

const SHAPE = {
  subnets: 10,
  seed: 31,
  block: 8_000_000n,
  maxEpochsPerBlock: 2,
  tempos: [6, 13],
  specVersion: 475,
} as const

const emission = await loadEmission()
const folder = mkdtempSync(join(tmpdir(), 'yuma-epochs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Other weights of every validator, as if they had set them. */
function reweighed({ mechanisms, ...subnet }: NetworkSubnetsRow, random: Random): NetworkSubnetsRow {
  return {
    ...subnet,
    mechanisms: mechanisms.map((mechanism) => ({
      ...mechanism,
      weightRows: mechanism.weightRows.map(({ weights }) => ({
        weights: weights.map(({ uid }) => ({ uid, value: random.chance(0.3) ? 0 : random.u16() })),
      })),
    })),
  }
}

/** The other consensus, as the owner chooses it. Under Null neurons come whom bonds were held in before. */
function switched(subnet: NetworkSubnetsRow): NetworkSubnetsRow {
  const { epochConsensus, lastYumaStepBlock, lastMechanismStepBlock: last, neurons } = subnet
  if (epochConsensus === 0)
    return { ...subnet, epochConsensus: 1, lastYumaStepBlock: lastYumaStepBlock ?? last }
  const came = neurons.map((neuron, uid) =>
    uid % 4 === 3 ? { ...neuron, blockAtRegistration: last } : neuron,
  )
  return { ...subnet, epochConsensus: 0, neurons: came }
}

/** What transactions do between blocks: weights, modes of liquid alpha, and here and there another consensus. */
function changed(rows: NetworkRows, number: number, random: Random): NetworkRows {
  const subnets = rows.subnets.map((subnet) => {
    const own = subnet.netuid % 4 === number % 4 ? reweighed(subnet, random) : subnet
    const mode = (own.liquidAlphaConsensusMode + Number(number % 20 === 0)) % 3
    const liquid = subnet.netuid % 3 > 0
    const next = { ...own, yuma3On: liquid, liquidAlphaOn: liquid, liquidAlphaConsensusMode: mode }
    return number % 12 === 0 && subnet.netuid % 3 === 1 ? switched(next) : next
  })
  return { ...rows, subnets }
}

/** What would be another epoch of the snapshot, were something of it not read. */
const UNREAD: Readonly<Record<string, (snapshot: ChainSnapshot) => Snapshot>> = {
  mode: ({ liquidAlphaConsensusMode: _, ...rest }) => rest,
  'stored consensus': (snapshot) => ({
    ...snapshot,
    mechanisms: snapshot.mechanisms.map(({ consensusByMechanism: _, ...mechanism }) => mechanism),
  }),
  'choice of consensus': ({ subnetEpochConsensus: _, ...rest }) => rest,
  'last step under Yuma': ({ lastYumaStepBlock: _, ...rest }) => rest,
  'parts of the emission': ({
    pendingServerEmission: _,
    pendingValidatorEmission: __,
    pendingRootAlphaDivs: ___,
    ...rest
  }) => rest,
}

/** What of {@link UNREAD} makes another result. */
function whatMatters(engine: Engine, before: ChainSnapshot): readonly string[] {
  const result = engine.epoch(before)
  return Object.entries(UNREAD)
    .filter(([, without]) => !isEqual(engine.epoch(without(before)), result))
    .map(([name]) => name)
}

function isEqual(a: EpochResult, b: EpochResult): boolean {
  const text = (result: EpochResult): string =>
    JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return text(a) === text(b)
}

describe('epochs of a run at spec 475, under synthetic metadata', () => {
  test('under Yuma and Null, switched from one to the other: equal, whatever they read', async () => {
    const engine = await loadEngine()
    const [run, random] = [new LaidRun(emission, SHAPE), new Random(7)]
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    const [counts, mattering] = [new Map<string, number>(), new Map<string, number>()]
    const count = (counts: Map<string, number>, name: string): void =>
      void counts.set(name, (counts.get(name) ?? 0) + 1)
    for (let i = 0; i < 72; i++) {
      const { number, report } = run.next()
      for (const { netuid } of report.payouts) {
        const states = await readEpoch(chain, { netuid, block: number })
        const verification = verifyStates(engine, emission, states)
        expect(verification).toMatchObject({ outcome: 'equal', differences: [] })
        // Of the other epochs of the block it was not read who they pay.
        for (const { event } of verification.notComparable) expect(event).toMatch(/^the payout of the epoch/)
        expect(verification.notes.filter(({ kind }) => kind !== 'not-covered')).toEqual([])
        expectFields(verification)
        for (const name of whatMatters(engine, states.before)) count(mattering, name)
        count(counts, states.before.subnetEpochConsensus!)
        if (counts.get(states.before.subnetEpochConsensus!)! % 8 === 1)
          await expectSameByCommand(server.url, states)
        if (states.before.mechanisms.length > 1) count(counts, 'of several mechanisms')
        if (states.before.accounts.suspended.some(Boolean)) count(counts, 'with a suspended parent')
      }
      run.change((rows) => changed(rows, number, random))
    }
    console.info([...counts].map(([name, times]) => `${times} ${name}`).join(', '))
    console.info([...mattering].map(([name, times]) => `${name} told in ${times}`).join(', '))
    for (const name of ['Yuma', 'Null', 'of several mechanisms', 'with a suspended parent'])
      expect(counts.get(name), name).toBeGreaterThan(10)
    expect([...mattering.keys()].sort()).toEqual(Object.keys(UNREAD).sort())
  })
})

/** The state before as `yuma pull` has it, and its epoch as `yuma epoch` has it, beside what the chain stored. */
async function expectSameByCommand(url: string, { netuid, before, after }: EpochStates): Promise<void> {
  const file = join(folder, `${netuid}-${before.block}.json`)
  const at = ['--netuid', String(netuid), '--at', before.blockHash]
  expect((await yuma('pull', ...at, '--endpoint', url, '-o', file)).code).toBe(0)
  const { code, out, err } = await yuma('epoch', file, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const result = JSON.parse(out)
  expect(result.rules.spec).toBe(475)
  const { stored } = after
  const several = stored.incentive.length > 1
  expect(result).toMatchObject({
    consensus: [...stored.consensus],
    dividends: [...stored.dividends],
    validator_trust: [...stored.validatorTrust],
    stake_weight: [...stored.stakeWeight],
    ...(several ? {} : { incentive: [...stored.incentive[0]!] }),
  })
}

/** What an epoch of 475 stores is compared, whatever it pays by. */
function expectFields({ checked }: Verification): void {
  const fields = checked.map(({ field }) => field)
  expect(fields).toEqual(expect.arrayContaining([...BY_UID, 'LastMechansimStepBlock', 'LastYumaStepBlock']))
  const counts = new Map(checked.map(({ field, values }) => [field, values]))
  for (const field of BY_UID) expect(counts.get(field), field).toBeGreaterThan(0)
}

const BY_UID: readonly Field[] = [
  'stakeWeight',
  'active',
  'validatorPermit',
  'consensus',
  'consensusByMechanism',
  'validatorTrust',
  'incentive',
  'dividends',
]

type Column = Uint8Array | Uint16Array | BigUint64Array

/** Every column that an epoch stored, with its mechanism where each has one. */
function columnsOf({ after }: EpochStates): readonly (readonly [Field, number | null, Column])[] {
  const { stored } = after
  const ofEach = (field: Field, columns: readonly Column[]) =>
    columns.map((column, mechanism) => [field, mechanism, column] as const)
  return [
    ['stakeWeight', null, stored.stakeWeight],
    ['active', null, stored.active],
    ['validatorPermit', null, after.validatorPermit],
    ['consensus', null, stored.consensus],
    ['validatorTrust', null, stored.validatorTrust],
    ['dividends', null, stored.dividends],
    ['emission', null, stored.emission],
    ...ofEach('consensusByMechanism', stored.consensusByMechanism),
    ...ofEach('incentive', stored.incentive),
    ...ofEach(
      'bonds',
      after.mechanisms.map(({ bonds }) => bonds.value),
    ),
  ]
}

/** One unit up; a flag the other way; the largest value one down. */
function oneOff(value: number | bigint, field: Field): number | bigint {
  if (typeof value === 'bigint') return value + 1n
  if (field === 'active' || field === 'validatorPermit') return 1 - value
  return value === 65_535 ? value - 1 : value + 1
}

type Named = Pick<Difference, 'field' | 'mechanism'>

/** Changes each stored value in turn, says what must be found, and puts it back. */
function* flips(states: EpochStates, compared: ReadonlySet<Field>): Generator<Named> {
  for (const [field, mechanism, column] of columnsOf(states)) {
    if (!compared.has(field)) continue
    for (const [at, value] of column.entries()) {
      column[at] = oneOff(value, field) as never
      yield { field, mechanism }
      column[at] = value as never
    }
  }
}

/** Another last step under Yuma in the state after, wherever it stands. */
function withLastYumaStep(states: EpochStates, lastYumaStepBlock: bigint | null): EpochStates {
  const { netuid, block } = states
  const subnets = block.after.subnets.map((side) =>
    side.netuid === netuid ? { ...side, items: { ...side.items, lastYumaStepBlock } } : side,
  )
  return {
    ...states,
    after: { ...states.after, lastYumaStepBlock },
    block: { ...block, after: { ...block.after, subnets } },
  }
}

/** States whose epoch ran, under a consensus and of so many mechanisms. */
async function statesOf(
  run: LaidRun,
  chain: Chain,
  consensus: 'Yuma' | 'Null',
  mechanisms: number,
): Promise<EpochStates> {
  for (;;) {
    const { number, report } = run.next()
    for (const { netuid } of report.payouts) {
      const states = await readEpoch(chain, { netuid, block: number })
      const { before } = states
      if (before.subnetEpochConsensus === consensus && before.mechanisms.length === mechanisms) return states
    }
  }
}

describe('a value that an epoch of 475 stored, changed by one unit', () => {
  test.each([
    ['Yuma', 1],
    ['Yuma', 2],
    ['Null', 1],
    ['Null', 2],
  ] as const)('under %s, of %i mechanisms: found and named', async (consensus, mechanisms) => {
    const engine = await loadEngine()
    const run = new LaidRun(emission, SHAPE)
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    // After some epochs, so that there are bonds.
    for (let i = 0; i < 14; i++) run.next()
    const number = Number(consensus === 'Null')
    run.change((rows) => ({
      ...rows,
      subnets: rows.subnets.map((subnet) => (subnet.epochConsensus === number ? subnet : switched(subnet))),
    }))
    const states = await statesOf(run, chain, consensus, mechanisms)
    const verification = verifyStates(engine, emission, states)
    expect(verification.outcome).toBe('equal')
    const explained = () => explain(engine, emission, states, { uid: 0, search: false })
    if (consensus === 'Null') expect(explained).toThrow(/subnet_epoch_consensus/)
    else expect(explained().verified).toBe(true)
    const compared = new Set(verification.checked.map(({ field }) => field))
    const found = new Map<Field, number>()
    for (const named of flips(states, compared)) {
      const { outcome, differences } = verifyStates(engine, emission, states)
      expect(outcome).toBe('different')
      expect(differences).toMatchObject([named])
      found.set(named.field, (found.get(named.field) ?? 0) + 1)
    }
    for (const field of BY_UID) expect(found.get(field), field).toBeGreaterThanOrEqual(states.before.n)
    for (const other of [null, 0n, states.after.lastYumaStepBlock! + 1n]) {
      const { differences } = verifyStates(engine, emission, withLastYumaStep(states, other))
      expect(differences).toMatchObject([{ field: 'LastYumaStepBlock', firstStep: 'schedule' }])
    }
    console.info([...found].map(([field, times]) => `${field} ${times}`).join(', '))
  })

  test.each(['Yuma', 'Null'] as const)(
    'under %s, by an emission that knows no block of 475',
    async (consensus) => {
      const engine = await loadEngine()
      const run = new LaidRun(emission, SHAPE)
      await using server = await ChainServer.start(run.chain)
      await using chain = await connect(server.url)
      const states = await statesOf(run, chain, consensus, 1 + Number(consensus === 'Null'))
      const alone = {
        ...emission,
        facts: (spec: number) => ({ ...emission.facts(spec), block: false, coinbase: false }),
      }
      const verification = verifyStates(engine, alone, states)
      expect(verification).toMatchObject({ outcome: 'equal', differences: [], notComparable: [] })
      expectFields(verification)
      const fields = verification.checked.map((one) => one.field)
      // Null pays of amounts apart, which one stored emission does not tell.
      const inferred = consensus === 'Yuma'
      expect(verification.pot?.known).toBe(inferred ? 'inferred' : undefined)
      expect(fields.includes('emission')).toBe(inferred)
      for (const field of ['SubnetTAO', 'TotalHotkeyAlpha']) {
        expect(verification.notes.map(({ about }) => about).join()).toContain(field)
        expect(fields).not.toContain(field)
      }
      const late = withLastYumaStep(states, states.after.lastYumaStepBlock! + 1n)
      expect(verifyStates(engine, alone, late).differences).toMatchObject([{ field: 'LastYumaStepBlock' }])
    },
  )

  test('in the storage of the node', async () => {
    const run = new LaidRun(emission, SHAPE)
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    const { netuid, before } = await statesOf(run, chain, 'Yuma', 1)
    const number = Number(before.block)
    run.change((rows) => ({
      ...rows,
      subnets: rows.subnets.map((subnet) =>
        subnet.netuid === netuid ? { ...subnet, lastYumaStepBlock: subnet.lastYumaStepBlock! - 1n } : subnet,
      ),
    }))
    const { differences } = await verifyEpoch(await loadEngine(), chain, { netuid, block: number })
    expect(differences).toMatchObject([
      { field: 'LastYumaStepBlock', chain: String(number - 1), ours: String(number) },
    ])
  })
})
