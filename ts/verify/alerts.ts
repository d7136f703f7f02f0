import type { ChainSnapshot } from '../snapshot/network.ts'
import { checkAlert } from './checks.ts'
import type { Entry, KnownNeuron } from './history.ts'
import type { Difference } from './types.ts'

/** What to be told of, beside differences. */
export interface AlertRules {
  /** Hotkeys whose permits and trust are looked at, on every subnet that is watched, SS58. Default: none. */
  readonly hotkeys?: readonly string[]
  /** The validator trust below which a hotkey with a permit is told of, 0 to 1. Default: none. */
  readonly trustBelow?: number
}

/** What an {@link Alert} is of. */
export type AlertKind = 'difference' | 'lost-permit' | 'trust-below'

/** Something that a person wants to know of at once. */
export interface Alert {
  /** The same for the same event however often it is sent, and another for any other. */
  readonly id: string
  readonly kind: AlertKind
  /** What happened, as a sentence. */
  readonly text: string
  readonly netuid: number
  /** The block in which the epoch ran. */
  readonly block: bigint
  readonly blockHash: string
  readonly specVersion: number
  /** SS58; null for a difference. */
  readonly hotkey: string | null
  /** Null for a difference, and where the hotkey is registered no longer. */
  readonly uid: number | null
  /** Validator trust after the epoch, a u16 proportion of 65535; of `trust-below` alone. */
  readonly trust: number | null
  /** How many values differ. */
  readonly differences: number
  /** The first of them. */
  readonly first: readonly Difference[]
}

/** Differences that an alert has in full: receivers take short messages. */
const MOST_DIFFERENCES = 10
const MAX_U16 = 65_535

/** How a hotkey stood after its subnet's last epoch. */
interface Standing {
  readonly permitted: boolean
  /** Whether it was told of a trust below the bound, and has not reached it since. */
  readonly below: boolean
}

/** Makes alerts of epochs, which come in the order of their blocks. */
export class Alerts {
  readonly #hotkeys: readonly string[]
  readonly #trustBelow: number
  readonly #standings = new Map<string, Standing>()

  /** @param known How the hotkeys stood before the first epoch that is told of. */
  constructor({ hotkeys = [], trustBelow = 0 }: AlertRules, known: readonly KnownNeuron[] = []) {
    this.#hotkeys = [...new Set(hotkeys)]
    this.#trustBelow = trustBelow
    for (const { netuid, hotkey, validatorPermit, isRegistered, trustSinceAlert } of known) {
      this.#standings.set(placeOf(netuid, hotkey), {
        permitted: isRegistered && validatorPermit === true,
        below: trustSinceAlert !== null && this.#isBelow(trustSinceAlert),
      })
    }
  }

  /** What an epoch is to be told of for. */
  of({ verification, before, after }: Entry): readonly Alert[] {
    const { netuid, block, blockHash, specVersion, outcome, differences } = verification
    const alert = (kind: AlertKind, text: string, more: Partial<Alert> = {}): Alert => ({
      id: [blockHash, netuid, kind, ...(more.hotkey === undefined ? [] : [more.hotkey])].join('/'),
      kind,
      text: `subnet ${netuid}, block ${block}: ${text}`,
      netuid,
      block,
      blockHash,
      specVersion,
      hotkey: null,
      uid: null,
      trust: null,
      differences: differences.length,
      first: differences.slice(0, MOST_DIFFERENCES),
      ...more,
    })
    const found: Alert[] = []
    if (outcome === 'different') {
      const values = differences.length === 1 ? 'value differs' : 'values differ'
      found.push(alert('difference', `${differences.length} ${values} from what the rules give`))
    }
    if (after === undefined) return found
    for (const hotkey of this.#hotkeys) {
      const place = placeOf(netuid, hotkey)
      const last = this.#standings.get(place)
      const uid = after.hotkeys.indexOf(hotkey)
      const about = { hotkey, uid: uid < 0 ? null : uid }
      const hadPermit = isPermitted(before, hotkey)
      const permitted = isPermitted(after, hotkey)
      // What is not known of the epoch before, the state between the two says.
      if ((last?.permitted ?? hadPermit) && !permitted) {
        const gone = uid < 0 ? ' and is registered no longer' : ''
        found.push(alert('lost-permit', `hotkey ${hotkey} lost its validator permit${gone}`, about))
      }
      const trust = uid < 0 ? null : (after.stored.validatorTrust[uid] ?? null)
      const isLow = trust === null || this.#isBelow(trust)
      // Without a permit an epoch gives no trust, which then says nothing.
      const falls = hadPermit && trust !== null && isLow && last?.below !== true
      if (falls) {
        const text = `hotkey ${hotkey} has a validator trust of ${(trust / MAX_U16).toFixed(5)}, below ${this.#trustBelow}`
        found.push(alert('trust-below', text, { ...about, trust }))
      }
      const below = isLow && (falls || last?.below === true)
      this.#standings.set(place, { permitted, below })
    }
    return found
  }

  #isBelow(trust: number): boolean {
    return trust / MAX_U16 < this.#trustBelow
  }
}

function placeOf(netuid: number, hotkey: string): string {
  return `${netuid}/${hotkey}`
}

function isPermitted(state: ChainSnapshot | undefined, hotkey: string): boolean {
  const uid = state?.hotkeys.indexOf(hotkey) ?? -1
  return uid >= 0 && state!.validatorPermit[uid] === 1
}

/** An alert as one line of JSON, schema `yuma-alert/1`: u64 and stored values as decimal strings. */
export function alertJson(alert: Alert): string {
  checkAlert(alert)
  return `${JSON.stringify({ schema: 'yuma-alert/1', ...alert, block: String(alert.block) })}\n`
}
