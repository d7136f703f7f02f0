/** Named agents as they cross: the columns that `bindings/wire/src/simulate/agents.rs` reads. */

import { InputError } from '../errors/index.ts'
import { unexpectedValue } from '../errors/options.ts'
import type { Column } from '../runtime/layout.ts'
import { AGENT_FIELDS, checkQuality, WHO_FIELDS } from './checks.ts'
import { faultAt } from './port.ts'
import type { NamedAgent, Policy, Quality } from './types.ts'

/** The kinds in the order of their numbers. */
const KINDS: readonly Policy['agent'][] = [
  'honest',
  'copier',
  'cabal',
  'self-voter',
  'absent',
  'late',
  'switching',
  'registering',
  'staking',
]

const EVERY_MECHANISM = 0xffff
const FOREVER = 0xffff_ffff
/** How deep policies that switch may lie in each other. */
const DEPTH = 16

/** A policy as it crosses. */
interface Entry {
  readonly kind: number
  readonly words: readonly [bigint, bigint, bigint]
  readonly miners: readonly number[]
}

/** The bits of a double. */
function bits(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!
}

/** @throws {InputError} for what is no policy, naming the field. */
function checkPolicy(policy: Policy, who: typeof WHO_FIELDS, path: string): void {
  const { agent } = policy
  const own = Object.hasOwn(AGENT_FIELDS, agent) ? AGENT_FIELDS[agent] : undefined
  if (own === undefined)
    throw unexpectedValue(
      `${path}agent`,
      `one of ${KINDS.map((kind) => JSON.stringify(kind)).join(', ')}`,
      agent,
    )
  const fields = { ...own, ...who }
  const given = policy as unknown as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given)) {
    if (name !== 'agent' && !(name in fields))
      throw unexpectedValue(`${path}${name}`, `no such field of an agent that is ${agent}`, name)
  }
  for (const [name, [check, needed]] of Object.entries(fields)) {
    if (needed || given[name] !== undefined) check(`${path}${name}`, given[name])
  }
}

/** Policies, each behind those that it switches between. */
class Policies {
  readonly entries: Entry[] = []

  /** Adds a policy; gives its number. */
  add(policy: Policy, who: typeof WHO_FIELDS, path: string, depth: number): number {
    checkPolicy(policy, who, path)
    this.entries.push(this.#entry(policy, path, depth))
    return this.entries.length - 1
  }

  #entry(policy: Policy, path: string, depth: number): Entry {
    const kind = KINDS.indexOf(policy.agent)
    const entry = (a = 0n, b = 0n, c = 0n, miners: readonly number[] = []): Entry => ({
      kind,
      words: [a, b, c],
      miners,
    })
    switch (policy.agent) {
      case 'honest':
        return entry(bits(policy.noise ?? 0))
      case 'copier':
        return entry(BigInt(policy.delay ?? 0))
      case 'cabal':
        return entry(bits(policy.share), 0n, 0n, policy.miners)
      case 'self-voter':
        return entry(bits(policy.share ?? 1))
      case 'absent':
        return entry()
      case 'late':
        return entry(BigInt(policy.every), bits(policy.noise ?? 0))
      case 'switching': {
        if (depth === 0)
          throw new InputError({
            field: `${path}agent`,
            expected: `expected at most ${DEPTH} policies in each other`,
          })
        const before = this.add(policy.before, {}, `${path}before.`, depth - 1)
        const after = this.add(policy.after, {}, `${path}after.`, depth - 1)
        return entry(BigInt(policy.at), BigInt(before), BigInt(after))
      }
      case 'registering':
        return entry(BigInt(policy.every), policy.stake ?? 0n)
      case 'staking':
        return entry(BigInt.asUintN(64, policy.each))
    }
  }
}

/** Where each of several lists begins, and where the last one ends. */
function starts(lists: readonly { readonly length: number }[]): Uint32Array {
  const start = new Uint32Array(lists.length + 1)
  for (const [at, { length }] of lists.entries()) start[at + 1] = start[at]! + length
  return start
}

/**
 * The columns of agents and qualities.
 * @param agents Those with a name, and their places among all.
 * @throws {InputError} naming the agent and its field.
 */
export function encodeAgents(
  agents: readonly { readonly agent: NamedAgent; readonly place: number }[],
  qualities: readonly Quality[],
): Column[] {
  const policies = new Policies()
  const policyOf = agents.map(({ agent, place }) => {
    try {
      return policies.add(agent, WHO_FIELDS, '', DEPTH)
    } catch (error) {
      throw error instanceof InputError ? faultAt(error, { agent: place }) : error
    }
  })
  for (const [at, quality] of qualities.entries())
    checkQuality(qualities.length > 1 ? `quality[${at}]` : 'quality', quality)
  const { entries } = policies
  const named = agents.map(({ agent }) => agent)
  const values = qualities.map(({ values }) => Array.from(values))
  const changes = qualities.map(({ changes = [] }) => changes)
  return [
    Uint8Array.from(entries, ({ kind }) => kind),
    ...[0, 1, 2].map((at) => BigUint64Array.from(entries, ({ words }) => words[at]!)),
    starts(entries.map(({ miners }) => miners)),
    Uint16Array.from(entries.flatMap(({ miners }) => miners)),
    Uint32Array.from(policyOf),
    Uint16Array.from(named, ({ mechanism = EVERY_MECHANISM }) => mechanism),
    Uint32Array.from(named, ({ from = 0 }) => from),
    Uint32Array.from(named, ({ until = FOREVER }) => until),
    starts(named.map(({ uids }) => uids)),
    Uint16Array.from(named.flatMap(({ uids }) => uids)),
    starts(values),
    BigUint64Array.from(values.flat(), bits),
    BigUint64Array.from(qualities, ({ drift = 0 }) => bits(drift)),
    starts(changes),
    Uint32Array.from(changes.flat(), ({ epoch }) => epoch),
    Uint16Array.from(changes.flat(), ({ uid }) => uid),
    BigUint64Array.from(changes.flat(), ({ value }) => bits(value)),
  ]
}
