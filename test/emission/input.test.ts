/** What no chain could hold is refused with a typed error, by every implementation, which then still answers. */

import { beforeAll, describe, expect, test } from 'vitest'
import {
  Accounts,
  columnsOf,
  type Draft,
  type Emission,
  type EmissionKind,
  InputError,
  loadEmission,
  NETWORK_TABLES,
  type NetworkColumns,
  type NetworkRows,
  type NetworkSubnetsRow,
  networkState,
  type Pool,
} from '../../ts/emission/index.ts'
import { networkSnapshot } from './network.ts'

const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']

function stateWith(subnet: Draft<NetworkSubnetsRow>, rows: Draft<NetworkRows> = {}): NetworkColumns {
  return columnsOf(NETWORK_TABLES, {
    globals: { totalIssuance: 10n ** 15n },
    ...rows,
    subnets: [{ netuid: 3, tao: 10n ** 12n, alpha: 10n ** 13n, ...subnet }],
  })
}

/** A value of another type, where the types forbid it: what JavaScript can pass. */
const wrong = (value: unknown): never => value as never

function refused(run: () => unknown): InputError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return error as InputError
  }
  throw new Error('not refused')
}

/** A column with one value changed. */
function changed(
  columns: NetworkColumns,
  table: keyof NetworkColumns,
  column: string,
  change: (values: never) => unknown,
): NetworkColumns {
  const old = (columns as unknown as Record<string, Record<string, never>>)[table]!
  return { ...columns, [table]: { ...old, [column]: change(old[column]!) } }
}

