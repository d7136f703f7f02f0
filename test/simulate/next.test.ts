/** What comes next for a subnet: epochs, amounts, pay, permits, replacements, yields. */

import { describe, expect, it } from 'vitest'
import { loadEmission, reportsOf } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { InputError } from '../../ts/errors/index.ts'
import { compoundedYield, next } from '../../ts/simulate/index.ts'
import type { ChainSnapshot, NetworkSnapshot } from '../../ts/snapshot/index.ts'
import { BLOCK, chainSnapshot, networkSnapshot } from '../emission/network.ts'

const engine = await loadEngine()
const emission = await loadEmission()

const TAO = 1_000_000_000n

function sum(column: Iterable<bigint>): bigint {
  return [...column].reduce((a, b) => a + b, 0n)
}

function fault(run: () => unknown): InputError {
  try {
    run()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('expected an InputError')
}

/** So much alpha that an epoch's pay is little of it. */
function richly(snapshot: ChainSnapshot): ChainSnapshot {
  const { accounts } = snapshot
  const totalHotkeyAlpha = accounts.totalHotkeyAlpha.map((rao) => rao * 100_000n)
  return { ...snapshot, accounts: { ...accounts, totalHotkeyAlpha } }
}

describe('of one subnet', () => {
  const items = { subnetAlphaOutEmission: TAO, rootProp: 1n << 31n }
  const snapshot = richly(chainSnapshot(3, 16, 20, { items }))
  const found = next(engine, emission, snapshot)

  it('names the epochs by the schedule, as emission has it', () => {
    const [first] = found.epochs
    expect(found.epochs).toEqual([first, first! + 20n, first! + 40n])
    const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = snapshot.subnet
    const place = { specVersion: 425, netuid: 3, tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep }
    expect(emission.schedule({ ...place, block: BLOCK }).nextEpochBlock).toBe(first)
    for (const [at, block] of found.epochs.entries()) {
      const lastEpoch = at === 0 ? lastEpochBlock : found.epochs[at - 1]!
      expect(emission.schedule({ ...place, lastEpochBlock: lastEpoch, block: block - 1n }).due).toBe(true)
    }
    expect(found.deferrals).toBe(false)
    expect(next(engine, emission, snapshot, { epochs: 7 }).epochs.length).toBe(7)
  })

  it('takes each block to add what the last one did', () => {
    const blocks = found.epochs[0]! - BLOCK
    // 18 % to the owner, half of the rest to miners, and half of the other half to root.
    const owner = (TAO * 11_796n) / 65_535n
    const half = (TAO - owner) / 2n
    const near = (value: bigint, pending: bigint, each: bigint): void => {
      const off = value - pending - blocks * each
      expect(off >= -2n * blocks && off <= 2n * blocks, `${value} of ${each} a block`).toBe(true)
    }
    const { due } = found
    expect(due.basis).toBe('like the last block')
    near(due.owner, snapshot.subnet.pendingOwnerCut, owner)
    near(due.server, snapshot.subnet.pendingServerEmission, half)
    near(due.validator, snapshot.subnet.pendingValidatorEmission, half / 2n)
    near(due.root, snapshot.subnet.pendingRootAlphaDivs, half / 2n)
    expect(due.emission).toBe(due.server + due.validator + due.root)
    expect(found.notes.some((note) => note.includes('what the last one did'))).toBe(true)
  })

  it('runs the epoch in its block with what it will have, and pays what is handed out to the rao', () => {
    const { due, result, pay } = found
    const state: ChainSnapshot = { ...snapshot, block: found.epochs[0]!, emission: due.emission }
    expect(result.incentive).toEqual(engine.epoch(state).incentive)
    expect(result.validatorEmission).toEqual(engine.epoch(state).validatorEmission)
    const columns = ['ownerCut', 'incentive', 'withheld', 'take', 'stakers', 'rootStakers'] as const
    const all = sum(pay!.flatMap((row) => columns.map((column) => row[column])))
    const resident = emission.open(state)
    const { server, validator, root, owner } = due
    const pending = { server, validator, root, owner }
    const earned = snapshot.hotkeys.map((hotkey, uid) => ({
      hotkey: resident.accounts!.of(hotkey),
      server: result.serverEmission[uid]!,
      validator: result.validatorEmission[uid]!,
    }))
    const ledger = resident.distribute({ netuid: 3, block: state.block, pending, earned })
    resident.close()
    expect(ledger.ledgerPending).toBe(due.emission + due.owner)
    expect(all).toBe(ledger.ledgerPending - ledger.ledgerLeft)
    const miners = pay!.filter(({ incentive }) => incentive > 0n)
    for (const { uid, hotkey, incentive } of miners) {
      expect(snapshot.hotkeys[uid!]).toBe(hotkey)
      // The last one's goes to another hotkey that its coldkey names, and is paid to it all the same.
      expect(incentive).toBe(result.serverEmission[uid!])
    }
    expect(miners.length).toBeGreaterThan(3)
  })

  it('runs it in its own block: who is inactive by then does not count', () => {
    const [epoch] = found.epochs
    const validator = [...snapshot.validatorPermit.keys()].find(
      (uid) => uid > 0 && found.result.dividends[uid]! > 0,
    )!
    const [mechanism] = snapshot.mechanisms
    const lastUpdate = mechanism!.lastUpdate.slice()
    // Active in the next block, and no more in the epoch's.
    lastUpdate[validator] = epoch! - snapshot.activityCutoffBlocks - 2n
    expect(lastUpdate[validator]! + snapshot.activityCutoffBlocks).toBeGreaterThanOrEqual(BLOCK + 1n)
    const late = next(engine, emission, { ...snapshot, mechanisms: [{ ...mechanism!, lastUpdate }] })
    expect([found.result.active[validator], late.result.active[validator]]).toEqual([1, 0])
    expect(late.pay).not.toEqual(found.pay)
  })

  it("has what exceeds a hotkey's root stake among what root is paid, though its owner gets it", () => {
    const { accounts } = snapshot
    const tiny = {
      rootAlpha: accounts.rootAlpha.map(() => 9n),
      totalHotkeyAlpha: new BigUint64Array(16).fill(9n),
    }
    const state = { ...snapshot, accounts: { ...accounts, ...tiny } }
    const { pay, due, result, epochs } = next(engine, emission, state)
    const resident = emission.open({ ...state, block: epochs[0]!, emission: due.emission })
    const { server, validator, root, owner } = due
    const { rootDividends } = resident.distribute({
      netuid: 3,
      block: epochs[0]!,
      pending: { server, validator, root, owner },
      earned: state.hotkeys.map((hotkey, uid) => ({
        hotkey: resident.accounts!.of(hotkey),
        server: result.serverEmission[uid]!,
        validator: result.validatorEmission[uid]!,
      })),
    })
    const toOwners = rootDividends.filter(({ toOwner }) => toOwner)
    expect(toOwners.length).toBeGreaterThan(2)
    for (const { hotkey, nominators } of toOwners) {
      const row = pay!.find((paid) => resident.accounts!.of(paid.hotkey) === hotkey)!
      expect(row.rootStakers).toBe(nominators)
    }
    resident.close()
  })

  it('gives yields of what stakers are paid, by what is staked', () => {
    const { yields, pay, epochs } = found
    const staked = yields!.filter(({ stake }) => stake > 0n)
    expect(staked.length).toBeGreaterThan(2)
    for (const { uid, stake, rootStake, alpha, rootAlphaPerEpoch } of staked) {
      const row = pay!.find((paid) => paid.uid === uid)!
      expect(stake).toBe(snapshot.accounts.totalHotkeyAlpha[uid])
      expect(alpha!.period).toBeCloseTo(Number(row.stakers) / Number(stake), 12)
      const periods = (365 * 24 * 3600) / (12 * Number(epochs[1]! - epochs[0]!))
      expect(alpha!.year / ((1 + alpha!.period) ** periods - 1)).toBeCloseTo(1, 9)
      expect(rootAlphaPerEpoch).toBeCloseTo(Number(row.rootStakers) / Number(rootStake), 12)
    }
  })

  it('leaves the state as it was', () => {
    expect(snapshot).toEqual(richly(chainSnapshot(3, 16, 20, { items })))
  })
})

describe('permits', () => {
  const snapshot = chainSnapshot(3, 16, 20)
  const crowded: ChainSnapshot = { ...snapshot, maxAllowedValidators: 3 }

  it('says who gains and loses one', () => {
    const { seats, result } = next(engine, emission, crowded)
    expect([seats.most, seats.taken]).toEqual([
      3,
      sum([...result.validatorPermit].map(BigInt)) && seats.taken,
    ])
    const had = [...snapshot.validatorPermit.entries()].filter(([, permit]) => permit === 1)
    const lost = had.filter(([uid]) => result.validatorPermit[uid] === 0).map(([uid]) => uid)
    expect(lost.length).toBeGreaterThan(0)
    expect(seats.lost).toEqual(lost)
    expect(seats.gained).toEqual([])
    const none: ChainSnapshot = { ...crowded, validatorPermit: new Uint8Array(16) }
    const gained = next(engine, emission, none).seats
    expect([gained.gained.length, gained.lost]).toEqual([gained.taken, []])
  })

  it('finds the least stake that takes one: with it there is a permit, with a rao less there is none', () => {
    const uids = [...snapshot.hotkeys.keys()]
    const { seats, result, epochs } = next(engine, emission, crowded, { uids })
    expect(seats.asked.map(({ uid }) => uid)).toEqual(uids)
    const permitWith = (uid: number, more: bigint): boolean => {
      const totalStake = crowded.totalStake.slice()
      totalStake[2 * uid + 1]! += more
      return engine.epoch({ ...crowded, totalStake, block: epochs[0]! }).validatorPermit[uid] === 1
    }
    let bought = 0
    for (const { uid, more } of seats.asked) {
      if (result.validatorPermit[uid] === 1) {
        expect(more).toBe(0n)
        continue
      }
      expect([permitWith(uid, more!), permitWith(uid, more! - 1n)], `uid ${uid}`).toEqual([true, false])
      bought += 1
    }
    expect(bought).toBeGreaterThan(8)
    expect(seats.next).toEqual(seats.asked.find(({ uid }) => uid === seats.next!.uid))
    const stakes = seats.asked
      .filter(({ uid }) => result.validatorPermit[uid] === 1)
      .map(({ stake }) => stake)
    expect(seats.last!.stake).toBe(stakes.toSorted((a, b) => Number(a - b))[0])
  })

  it('has no price where no stake buys one', () => {
    const closed: ChainSnapshot = { ...snapshot, maxAllowedValidators: 0 }
    expect(next(engine, emission, closed, { uids: [7] }).seats.asked).toEqual([
      { uid: 7, stake: 0n, more: null },
    ])
  })
})

describe('replacements', () => {
  const emissionOf = (snapshot: ChainSnapshot): BigUint64Array =>
    BigUint64Array.from({ length: snapshot.n }, (_, uid) => BigInt((uid * 7) % 5))

  function full(differences: Partial<ChainSnapshot['subnet']> = {}): ChainSnapshot {
    const made = chainSnapshot(3, 16, 20, {
      items: { maxAllowedUids: 16, immunityPeriod: 100, minNonImmuneUids: 2, burn: 5n, ...differences },
    })
    const blockAtRegistration = BigUint64Array.from({ length: 16 }, (_, uid) =>
      uid >= 13 ? BLOCK - 10n * BigInt(uid - 12) : BigInt(uid),
    )
    // No more immune in the next block, and between it and the epoch.
    blockAtRegistration[11] = BLOCK + 1n - 100n
    blockAtRegistration[12] = BLOCK + 8n - 100n
    return { ...made, blockAtRegistration, stored: { ...made.stored, emission: emissionOf(made) } }
  }

  it('gives the chain’s order, now and after the epoch, and who is immune until when', () => {
    const snapshot = full()
    const { replacements, result, epochs } = next(engine, emission, snapshot)
    const { free, burn, now, afterEpoch, immune } = replacements!
    expect([free, burn]).toEqual([0, 5n])
    const isImmune = (uid: number, block: bigint): boolean =>
      block - snapshot.blockAtRegistration[uid]! < 100n
    const order = (block: bigint, paid: (uid: number) => bigint): number[] => {
      // Uid 0 is the owner's hotkey's.
      const uids = Array.from({ length: 15 }, (_, at) => at + 1)
      const by = (a: number, b: number): number =>
        Number(paid(a) - paid(b)) ||
        Number(snapshot.blockAtRegistration[a]! - snapshot.blockAtRegistration[b]!) ||
        a - b
      const others = uids.filter((uid) => !isImmune(uid, block)).sort(by)
      return [...others.slice(0, -2), ...uids.filter((uid) => isImmune(uid, block)).sort(by)]
    }
    expect(now).toEqual(order(BLOCK + 1n, (uid) => snapshot.stored.emission[uid]!))
    expect(afterEpoch).toEqual(order(epochs[0]!, (uid) => result.emission[uid]!))
    expect(immune).toEqual([
      { uid: 12, until: BLOCK + 8n },
      { uid: 15, until: BLOCK + 70n },
      { uid: 14, until: BLOCK + 80n },
      { uid: 13, until: BLOCK + 90n },
    ])
    expect(next(engine, emission, full({ maxAllowedUids: 20 })).replacements!.free).toBe(4)
  })

  it('keeps as many of the owner’s as the limit says', () => {
    const snapshot = full({ immuneOwnerUidsLimit: 2 })
    const [owner] = snapshot.coldkeys
    const coldkeys = snapshot.coldkeys.map((key, uid) => (uid === 5 ? owner! : key))
    const ownedHotkeys = [snapshot.hotkeys[0]!, snapshot.hotkeys[5]!]
    const two = next(engine, emission, { ...snapshot, coldkeys, ownedHotkeys }).replacements!
    expect([two.now.includes(5), two.now.includes(0)]).toEqual([false, false])
    const one = next(engine, emission, { ...full(), coldkeys, ownedHotkeys }).replacements!
    expect([one.now.includes(5), one.now.includes(0)]).toEqual([true, false])
    // The hotkey that the subnet names goes before older ones.
    const { subnet } = full()
    const named = {
      ...full(),
      coldkeys,
      ownedHotkeys,
      subnet: { ...subnet, subnetOwnerHotkey: snapshot.hotkeys[5]! },
    }
    const other = next(engine, emission, named).replacements!
    expect([other.now.includes(5), other.now.includes(0)]).toEqual([false, true])
    const apart = next(engine, emission, { ...full(), coldkeys })
    expect(apart.replacements).toBeNull()
    expect(apart.notes.some((note) => note.includes('owned_hotkeys at uid 5'))).toBe(true)
  })

  it('is not told where the items were not read, or the version’s order is not known', () => {
    const unread = next(engine, emission, full({ minNonImmuneUids: null }))
    expect(unread.replacements).toBeNull()
    expect(unread.notes.some((note) => note.includes('min_non_immune_uids'))).toBe(true)
    const old = next(engine, emission, { ...full(), specVersion: 352 })
    expect(old.replacements).toBeNull()
    expect(old.notes.some((note) => note.includes('expected 365 to 475'))).toBe(true)
    expect(old.pay).toBeNull()
    expect(old.yields).toBeNull()
  })
})

describe('of a whole network', () => {
  /** Three subnets due in one block, of which one epoch runs. */
  function crowdedNetwork(): NetworkSnapshot {
    const network = networkSnapshot(5, { network: { maxEpochsPerBlock: 1 } })
    const subnets = network.subnets.map((state) => {
      const subnet = { ...state.subnet, lastEpochBlock: BLOCK - 5n }
      return { ...state, subnet, epoch: state.epoch && { ...state.epoch, subnet } }
    })
    return { ...network, subnets }
  }

  /** The blocks in which a subnet's epochs ran, and what the first handed out, by running all of them. */
  function ran(
    network: NetworkSnapshot,
    netuid: number,
    blocks: number,
  ): { block: bigint; server: bigint }[] {
    const resident = emission.open(network)
    const reports = [...reportsOf(resident.run(blocks, { reports: 'all' }))]
    resident.close()
    return reports.flatMap(({ block, payouts }) =>
      payouts.filter((row) => row.netuid === netuid).map((row) => ({ block, server: row.pendingServer })),
    )
  }

  it.each([1, 2, 3, 4])(
    'subnet %i: epochs come when the blocks have them, put off where those are full',
    (netuid) => {
      const network = crowdedNetwork()
      const found = next(engine, emission, network, { netuid })
      const expected = ran(network, netuid, 90)
      expect(found.epochs).toEqual(expected.slice(0, 3).map(({ block }) => block))
      expect(found.due).toMatchObject({ basis: 'blocks run', server: expected[0]!.server })
      expect(found.deferrals).toBe(true)
      const alone = next(engine, emission, network.subnets.find((state) => state.netuid === netuid)!.epoch!)
      expect(alone.epochs[0]).toBe(BLOCK + 15n)
      expect(found.epochs[0]).toBe(BLOCK + 15n + BigInt(netuid - 1))
    },
  )

  it('tells the schedule alone where a version’s blocks are not known', () => {
    const network = { ...crowdedNetwork(), specVersion: 430 }
    const subnets = network.subnets.map((state) => ({
      ...state,
      epoch: state.epoch && { ...state.epoch, specVersion: 430 },
    }))
    const found = next(engine, emission, { ...network, subnets }, { netuid: 2 })
    expect([found.deferrals, found.due.basis]).toEqual([false, 'like the last block'])
    expect(
      found.notes.some((note) => note.startsWith('the network’s blocks were not run'.replace('’', "'"))),
    ).toBe(true)
  })

  it('needs a subnet of it with neurons', () => {
    const network = crowdedNetwork()
    expect(fault(() => next(engine, emission, network)).field).toBe('netuid')
    for (const netuid of [0, 5, 9])
      expect(fault(() => next(engine, emission, network, { netuid })).field).toBe('netuid')
    expect(fault(() => next(engine, emission, chainSnapshot(3), { netuid: 4 })).field).toBe('netuid')
    expect(fault(() => next(engine, emission, chainSnapshot(3, 16, 0))).field).toBe('tempo')
    expect(fault(() => next(engine, emission, chainSnapshot(3), { uids: [16] })).field).toBe('uids')
  })
})

describe('compoundedYield', () => {
  it('compounds each gain, and the whole over a year', () => {
    const day = 24 * 3600
    const { period, year } = compoundedYield([0.01, 0, 0.02], day)
    expect(period).toBeCloseTo(1.01 * 1.02 - 1, 14)
    expect(year / (1.0302 ** 365 - 1)).toBeCloseTo(1, 12)
    expect(compoundedYield([], day)).toEqual({ period: 0, year: 0 })
  })

  it('refuses what is no rate and no time', () => {
    expect(fault(() => compoundedYield([Number.NaN], 1)).field).toBe('rates[0]')
    expect(fault(() => compoundedYield([-1], 1)).field).toBe('rates[0]')
    expect(fault(() => compoundedYield([0.1], 0)).field).toBe('seconds')
  })
})
