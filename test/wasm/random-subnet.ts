/** Random subnets, tidy and untidy: the same seed gives the same on every machine. */

import { generate } from '../../ts/snapshot/generate.ts'
import { Random } from '../../ts/snapshot/random.ts'
import type { MechanismState, Snapshot, SparseRows } from '../../ts/snapshot/types.ts'

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!
}

function u16(random: Random): number {
  return pick(random, [0, 1, 32767, 65535, random.below(65536), random.below(65536)])
}

/** A subnet of up to 56 neurons under random hyperparameters; every second one as untidy as the chain tolerates. */
export function randomSubnet(seed: number): Snapshot {
  const random = new Random(seed)
  const subnet = subnetOf425(seed)
  return random.chance(0.4) ? subnet : ofLater(random, subnet)
}

/** The same subnet with what specs 446 to 475 add. */
function ofLater(random: Random, subnet: Snapshot): Snapshot {
  const { n, block, emission } = subnet
  const [server, validator] = [emission / 3n, emission / 5n]
  return {
    ...subnet,
    specVersion: pick(random, [448, 473, 475, 475, 475]),
    lastYumaStepBlock: pick(random, [null, 0n, near(random, block)]),
    liquidAlphaConsensusMode: pick(random, ['Current', 'Previous', 'Auto']),
    subnetEpochConsensus: pick(random, ['Yuma', 'Null']),
    pendingServerEmission: server,
    pendingValidatorEmission: validator,
    pendingRootAlphaDivs: emission - server - validator,
    mechanismEmissionSplit: pick(random, [null, Uint16Array.of(30_000, 35_535), new Uint16Array(0)]),
    mechanisms: subnet.mechanisms.map((mechanism) => ({
      ...mechanism,
      consensusByMechanism: Uint16Array.from({ length: pick(random, [0, 1, n, n, n + 2]) }, () =>
        u16(random),
      ),
    })),
  }
}

function subnetOf425(seed: number): Snapshot {
  const random = new Random(seed)
  const n = 1 + random.below(56)
  const tidy = generate({
    n,
    validators: random.below(n + 1),
    seed,
    density: pick(random, [0, 0.2, 1, random.unit()]),
    mechanisms: pick(random, [1, 1, 2, 3]),
    emission: pick(random, [0n, 1n, 1_000_000_000n, random.u64()]),
    hyperparameters: {
      tempo: pick(random, [0n, 1n, 99n, 360n]),
      activityCutoffBlocks: pick(random, [0n, 500n, 5000n]),
      stakeThreshold: pick(random, [0n, 1_000_000_000_000n]),
      maxAllowedValidators: pick(random, [0, 1, n, 64]),
      commitRevealEnabled: random.chance(0.3),
      kappa: u16(random),
      bondsPenalty: u16(random),
      bondsMovingAverage: pick(random, [0n, 900_000n, 975_000n, 1_000_000n, random.u64()]),
      yuma3On: random.chance(0.5),
      liquidAlphaOn: random.chance(0.5),
      alphaLow: u16(random),
      alphaHigh: u16(random),
      alphaSigmoidSteepness: pick(random, [1000, 100, 0, -1000, 32767, -32768]),
    },
  })
  return random.chance(0.5) ? tidy : untidied(random, tidy)
}

function untidied(random: Random, subnet: Snapshot): Snapshot {
  const { n, block } = subnet
  return {
    ...subnet,
    ownerUid: pick(random, [null, 0, random.below(n), n + 1]),
    blockAtRegistration: subnet.blockAtRegistration.map((at) =>
      random.chance(0.2) ? near(random, block) : at,
    ),
    totalStake: subnet.totalStake.map((word, i) => (i % 2 === 1 && random.chance(0.1) ? random.u64() : word)),
    validatorPermit: resized(random, subnet.validatorPermit),
    mechanisms: subnet.mechanisms.map((mechanism) => untidiedMechanism(random, n, block, mechanism)),
  }
}

function near(random: Random, block: bigint): bigint {
  const at = block + BigInt(random.below(12_000) - 11_000)
  return at < 0n ? 0n : at
}

/** A column longer or shorter than the subnet, as the chain tolerates. */
function resized(random: Random, permits: Uint8Array): Uint8Array {
  const resized = new Uint8Array(
    pick(random, [0, permits.length, Math.max(permits.length - 1, 0), permits.length + 2]),
  )
  resized.set(permits.subarray(0, resized.length))
  return resized
}

function untidiedMechanism(
  random: Random,
  n: number,
  block: bigint,
  mechanism: MechanismState,
): MechanismState {
  return {
    ...mechanism,
    lastUpdate: mechanism.lastUpdate.map((at) => (random.chance(0.2) ? near(random, block) : at)),
    weights: untidiedRows(random, n, mechanism.weights),
    bonds: untidiedRows(random, n, mechanism.bonds),
  }
}

/** Repeated, unsorted and out-of-range uids; zeros. */
function untidiedRows(random: Random, n: number, rows: SparseRows): SparseRows {
  const uid = rows.uid.map((uid) => (random.chance(0.1) ? random.below(n + 3) : uid))
  const value = rows.value.map((value) => (random.chance(0.1) ? u16(random) : value))
  return { rowStart: rows.rowStart, uid, value }
}
