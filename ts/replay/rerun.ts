/** Other rules over all epochs of a lake, without a node: what they would have paid. */

import type { Engine } from '../engine/types.ts'
import { checkRerun } from './checks.ts'
import type { Lake } from './lake.ts'
import { lakeSnapshots, type SnapshotsOptions } from './snapshots.ts'

/** Which epochs to run again, and how. */
export interface RerunOptions extends SnapshotsOptions {
  /** The spec version whose rules apply in place of each epoch's own. */
  readonly asSpec: number
  /** Told of each epoch once it ran. */
  readonly onEpoch?: (epoch: { readonly netuid: number; readonly block: bigint }) => void
}

/** Rao that an epoch's own rules pay, and that the others would. */
export interface Both {
  readonly own: bigint
  readonly other: bigint
}

/** A neuron over all epochs that had it: one hotkey on one subnet. */
export interface RerunNeuron {
  readonly netuid: number
  /** SS58. */
  readonly hotkey: string
  /** Epochs that had it. */
  readonly epochs: number
  /** Of these, those in which the other rules pay it otherwise. */
  readonly changed: number
  /** As a miner. */
  readonly server: Both
  /** As a validator, with those who stake to it. */
  readonly validator: Both
}

/** A subnet over all of its epochs. */
export interface RerunSubnet {
  readonly netuid: number
  readonly epochs: number
  /** Epochs in which anybody is paid otherwise. */
  readonly changed: number
  readonly server: Both
  readonly validator: Both
  /** Rao that other neurons would get than do, epoch by epoch: the sum of what is gained. */
  readonly moved: bigint
  readonly neurons: readonly RerunNeuron[]
}

/**
 * Runs every epoch that a lake keeps the state of by its own rules and by those of another version, and adds up what
 * each pays. Each epoch starts from the state that the chain had: what another rule would have made of bonds over time is
 * not carried on.
 *
 * @returns By netuid; neurons in the order in which they first had a uid.
 * @throws {InputError} where the lake keeps no states, or for a version whose rules are not known.
 * @throws {FileError} {@link AbortedError}
 */
export async function rerun(
  engine: Engine,
  lake: Lake,
  options: RerunOptions,
): Promise<readonly RerunSubnet[]> {
  checkRerun(engine, lake, options)
  const { asSpec, onEpoch, ...asked } = options
  const subnets = new Map<number, Sums>()
  for await (const { netuid, block, snapshot } of lakeSnapshots(lake, asked)) {
    const sums = subnets.get(netuid) ?? new Sums(netuid)
    subnets.set(netuid, sums)
    const fields = ['serverEmission', 'validatorEmission'] as const
    sums.add(
      snapshot.hotkeys ?? [],
      engine.epoch(snapshot, { fields }),
      engine.epoch(snapshot, { fields, asSpec }),
    )
    onEpoch?.({ netuid, block })
  }
  return [...subnets.values()].map((sums) => sums.subnet).sort((a, b) => a.netuid - b.netuid)
}

interface Pay {
  readonly serverEmission: BigUint64Array
  readonly validatorEmission: BigUint64Array
}

interface NeuronSums {
  readonly hotkey: string
  epochs: number
  changed: number
  server: Both
  validator: Both
}

const NOTHING: Both = { own: 0n, other: 0n }

/** What the epochs of a subnet add up to. */
class Sums {
  readonly #netuid: number
  readonly #neurons = new Map<string, NeuronSums>()
  #epochs = 0
  #changed = 0
  #moved = 0n
  #server = NOTHING
  #validator = NOTHING

  constructor(netuid: number) {
    this.#netuid = netuid
  }

  add(hotkeys: readonly string[], own: Pay, other: Pay): void {
    let changed = false
    for (const [uid, hotkey] of hotkeys.entries()) {
      const server = { own: own.serverEmission[uid]!, other: other.serverEmission[uid]! }
      const validator = { own: own.validatorEmission[uid]!, other: other.validatorEmission[uid]! }
      const gain = server.other + validator.other - server.own - validator.own
      const differs = server.own !== server.other || validator.own !== validator.other
      changed ||= differs
      if (gain > 0n) this.#moved += gain
      this.#server = both(this.#server, server)
      this.#validator = both(this.#validator, validator)
      this.#of(hotkey, differs, server, validator)
    }
    this.#epochs++
    if (changed) this.#changed++
  }

  #of(hotkey: string, differs: boolean, server: Both, validator: Both): void {
    const none = { hotkey, epochs: 0, changed: 0, server: NOTHING, validator: NOTHING }
    const neuron = this.#neurons.get(hotkey) ?? none
    this.#neurons.set(hotkey, neuron)
    neuron.epochs++
    if (differs) neuron.changed++
    neuron.server = both(neuron.server, server)
    neuron.validator = both(neuron.validator, validator)
  }

  get subnet(): RerunSubnet {
    const netuid = this.#netuid
    return {
      netuid,
      epochs: this.#epochs,
      changed: this.#changed,
      server: this.#server,
      validator: this.#validator,
      moved: this.#moved,
      neurons: [...this.#neurons.values()].map((neuron) => ({ netuid, ...neuron })),
    }
  }
}

function both(a: Both, b: Both): Both {
  return { own: a.own + b.own, other: a.other + b.other }
}
