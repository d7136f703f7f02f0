import { type MadeNetwork, makeNetwork, type NetworkShape } from './made-network.ts'

type Rows = MadeNetwork['rows']
type SubnetDraft = NonNullable<Rows['subnets']>[number]

/** Subnets whose netuid leaves this remainder by {@link NULL_EVERY} are under Null consensus. */
const NULL = 2
const NULL_EVERY = 5
const MODES = 3

/**
 * A seeded network with what an epoch of 475 reads beside: subnets under Null consensus, each mode of liquid alpha, a
 * last step under Yuma that is none, of block 0, or not the last, and parents that are suspended.
 */
export function makeNetwork475(shape: NetworkShape): MadeNetwork {
  const { rows, accounts } = makeNetwork(shape)
  const subnets = (rows.subnets ?? []).map((subnet) => with475(subnet))
  const suspended = new Set(
    subnets.filter(({ netuid }) => netuid! % 2 === 0).flatMap(({ parents }) => parents![0]!.parent!),
  )
  return {
    accounts,
    rows: {
      ...rows,
      // More accounts are made than are given out.
      globals: { ...rows.globals, basketEscrow: accounts.length - 1 },
      suspended: [...suspended].sort((a, b) => a - b).map((hotkey) => ({ hotkey })),
      subnets,
    },
  }
}

function with475(subnet: SubnetDraft): SubnetDraft {
  const netuid = subnet.netuid!
  const isNull = netuid % NULL_EVERY === NULL
  return {
    ...subnet,
    epochConsensus: Number(isNull),
    lastYumaStepBlock: isNull ? subnet.lastMechanismStepBlock! - 50n : netuid % 3 === 0 ? null : 0n,
    liquidAlphaConsensusMode: netuid % MODES,
    yuma3On: netuid % 2 === 0,
    liquidAlphaOn: netuid % 4 !== 2,
  }
}
