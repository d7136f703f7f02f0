/** The functions of the dTAO vectors: what answers them, and their cases. `test/conformance/src` is the other side. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Path } from '../../ts/emission/index.ts'
import { type Json, type JsonObject, objects } from './files.ts'

/** A function's call, and what the chain's own code gave. */
export interface Case {
  readonly request: { readonly function: string; readonly spec_version: number; readonly in: JsonObject }
  readonly expected: Json
}

/** What answers the functions. */
export interface FunctionHost {
  readonly name: string
  /** The answers in the order of the requests; an error is an answer too. */
  answers(requests: readonly object[]): Json[]
}

const TARGET = process.env.CARGO_TARGET_DIR ?? 'target'
const MAX_OUTPUT = 1 << 30

/** The crates as they are built for this machine. */
export function nativeHost(): FunctionHost {
  return {
    name: 'native',
    answers(requests) {
      const input = requests.map((request) => `${JSON.stringify(request)}\n`).join('')
      const program = `${TARGET}/debug/yuma-conformance`
      const { stdout, error } = spawnSync(program, { input, encoding: 'utf8', maxBuffer: MAX_OUTPUT })
      if (error !== undefined) throw error
      return stdout.trimEnd().split('\n').map(unwrapped)
    },
  }
}

interface Exports {
  readonly memory: WebAssembly.Memory
  allocate(bytes: number): number
  release(place: number, bytes: number): void
  answer(request: number, bytes: number): bigint
}

/** The crates as WebAssembly. */
export async function wasmHost(variant: 'simd' | 'scalar'): Promise<FunctionHost> {
  const path = `${TARGET}/conformance-${variant}/wasm32-unknown-unknown/debug/yuma_conformance.wasm`
  const { instance } = await WebAssembly.instantiate(readFileSync(path))
  const exports = instance.exports as unknown as Exports
  return {
    name: variant === 'simd' ? 'wasm' : 'wasm-scalar',
    answers: (requests) => requests.map((request) => unwrapped(wasmAnswer(exports, JSON.stringify(request)))),
  }
}

function wasmAnswer({ memory, allocate, release, answer }: Exports, request: string): string {
  const bytes = new TextEncoder().encode(request)
  const place = allocate(bytes.length) >>> 0
  new Uint8Array(memory.buffer, place, bytes.length).set(bytes)
  const packed = answer(place, bytes.length)
  release(place, bytes.length)
  const at = Number(BigInt.asUintN(32, packed))
  const length = Number(BigInt.asUintN(32, packed >> 32n))
  const text = new TextDecoder().decode(new Uint8Array(memory.buffer, at, length))
  release(at, length)
  return text
}

/** What an answer gives; an error as it stands, which no case expects. */
function unwrapped(text: string): Json {
  const answer = JSON.parse(text) as JsonObject
  return 'ok' in answer ? answer.ok! : answer
}

const without = (object: JsonObject, ...names: string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

const MAX_U128 = 2n ** 128n - 1n

/** The power as every caller in the chain takes it: saturated to 128 bits. */
function saturated(power: Json): Json {
  if (power === null) return null
  const exact = BigInt(String(power))
  return String(exact < 0n ? 0n : exact > MAX_U128 ? MAX_U128 : exact)
}

/** The cases of a file, as calls of a spec version; most are one call, whose input and output stand in the file. */
export function casesOf(document: JsonObject, version: number): Case[][] {
  const name = String(document.function)
  return objects(document.cases).map((row) => callsOf(name, version, row))
}

function callsOf(name: string, version: number, row: JsonObject): Case[] {
  const request = (input: JsonObject, of = name): Case['request'] => ({
    function: of,
    spec_version: version,
    in: input,
  })
  switch (name) {
    case 'fixed_ops':
      return [{ request: request(row), expected: without(row, 'type', 'a', 'b', 'u') }]
    case 'pow_ratio_scaled':
      return [{ request: request(row.in as JsonObject), expected: saturated(row.out!) }]
    case 'share_pool': {
      const ops = objects(row.ops)
      const floats = row.safe_float as JsonObject | undefined
      const pool = {
        request: request({ ...(row.in as JsonObject), ops }),
        expected: ops.map((op) => without(op, 'op', 'amount', 'coldkey')),
      }
      if (floats === undefined) return [pool]
      return [pool, { request: request(floats, 'safe_float'), expected: without(floats, 'a', 'b', 'c') }]
    }
    case 'adjust_liquidity':
    case 'settle_collateral': {
      const steps = objects(row.steps)
      const given = name === 'adjust_liquidity' ? ['tao_delta', 'alpha_delta'] : ['emission', 'capturable']
      return [
        {
          request: request({ ...(row.in as JsonObject), steps }),
          expected: steps.map((step) => without(step, ...given)),
        },
      ]
    }
    default:
      return [{ request: request(row.in as JsonObject), expected: row.out! }]
  }
}

/** What of a block a function is of; `arithmetic` where it is of any. */
export type Part = Path | 'arithmetic'

const PARTS: Readonly<Record<Exclude<Part, 'epoch'>, readonly string[]>> = {
  arithmetic: ['fixed_ops', 'transcendental', 'pow_normalize'],
  shares: ['subnet_shares', 'subnet_shares_sequence', 'flow_shares'],
  block: [
    'adjust_liquidity',
    'balancer',
    'block_emission',
    'emit_to_subnets',
    'epoch_schedule',
    'moving_price',
    'pow_ratio_scaled',
    'root_proportion',
    'subnet_terms',
    'swap',
  ],
  payout: [
    'basket_flush',
    'distribute_emission',
    'dividend_distribution',
    'mechanism_split',
    'parent_child_dividends',
    'pending_split',
    'root_claimable',
    'settle_collateral',
    'share_pool',
    'stake_weights',
    'validator_alpha',
  ],
}

/**
 * What of a block a file's function is of.
 * @throws for a function that nothing is known of.
 */
export function partOf(document: JsonObject): Part {
  const name = String(document.function)
  // At 300 shares and terms are one.
  if (name === 'subnet_terms' && document.spec_version === 300) return 'shares'
  const found = Object.entries(PARTS).find(([, names]) => names.includes(name))
  if (found === undefined) throw new Error(`function: expected one that is known, found ${name}`)
  return found[0] as Part
}

/** The first and the last of the versions for which files of another hold, by function and version of the file. */
const SAME_TEXT: Readonly<Record<string, readonly number[]>> = {
  'subnet_shares 421': [422, 424],
  'flow_shares 425': [411, 419],
  'subnet_shares 425': [426, 439],
  'subnet_shares 445': [446, 447],
  'subnet_shares_sequence 445': [446, 447],
  'subnet_shares 475': [449, 473],
  'subnet_shares_sequence 475': [449, 473],
  'adjust_liquidity 475': [470, 473],
  'emit_to_subnets 475': [470, 473],
  'moving_price 475': [470, 473],
  'root_proportion 475': [470, 473],
  'subnet_terms 475': [470, 473],
  'swap 475': [470, 473],
  'basket_flush 475': [473],
  'distribute_emission 475': [473],
  'dividend_distribution 475': [473],
  'settle_collateral 475': [473],
  'share_pool 475': [473],
  'simulation 475': [473],
}

/** Functions that a version has and does not call. */
const UNCALLED: readonly string[] = ['flow_shares 425']

/** The spec versions that a file's cases hold for. */
export function versionsOf(document: JsonObject): readonly number[] {
  const version = Number(document.spec_version)
  const name = `${String(document.function)} ${version}`
  return [...(UNCALLED.includes(name) ? [] : [version]), ...(SAME_TEXT[name] ?? [])]
}