describe.each(KINDS)('%s', (kind) => {
  let emission: Emission
  beforeAll(async () => {
    emission = await loadEmission({ prefer: kind })
  })
  const open = (columns: NetworkColumns, specVersion = 425): ReturnType<Emission['open']> =>
    emission.open({ specVersion, columns })
  const pool: Pool = {
    mechanism: 1,
    tao: 0n,
    alpha: 0n,
    quoteWeight: 5n * 10n ** 17n,
    initialized: false,
    feeRate: 33,
  }

  test('what is refused below runs as it should be', () => {
    const network = open(stateWith({}))
    network.run(2)
    expect(network.report().block).toBe(2n)
    network.close()
  })

  test.each([
    ['a negative reserve', { tao: -1n }, 'subnets.tao', '-1n'],
    ['a missing reserve', { alpha: wrong(null) }, 'subnets.alpha', 'found null'],
    ['a reserve beyond 64 bits', { tao: 1n << 64n }, 'subnets.tao', '18446744073709551616'],
    ['a reserve that is no bigint', { tao: wrong(0.5) }, 'subnets.tao', '0.5'],
    ['a tempo that is no integer', { tempo: 0.5 }, 'subnets.tempo', '0.5'],
    ['a weight above one', { quoteWeight: 10n ** 18n + 1n }, 'quote_weight', 'at most 0.99'],
    ['a weight of nothing', { quoteWeight: 0n }, 'quote_weight', 'at least 0.01'],
    [
      'a share of root above one',
      { rootProp: (1n << 32n) + 1n },
      'subnets.root_prop',
      'a share of at most 1',
    ],
    [
      'children whose shares sum to above one',
      { children: [2, 3].map((child) => ({ hotkey: 1, part: 1n << 63n, child })) },
      'children.part',
      'shares of at most 1',
    ],
    ['a lease', { leased: true }, 'leased', 'not covered'],
    ['no list', { neurons: wrong({}) }, 'neurons', 'an array'],
    [
      'a share that is no decimal',
      { stakes: [{ hotkey: 1, total: 1n, kind: 1, mantissa: 5n }] },
      'stakes.mantissa',
      '10^20',
    ],
    ['a share of no kind', { stakes: [{ hotkey: 1, kind: 7 }] }, 'stakes.mantissa', 'kind 0, 1 or 2'],
    [
      'a share that is none',
      { stakes: [{ hotkey: 1, shares: [{ coldkey: 1, kind: 0 }] }] },
      'shares.coldkey',
      'a share',
    ],
    ['a hotkey twice', { stakes: [{ hotkey: 1 }, { hotkey: 1 }] }, 'stakes.hotkey', 'once'],
  ] as const)('%s', (_, subnet, field, expected) => {
    const error = refused(() => open(stateWith(subnet as Draft<NetworkSubnetsRow>)))
    expect(error.field).toBe(field)
    expect(error.netuid).toBe(3)
    expect(error.expected).toContain(expected)
    expect(error.message).toContain('of subnet 3')
  })

  test.each([
    ['another type', 'subnets', 'tao', () => [1n], 'subnets.tao', 'BigUint64Array, found an array'],
    ['a column given away', 'subnets', 'alpha', () => new BigUint64Array(0), 'subnets.alpha', '1 values'],
    ['too many values', 'subnets', 'tempo', () => new Uint16Array(2), 'subnets.tempo', '1 values, found 2'],
    ['half a wide value', 'subnets', 'volume', () => new BigUint64Array(1), 'subnets.volume', '2 values'],
    ['a flag of 2', 'subnets', 'leased', () => Uint8Array.of(2), 'subnets.leased', 'expected 0 or 1'],
    ['starts not from 0', 'neurons', 'start', () => Uint32Array.of(1, 1), 'neurons.start', '0 to begin with'],
    ['starts that fall', 'weights', 'start', () => Uint32Array.of(0, 9, 2), 'weights.start', 'values'],
    ['starts beyond the rows', 'neurons', 'start', () => Uint32Array.of(0, 9), 'neurons.hotkey', '9 values'],
    [
      'starts of 2^32 rows',
      'stakes',
      'start',
      () => Uint32Array.of(0, 0xffff_ffff),
      'stakes.hotkey',
      '4294967295 values',
    ],
  ] as const)('columns: %s', (_, table, column, change, field, expected) => {
    const error = refused(() => open(changed(stateWith({}), table, column, change)))
    expect(error.field).toBe(field)
    expect(error.expected).toContain(expected)
  })

  test('a table that is none, and state that is none', () => {
    for (const table of [undefined, null, 3])
      expect(refused(() => open({ ...stateWith({}), weights: wrong(table) })).field).toBe('weights')
    for (const state of [null, undefined, 5, 'text', [], {}])
      expect(refused(() => emission.open(wrong(state)))).toBeInstanceOf(InputError)
  })

  test('a subnet twice, and root as a subnet', () => {
    const twice = columnsOf(NETWORK_TABLES, { subnets: [{ netuid: 3 }, { netuid: 3 }] })
    expect(refused(() => open(twice))).toMatchObject({ field: 'netuid', netuid: 3 })
    expect(refused(() => open(stateWith({ netuid: 0 })))).toMatchObject({ field: 'netuid', netuid: 0 })
  })

  test('an unknown netuid: nothing has run', () => {
    const network = open(stateWith({}))
    const swap = { kind: 'buy', netuid: 9, amount: 1n, dropFees: false } as const
    const unknown = { field: 'netuid', netuid: 9 }
    expect(refused(() => network.run(1, { steps: [{ operations: [swap] }] }))).toMatchObject(unknown)
    expect(refused(() => network.run(1, { steps: [{ epochs: [{ netuid: 9, earned: [] }] }] }))).toMatchObject(
      unknown,
    )
    expect(refused(() => network.apply(swap))).toMatchObject(unknown)
    expect(refused(() => network.distribute({ netuid: 9 }))).toMatchObject(unknown)
    expect(refused(() => network.stakeWeights(9))).toMatchObject(unknown)
    expect(network.columns().globals.block).toBe(0n)
  })

  test('an epoch that does not run in its block', () => {
    const network = open(stateWith({}))
    const epochs = [{ netuid: 3, earned: [] }]
    expect(refused(() => network.run(1, { steps: [{ epochs }] }))).toMatchObject({
      field: 'epochs',
      netuid: 3,
    })
    const twice = { steps: [{ epochs: [...epochs, ...epochs] }] }
    expect(refused(() => network.run(1, twice))).toMatchObject({ field: 'epochs.netuid', netuid: 3 })
  })

  test.each([
    [0, '300'],
    [301, '300 and 411 to 419'],
    [420, '411 to 419 and 421'],
    [474, '449 to 473 and 475'],
    [0xffff_ffff, '475'],
  ])('spec version %i: the nearest are %s', (specVersion, nearest) => {
    const error = refused(() => open(stateWith({}), specVersion))
    expect(error.field).toBe('spec_version')
    expect(error.expected).toContain(`${specVersion} is none, the nearest: ${nearest},`)
  })

  test.each([300, 411, 424, 440, 445, 447])(
    'spec version %i, of which only parts are known',
    (specVersion) => {
      const network = open(stateWith({}), specVersion)
      for (const call of [() => network.run(1), () => network.distribute({ netuid: 3, earned: [] })]) {
        const error = refused(call)
        expect(error.field).toBe('spec_version')
        expect(error.expected).toMatch(/is none, the nearest: 425\b/)
      }
      expect(network.shares().emissions.length).toBe(1)
      if (specVersion === 300) expect(network.coinbase().terms.netuid).toEqual(Uint16Array.of(3))
      else expect(refused(() => network.coinbase()).field).toBe('spec_version')
    },
  )

  test('an epoch without what it reads: the network is no more use', () => {
    const network = open(stateWith({ tempo: 1, neurons: [{ hotkey: 1 }] }))
    expect(refused(() => network.run(3))).toMatchObject({ field: 'consensus', netuid: 3 })
    for (const call of [() => network.run(1), () => network.columns(), () => network.shares()])
      expect(refused(call)).toMatchObject({ field: 'network' })
  })

  test('too many blocks, too many reports, too many steps', () => {
    const network = open(stateWith({}))
    for (const blocks of [100_001, -1, 0.5, wrong(Number.NaN), wrong('1')])
      expect(refused(() => network.run(blocks)).field).toBe('blocks')
    const subnets = Array.from({ length: 6 }, (_, i) => ({ netuid: i + 1 }))
    const many = open(columnsOf(NETWORK_TABLES, { subnets }))
    expect(refused(() => many.run(100_000, { reports: 'all' })).field).toBe('blocks')
    const operations = [{ kind: 'emission_enabled', netuid: 3, enabled: false }] as const
    expect(refused(() => network.run(1, { steps: [{}, { operations }] })).field).toBe('operations.block')
    expect(refused(() => network.run(1, wrong({ reports: 'none' }))).field).toBe('reports')
    expect(refused(() => network.report()).field).toBe('report')
  })

  test('requests that are none', () => {
    const network = open(stateWith({}))
    const operations = wrong([{ kind: 'hold', netuid: 3 }])
    expect(refused(() => network.run(1, { steps: [{ operations }] })).field).toBe('operations.kind')
    expect(refused(() => emission.quote({ pool, side: wrong('hold'), amount: 1n })).field).toBe('side')
    expect(refused(() => emission.quote({ pool: wrong(null), side: 'buy', amount: 1n })).field).toBe('pool')
    const heavy = { ...pool, quoteWeight: 1n }
    expect(refused(() => emission.quote({ pool: heavy, side: 'buy', amount: 1n })).field).toBe('quote_weight')
    expect(refused(() => emission.blockEmission(-1n)).field).toBe('issuance')
    expect(refused(() => emission.facts(232)).field).toBe('spec_version')
    const schedule = { netuid: 1, tempo: 1, lastEpochBlock: 0n, pendingEpochAt: 0n, blocksSinceLastStep: 0n }
    expect(refused(() => emission.schedule({ ...schedule, specVersion: 1, block: 1n })).field).toBe(
      'spec_version',
    )
    const relations = {
      rowStart: Uint32Array.of(0, 5),
      account: new Uint32Array(1),
      proportion: new BigUint64Array(1),
    }
    const weights = {
      netuid: 1,
      n: 1,
      taoWeight: 0n,
      totalHotkeyAlpha: new BigUint64Array(1),
      rootAlpha: new BigUint64Array(1),
      parentKeys: relations,
      childKeys: relations,
    }
    expect(refused(() => emission.stakeWeights(weights)).field).toBe('children.account')
  })

  test('swaps that the chain refuses are answers, not errors', () => {
    expect(emission.quote({ pool, side: 'buy', amount: 5n })).toEqual({ refused: 'SwapInputTooLarge' })
    expect(emission.swap({ pool, side: 'sell', amount: 0n, dropFees: true })).toEqual({
      swap: { refused: 'ReservesTooLow' },
      pool,
    })
    const network = open(stateWith({ tao: 0n }))
    expect(network.apply({ kind: 'buy', netuid: 3, amount: 5n, dropFees: true })).toEqual({
      refused: 'SwapInputTooLarge',
    })
  })

  test('a quote is what the swap then gives, alone and in a network', () => {
    const full = { ...pool, tao: 10n ** 13n, alpha: 10n ** 14n, initialized: true }
    for (const side of ['buy', 'sell'] as const) {
      const amount = 10n ** 11n
      const quote = emission.quote({ pool: full, side, amount })
      const { swap, pool: after } = emission.swap({ pool: full, side, amount, dropFees: false })
      if ('refused' in quote || 'refused' in swap) throw new Error('refused')
      expect(quote.swap).toEqual(swap)
      expect(quote.priceAfter > quote.priceBefore).toBe(side === 'buy')
      const network = open(stateWith({ tao: full.tao, alpha: full.alpha, poolInitialized: true }))
      expect(network.apply({ kind: side, netuid: 3, amount, dropFees: false })).toEqual(swap)
      const { tao, alpha } = network.columns().subnets
      expect([tao[0], alpha[0]]).toEqual([after.tao, after.alpha])
    }
  })
})

test('implementations that are none', async () => {
  await expect(loadEmission({ prefer: wrong('reference') })).rejects.toMatchObject({
    code: 'input',
    field: 'prefer',
  })
})

describe('snapshots', () => {
  test('a share above one', () => {
    const above = { minerBurned: (1n << 32n) + 1n }
    const error = refused(() => networkState(networkSnapshot(2, { items: above })))
    expect(error).toMatchObject({ field: 'miner_burned', netuid: 1 })
  })

  test('addresses that are none', () => {
    const owner = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX'
    const items = { subnetOwner: owner }
    expect(refused(() => networkState(networkSnapshot(2, { items }))).field).toBe('hotkeys')
    expect(refused(() => new Accounts([''])).field).toBe('hotkeys')
  })

  test('accounts are in the order of their keys, after the key of zeros', () => {
    const { accounts } = networkState(networkSnapshot(3))
    expect(accounts.address(0)).toBe('5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM')
    for (const [account, address] of accounts.addresses.entries()) expect(accounts.of(address)).toBe(account)
    expect(refused(() => accounts.address(accounts.addresses.length)).field).toBe('account')
  })
})
