/** The typed methods over one implementation. */

import type { RulesRange } from '../engine/rules.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { checkAdvance, checkOpenOptions, checkSimulate, checkWhatIf } from './checks.ts'
import { makeSlots } from './make.ts'
import { type Host, METHOD, NO_SLOTS, openAnswer } from './port.ts'
import { runOn } from './run.ts'
import { readState } from './state.ts'
import { OpenSubnet } from './subnet.ts'
import type { Change, Simulator, SimulatorKind } from './types.ts'
import { whatIfOn } from './whatif.ts'

/** Hosts of simulators, for the studies of this package that ask more of them than the methods do. */
const hosts = new WeakMap<Simulator, Host>()

/** The host of a simulator; undefined for what is none of this package's. */
export function hostOf(simulator: Simulator): Host | undefined {
  return typeof simulator === 'object' && simulator !== null ? hosts.get(simulator) : undefined
}

export function simulatorOf(kind: SimulatorKind, rules: readonly RulesRange[], host: Host): Simulator {
  const open = (snapshot: Snapshot, options: { readonly asSpec?: number } = {}): OpenSubnet => {
    checkOpenOptions(options)
    const port = host.place()
    try {
      return new OpenSubnet(port, rules, snapshot, options.asSpec, host.memory)
    } catch (error) {
      port.close()
      throw error
    }
  }
  const on = <T>(
    snapshot: Snapshot,
    options: { readonly asSpec?: number },
    ask: (subnet: OpenSubnet) => T,
  ): T => {
    const subnet = open(snapshot, options)
    try {
      return ask(subnet)
    } finally {
      subnet.close()
    }
  }
  const simulator: Simulator = {
    kind,
    rules,
    open,
    change(snapshot, changes) {
      checkWhatIf(changes, {})
      return on(snapshot, {}, (subnet) => {
        subnet.change(changes)
        return subnet.snapshot()
      })
    },
    whatIf(snapshot, changes, options = {}) {
      checkWhatIf(changes, options)
      return on(snapshot, options, (subnet) => whatIfOn(subnet, changes))
    },
    advance(snapshot, result, changes = [], options = {}) {
      checkAdvance(snapshot, result, changes, options)
      const { specVersion } = snapshot
      // A result by other rules goes on by those.
      const asked = result.specVersion === specVersion ? {} : { asSpec: result.specVersion }
      return on(snapshot, asked, (subnet) => {
        subnet.advance(result, options.grow ?? 'none')
        if (changes.length > 0) subnet.change(changes)
        return { ...subnet.snapshot(), specVersion: lastSpec(changes) ?? specVersion }
      })
    },
    async simulate(options) {
      checkSimulate(options)
      const { start, asSpec } = options
      const subnet = open(start, asSpec === undefined ? {} : { asSpec })
      try {
        return await runOn(subnet, options)
      } finally {
        subnet.close()
      }
    },
    make(options) {
      const slots = makeSlots(options)
      const port = host.place()
      try {
        openAnswer(port.call(METHOD.make, slots, []))
        return readState(openAnswer(port.call(METHOD.state, NO_SLOTS, [])), options.mechanisms ?? 1)
      } finally {
        port.close()
      }
    },
  }
  hosts.set(simulator, host)
  return simulator
}

/** The version that changes end with, where they change it. */
function lastSpec(changes: readonly Change[]): number | undefined {
  const specs = changes.flatMap((change) => (change.kind === 'spec' ? [change.specVersion] : []))
  return specs.at(-1)
}
