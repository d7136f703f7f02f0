/** What no chain could hold is refused with a typed error, by every implementation, which then still answers. */

import { beforeAll, describe, expect, test } from 'vitest'
import {
  Accounts,
  blankNetwork,
  blankSubnet,
  type Emission,
  type EmissionKind,
  type EmissionNetwork,
  type EmissionSubnet,
  EngineError,
  InputError,
  loadEmission,
  networkOf,
} from '../../ts/emission/index.ts'
import { networkSnapshot } from './network.ts'

const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']

function networkWith(
  subnet: Partial<EmissionSubnet>,
  network: Partial<EmissionNetwork> = {},
): EmissionNetwork {
  const blank = blankSubnet(3)
  const pool = { ...blank.pool, tao: 10n ** 12n, alpha: 10n ** 13n }
  return {
    ...blankNetwork(),
    totalIssuance: 10n ** 15n,
    ...network,
    subnets: [{ ...blank, pool, ...subnet }],
  }
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

describe.each(KINDS)('%s', (kind) => {
  let emission: Emission
  beforeAll(async () => {
    emission = await loadEmission({ prefer: kind })
  })
  const run = (network: EmissionNetwork, specVersion = 425): unknown =>
    emission.runBlocks({ specVersion, network, blocks: 1 })
  const pool = blankSubnet(3).pool

  test('what is refused below runs as it should be', () => {
    const { reports } = emission.runBlocks({ specVersion: 425, network: networkWith({}), blocks: 2 })
    expect(reports.map(({ block }) => block)).toEqual([1n, 2n])
  })

  test.each([
    ['a negative reserve', { pool: { ...pool, tao: -1n } }, 'tao', '"-1"'],
    ['a missing reserve', { pool: wrong({ ...pool, alpha: undefined }) }, 'alpha', 'found nothing'],
    ['a reserve beyond 64 bits', { pool: { ...pool, tao: 1n << 64n } }, 'tao', '18446744073709551616'],
    ['a reserve that is no integer', { pool: { ...pool, tao: wrong(0.5) } }, 'tao', '0.5'],
    ['a reserve that lost digits', { pool: { ...pool, tao: wrong(2 ** 60) } }, 'tao', '11529215046068'],
    [
      'a weight above one',
      { pool: { ...pool, quoteWeight: 10n ** 18n + 1n } },
      'quote_weight',
      'at most 0.99',
    ],
    ['a weight of nothing', { pool: { ...pool, quoteWeight: 0n } }, 'quote_weight', 'at least 0.01'],
    ['a share of root above one', { rootProp: (1n << 32n) + 1n }, 'root_prop', 'a share of at most 1'],
    [
      'children whose shares sum to above one',
      {
        children: [
          [
            1,
            [
              [1n << 63n, 2],
              [1n << 63n, 3],
            ],
          ],
        ] as EmissionSubnet['children'],
      },
      'children',
      'shares of at most 1',
    ],
    ['a lease', { leased: true }, 'leased', 'not covered'],
    ['no list', { neurons: wrong({}) }, 'neurons', 'a list'],
    ['no pool', { pool: wrong(null) }, 'pool', 'an object'],
    [
      'a share that is no decimal',
      { stakes: [{ hotkey: 1, total: 1n, denominator: { mantissa: 5n, exponent: 0n }, shares: [] }] },
      'mantissa',
      '10^20',
    ],
    [
      'a hotkey twice',
      { stakes: [1, 1].map((hotkey) => ({ hotkey, total: 1n, denominator: null, shares: [] })) },
      'hotkey',
      'once',
    ],
  ] as const)('%s', (_, subnet, field, expected) => {
    const error = refused(() => run(networkWith(subnet as Partial<EmissionSubnet>)))
    expect(error.field).toMatch(new RegExp(`^${field}`))
    expect(error.netuid).toBe(3)
    expect(error.expected).toContain(expected)
    expect(error.message).toContain('of subnet 3')
  })

  test('a subnet twice, and root as a subnet', () => {
    const network = networkWith({})
    const twice = { ...network, subnets: [...network.subnets, ...network.subnets] }
    expect(refused(() => run(twice))).toMatchObject({ field: 'netuid', netuid: 3 })
    expect(refused(() => run(networkWith({ netuid: 0 })))).toMatchObject({ field: 'netuid', netuid: 0 })
  })

  test('an unknown netuid', () => {
    const operations = [{ kind: 'buy', netuid: 9, amount: 1n, dropFees: false }] as const
    const call = { specVersion: 425, network: networkWith({}), blocks: 1 }
    const error = refused(() => emission.runBlocks({ ...call, steps: [{ operations }] }))
    expect(error).toMatchObject({ field: 'netuid', netuid: 9 })
    const epochs = [{ netuid: 9, emission: [] }]
    expect(refused(() => emission.runBlocks({ ...call, steps: [{ epochs }] }))).toMatchObject({
      field: 'epochs',
      netuid: 9,
    })
  })

  test.each([
    [0, 300],
    [426, 425],
    [439, 440],
    [460, 445],
    [0xffff_ffff, 445],
  ])('spec version %i: the nearest is %i', (specVersion, nearest) => {
    const calls = [
      () => run(networkWith({}), specVersion),
      () => emission.networkShares({ specVersion, network: networkWith({}) }),
      () => emission.vector({ function: 'subnet_shares', specVersion, in: {} }),
    ]
    for (const call of calls) {
      const error = refused(call)
      expect(error.field).toBe('spec_version')
      expect(error.expected).toContain(`the nearest is ${nearest}`)
    }
  })

  test.each([300, 411, 424, 440, 445])('spec version %i, of which only parts are known', (specVersion) => {
    const network = networkWith({})
    const { taoWeight, childkeyBurn, root, keys, subnets } = network
    const request = { specVersion, taoWeight, childkeyBurn, root, keys, subnet: subnets[0]!, emission: [] }
    for (const call of [() => run(network, specVersion), () => emission.distribute(request)]) {
      const error = refused(call)
      expect(error.field).toBe('spec_version')
      expect(error.expected).toContain('the nearest is 425')
    }
    expect(emission.networkShares({ specVersion, network }).subnets.length).toBe(1)
  })

  test('an epoch without what it reads', () => {
    const schedule = { ...blankSubnet(3).schedule, tempo: 1 }
    const error = refused(() => run(networkWith({ schedule, neurons: [{ hotkey: 1, childkeyTake: 0 }] })))
    expect(error).toMatchObject({ field: 'consensus', netuid: 3 })
  })

  test('too many blocks, too many reports, too many steps', () => {
    const call = { specVersion: 425, network: networkWith({}) }
    expect(refused(() => emission.runBlocks({ ...call, blocks: 100_001 })).field).toBe('blocks')
    expect(refused(() => emission.runBlocks({ ...call, blocks: -1 })).field).toBe('blocks')
    expect(refused(() => emission.runBlocks({ ...call, blocks: wrong(Number.NaN) })).field).toBe('blocks')
    const subnets = Array.from({ length: 6 }, (_, i) => ({ ...call.network.subnets[0]!, netuid: i + 1 }))
    const many = { ...call, network: { ...call.network, subnets }, blocks: 100_000 }
    expect(refused(() => emission.runBlocks(many)).field).toBe('blocks')
    expect(refused(() => emission.runBlocks({ ...call, blocks: 1, steps: [{}, {}] })).field).toBe('steps')
  })

  test('requests that are none', () => {
    for (const request of [null, undefined, 5, 'text', [], {}]) {
      expect(refused(() => emission.runBlocks(wrong(request)))).toBeInstanceOf(InputError)
      expect(refused(() => emission.quote(wrong(request)))).toBeInstanceOf(InputError)
      expect(refused(() => emission.distribute(wrong(request)))).toBeInstanceOf(InputError)
    }
    const cyclic: Record<string, unknown> = {}
    cyclic.network = cyclic
    expect(refused(() => emission.runBlocks(wrong(cyclic))).field).toBe('request')
    expect(refused(() => emission.quote({ pool, side: wrong('hold'), amount: 1n })).field).toBe('side')
    expect(refused(() => emission.blockEmission(-1n)).field).toBe('issuance')
  })

  test('functions that are none, or not of the version', () => {
    const call = (name: string, specVersion: number): unknown =>
      emission.vector({ function: name, specVersion, in: {} })
    expect(refused(() => call('nothing', 425)).field).toBe('function')
    expect(refused(() => call('swap', 440)).field).toBe('function')
    expect(refused(() => call('swap', 300)).field).toBe('function')
    expect(refused(() => call('pending_split', 425)).field).toBe('function')
    expect(refused(() => call('dividend_distribution', 441)).field).toBe('spec_version')
  })

  test('every function of the vectors refuses an empty input', () => {
    const functions = [
      'fixed_ops transcendental pow_normalize pow_ratio_scaled block_emission root_proportion subnet_terms',
      'moving_price balancer swap emit_to_subnets epoch_schedule mechanism_split stake_weights share_pool',
      'safe_float root_claimable distribute_emission subnet_shares flow_shares dividend_distribution',
      'parent_child_dividends',
    ].flatMap((names) => names.split(' '))
    for (const name of functions) {
      const call = (input: object): unknown =>
        emission.vector({ function: name, specVersion: 425, in: wrong(input) })
      expect(
        refused(() => call({})),
        name,
      ).toBeInstanceOf(InputError)
      expect(
        refused(() => call([])),
        name,
      ).toMatchObject({ field: 'in' })
    }
    const uneven = {
      emission: '1',
      mechanism_count: 2,
      MechanismEmissionSplit: null,
      mechanism_terms: [[], [{}]],
    }
    expect(
      refused(() => emission.vector({ function: 'mechanism_split', specVersion: 425, in: uneven })),
    ).toBeInstanceOf(InputError)
  })

  test('swaps that the chain refuses are answers, not errors', () => {
    const empty = { ...pool, tao: 0n, alpha: 0n }
    expect(emission.quote({ pool: empty, side: 'buy', amount: 5n })).toEqual({ refused: 'SwapInputTooLarge' })
    expect(emission.swap({ pool: empty, side: 'sell', amount: 0n, dropFees: true })).toEqual({
      swap: { refused: 'ReservesTooLow' },
      pool: empty,
    })
  })

  test('a quote is what the swap then gives', () => {
    const full = { ...pool, tao: 10n ** 13n, alpha: 10n ** 14n, initialized: true }
    for (const side of ['buy', 'sell'] as const) {
      const quote = emission.quote({ pool: full, side, amount: 10n ** 11n })
      const { swap, pool: after } = emission.swap({ pool: full, side, amount: 10n ** 11n, dropFees: false })
      if ('refused' in quote || 'refused' in swap) throw new Error('refused')
      expect(quote.swap).toEqual(swap)
      expect(quote.priceAfter > quote.priceBefore).toBe(side === 'buy')
      const next = emission.quote({ pool: after, side, amount: 1n })
      if ('refused' in next) continue
      expect(next.priceBefore).toBe(quote.priceAfter)
    }
  })
})

test('implementations that are none', async () => {
  await expect(loadEmission({ prefer: wrong('reference') })).rejects.toBeInstanceOf(EngineError)
})

describe('snapshots', () => {
  test('a share above one', () => {
    const error = refused(() => networkOf(networkSnapshot(2, { items: { minerBurned: (1n << 32n) + 1n } })))
    expect(error).toMatchObject({ field: 'miner_burned', netuid: 1 })
  })

  test('addresses that are none', () => {
    const owner = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX'
    expect(refused(() => networkOf(networkSnapshot(2, { items: { subnetOwner: owner } }))).field).toBe(
      'hotkeys',
    )
    expect(refused(() => new Accounts([''])).field).toBe('hotkeys')
  })

  test('accounts are in the order of their keys, after the key of zeros', () => {
    const { accounts } = networkOf(networkSnapshot(3))
    expect(accounts.address(0)).toBe('5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM')
    for (const [account, address] of accounts.addresses.entries()) expect(accounts.of(address)).toBe(account)
    expect(refused(() => accounts.address(accounts.addresses.length)).field).toBe('account')
  })
})
