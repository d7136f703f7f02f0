import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { compileWasm, loadWasm, supportsSimd, type WasmSource } from '../../ts/engine/wasm.ts'
import { EngineError } from '../../ts/errors/index.ts'
import { outcome, outcomeDifference } from './outcome.ts'
import { randomSubnet } from './random-subnet.ts'

const VARIANTS = [
  { variant: 'simd', kind: 'wasm', kernel: 'simd128' },
  { variant: 'scalar', kind: 'wasm-scalar', kernel: 'portable' },
] as const

function fileOf(variant: string): URL {
  return new URL(`../../dist/wasm/yuma-${variant}.wasm`, import.meta.url)
}

const server = createServer((request, response) => {
  const path = request.url ?? ''
  if (path.includes('missing')) {
    response.writeHead(404).end()
    return
  }
  const type = path.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream'
  response.writeHead(200, { 'content-type': type })
  response.end(path.includes('text') ? 'not a module' : readFileSync(fileOf('simd')))
})
let origin: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

it.each(VARIANTS)('the $variant build says what it is', async ({ variant, kind, kernel }) => {
  const engine = await loadWasm({ variant })
  expect([engine.kind, engine.kernel]).toEqual([kind, kernel])
})

it('takes SIMD where the machine has it, and finds the default by itself', async () => {
  expect((await loadWasm()).kernel).toBe(supportsSimd() ? 'simd128' : 'portable')
  expect((await loadEngine({ prefer: 'wasm' })).kind).toBe(supportsSimd() ? 'wasm' : 'wasm-scalar')
})

it('does not take SIMD where the machine lacks it', async () => {
  const { validate } = WebAssembly
  WebAssembly.validate = () => false
  try {
    expect((await loadWasm()).kernel).toBe('portable')
  } finally {
    WebAssembly.validate = validate
  }
})

describe('a module can come', () => {
  const sources: readonly [string, () => WasmSource | Promise<WasmSource>][] = [
    ['as bytes', () => readFileSync(fileOf('simd'))],
    ['as an ArrayBuffer', () => new Uint8Array(readFileSync(fileOf('simd'))).buffer],
    ['compiled', () => new WebAssembly.Module(readFileSync(fileOf('simd')))],
    ['from a file address', () => fileOf('simd')],
    ['from a file address as text', () => fileOf('simd').href],
    ['as a promise of bytes', () => readFile(fileOf('simd'))],
    ['as a response', () => fetch(`${origin}/yuma-simd.wasm`)],
    ['as a response of no type', () => fetch(`${origin}/yuma-simd`)],
    ['from a web address', () => `${origin}/yuma-simd.wasm`],
  ]
  const expected = loadEngine({ prefer: 'native' }).then((native) => outcome(native, randomSubnet(1)))

  it.each(sources)('%s', async (_, source) => {
    const engine = await loadWasm({ module: source() })
    expect(outcomeDifference(outcome(engine, randomSubnet(1)), await expected)).toBeUndefined()
  })

  it('as the bytes of a script', async () => {
    for (const { variant, kernel } of VARIANTS) {
      const script = new URL(`../../dist/wasm/${variant}-inline.js`, import.meta.url).href
      const { bytes } = (await import(script)) as { bytes: Uint8Array<ArrayBuffer> }
      expect((await loadWasm({ module: bytes })).kernel).toBe(kernel)
    }
  })
})

describe('an EngineError says why a module cannot be loaded:', () => {
  // A module of nobody's: valid, and empty.
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const faults: readonly [string, () => WasmSource | Promise<WasmSource>, RegExp][] = [
    ['no file', () => new URL('file:///nowhere/yuma.wasm'), /nowhere\/yuma\.wasm cannot be read/],
    ['no server', () => 'http://127.0.0.1:9/yuma.wasm', /cannot be fetched/],
    ['HTTP 404', () => `${origin}/missing.wasm`, /missing\.wasm: HTTP 404/],
    ['no WebAssembly', () => `${origin}/text.wasm`, /text\.wasm cannot be compiled/],
    ['no WebAssembly, untyped', () => `${origin}/text`, /text cannot be compiled/],
    ['bytes of something else', () => new Uint8Array([1, 2, 3]), /the given bytes cannot be compiled/],
    ['a foreign module', () => empty, /not a module of this package and version/],
  ]

  it.each(faults)('%s', async (_, source, message) => {
    const loading = loadWasm({ module: source() })
    await expect(loading).rejects.toThrow(EngineError)
    await expect(loading).rejects.toThrow(message)
  })

  it('no WebAssembly at all', async () => {
    const real = globalThis.WebAssembly
    Object.assign(globalThis, { WebAssembly: undefined })
    try {
      await expect(compileWasm()).rejects.toThrow('this machine has no WebAssembly')
    } finally {
      Object.assign(globalThis, { WebAssembly: real })
    }
  })
})
