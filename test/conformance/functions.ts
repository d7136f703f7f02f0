/** The functions of the dTAO vectors: what answers them, and their cases. `test/conformance/src` is the other side. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
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
      const floats = row.safe_float as JsonObject
      return [
        {
          request: request({ ...(row.in as JsonObject), ops }),
          expected: ops.map((op) => without(op, 'op', 'amount', 'coldkey')),
        },
        { request: request(floats, 'safe_float'), expected: without(floats, 'a', 'b', 'c') },
      ]
    }
    default:
      return [{ request: request(row.in as JsonObject), expected: row.out! }]
  }
}

/** Versions whose rules are those of a file's version. */
const SAME_AS: Readonly<Record<string, readonly number[]>> = {
  'subnet_shares 421': [421, 422, 423, 424],
  'flow_shares 425': [425, 411, 413, 415, 416, 417, 419],
}

/** The spec versions that a file's cases hold for. */
export function versionsOf(document: JsonObject): readonly number[] {
  const version = Number(document.spec_version)
  return SAME_AS[`${document.function} ${version}`] ?? [version]
}
