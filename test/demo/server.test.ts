import { ApiPromise, WsProvider } from '@polkadot/api'
import type { ApiOptions } from '@polkadot/api/types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { NEWEST_SPEC } from '../../ts/chain/items.ts'
import { DemoChain } from '../../ts/demo/chain.ts'
import { DemoServer } from '../../ts/demo/server.ts'
import { loadEmission } from '../../ts/emission/index.ts'

let [chain, server]: [DemoChain, DemoServer] = [undefined as never, undefined as never]
beforeAll(async () => {
  chain = new DemoChain(await loadEmission(), { subnets: 1, seed: 1 })
  server = await DemoServer.start(chain, 0)
})
afterAll(async () => {
  await server.close()
  chain.close()
})

/** Sends frames on a connection of its own, and gives as many as come back. */
async function exchange(frames: readonly string[], count = frames.length): Promise<readonly unknown[]> {
  const socket = new WebSocket(server.url)
  const got: unknown[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('open', () => {
        for (const frame of frames) socket.send(frame)
      })
      socket.on('message', (data) => {
        got.push(JSON.parse(String(data)))
        if (got.length === count) resolve()
      })
    })
    return got
  } finally {
    socket.terminate()
  }
}

async function call(method: string, ...params: readonly unknown[]): Promise<Record<string, unknown>> {
  const [answer] = await exchange([JSON.stringify({ jsonrpc: '2.0', id: 7, method, params })])
  expect(answer).toMatchObject({ jsonrpc: '2.0', id: 7 })
  return answer as Record<string, unknown>
}

test('a block by number, by hash, and by none, as nodes have it', async () => {
  const { best } = chain
  expect((await call('chain_getBlockHash')).result).toBe(best.hash)
  expect((await call('chain_getBlockHash', best.number)).result).toBe(best.hash)
  expect((await call('chain_getBlockHash', `0x${best.number.toString(16)}`)).result).toBe(best.hash)
  expect((await call('chain_getBlockHash', [0, best.number + 1])).result).toEqual([chain.at(0)!.hash, null])
  expect((await call('chain_getHeader', best.hash.toUpperCase().replace('0X', '0x'))).result).toEqual(
    best.header,
  )
  expect((await call('chain_getHeader', `0x${'11'.repeat(32)}`)).result).toBeNull()
  expect((await call('chain_getBlock')).result).toMatchObject({
    block: { header: best.header, extrinsics: [] },
  })
  expect((await call('state_getRuntimeVersion')).result).toMatchObject({ specVersion: NEWEST_SPEC })
})

test.each([
  ['an unknown method', 'author_submitExtrinsic', ['0x00'], -32_601],
  ['a method of every object', 'toString', [], -32_601],
  ['a number that is none', 'chain_getBlockHash', ['many'], -32_602],
  ['a negative count', 'state_getKeysPaged', ['0x', -1, null], -32_602],
  ['too many keys at once', 'state_getKeysPaged', ['0x', 1001, null], -32_602],
  ['a key that is no hex', 'state_getStorage', ['keys'], -32_602],
  ['keys that are no list', 'state_queryStorageAt', ['0x00'], -32_602],
  ['a state of no block', 'state_getStorage', ['0x00', `0x${'11'.repeat(32)}`], 4003],
])('%s is refused', async (_, method, params, code) => {
  expect(await call(method, ...params)).toMatchObject({ error: { code } })
})

test.each([
  ['no JSON', 'nothing', -32_700],
  ['a number', '7', -32_600],
  ['a list', '[]', -32_600],
  ['parameters by name', '{"id":1,"method":"system_chain","params":{}}', -32_600],
])('%s is no request', async (_, frame, code) => {
  const [answer, next] = await exchange([frame, '{"id":2,"method":"system_chain"}'])
  expect(answer).toMatchObject({ error: { code } })
  expect(next).toMatchObject({ id: 2, result: 'yuma demo' })
})

test.each([
  [
    'lists in one another as its name',
    (deep: string) => `{"id":${deep},"method":"system_chain"}`,
    'yuma demo',
  ],
  ['the same of what is no request', (deep: string) => `{"id":${deep}}`, undefined],
  ['an object as its name', () => '{"id":{"toJSON":1},"method":"system_chain"}', 'yuma demo'],
])('%s: the answer has none', async (_, frame, result) => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const [answer] = await exchange([frame(deep)])
  expect(answer).toMatchObject({ id: null, ...(result && { result }) })
  expect((await call('system_chain')).result).toBe('yuma demo')
})

test.each([
  ['chain_getHeader', (deep: unknown) => [deep]],
  ['state_getStorage', (deep: unknown) => [deep]],
  ['state_queryStorageAt', (deep: unknown) => [[deep], deep]],
  ['chain_unsubscribeNewHeads', (deep: unknown) => [deep]],
  ['state_subscribeStorage', (deep: unknown) => [[deep]]],
])('%s of lists in one another is answered, and nothing ends', async (method, params) => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const frame = JSON.stringify({ id: 3, method, params: params('DEEP') }).replaceAll('"DEEP"', deep)
  const [answer] = await exchange([frame])
  expect(answer).toMatchObject({ id: 3 })
  expect((await call('system_chain')).result).toBe('yuma demo')
})

test('a request that is larger than any ends its connection alone', async () => {
  const frame = JSON.stringify({ id: 1, method: 'system_chain', params: ['a'.repeat(16 * 1024 * 1024)] })
  const socket = new WebSocket(server.url)
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  socket.on('error', () => {})
  socket.on('open', () => socket.send(frame))
  expect([1006, 1009]).toContain(await closed)
  expect((await call('system_chain')).result).toBe('yuma demo')
})

test('who subscribes is told of what there is and of what comes, until they have enough', async () => {
  const provider = new WsProvider(server.url) as unknown as NonNullable<ApiOptions['provider']>
  const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true })
  try {
    const [heads, finalized, numbers]: [string[], string[], string[]] = [[], [], []]
    const end = await api.rpc.chain.subscribeNewHeads((head) => void heads.push(head.hash.toHex()))
    await api.rpc.chain.subscribeFinalizedHeads((head) => void finalized.push(head.hash.toHex()))
    await api.query.system!.number!((number: { toString(): string }) => void numbers.push(String(number)))
    const blocks = [chain.best]
    const next = async (): Promise<void> => {
      const { block } = chain.next()
      server.announce(block)
      blocks.push(block)
      while (finalized.at(-1) !== block.hash || numbers.at(-1) !== String(block.number))
        await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await next()
    await next()
    end()
    await api.rpc.system.chain()
    await next()
    const hashes = blocks.map(({ hash }) => hash)
    expect(heads).toEqual(hashes.slice(0, 3))
    expect(finalized).toEqual(hashes)
    expect(numbers).toEqual(blocks.map(({ number }) => String(number)))
  } finally {
    await api.disconnect()
  }
})

test('keys of all subscriptions of a connection are bounded, and room is had again', async () => {
  const keys = Array.from({ length: 6000 }, (_, i) => `0x${i.toString(16).padStart(8, '0')}`)
  const subscribe = JSON.stringify({ id: 1, method: 'state_subscribeStorage', params: [keys] })
  const [first, , second] = (await exchange([subscribe, subscribe], 3)) as { result?: string }[]
  expect(second).toMatchObject({ error: { code: -32_006 } })
  const leave = JSON.stringify({ id: 2, method: 'state_unsubscribeStorage', params: [first!.result] })
  expect(first!.result).toMatch(/^\d+$/)
  const [, , left, again] = await exchange(
    [subscribe, leave.replace(first!.result!, String(Number(first!.result) + 1)), subscribe],
    4,
  )
  expect(left).toMatchObject({ id: 2, result: true })
  expect(again).toMatchObject({ id: 1, result: expect.stringMatching(/^\d+$/) })
})

test('a value that stays is not told again', async () => {
  const nothing = `0x${'00'.repeat(32)}`
  const subscribe = JSON.stringify({ id: 1, method: 'state_subscribeStorage', params: [[nothing]] })
  const socket = new WebSocket(server.url)
  const got: unknown[] = []
  socket.on('message', (data) => got.push(JSON.parse(String(data))))
  await new Promise((resolve) => socket.on('open', resolve))
  socket.send(subscribe)
  while (got.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  server.announce(chain.next().block)
  socket.send(JSON.stringify({ id: 2, method: 'system_chain' }))
  while (got.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  socket.terminate()
  expect(got[1]).toMatchObject({
    method: 'state_storage',
    params: { result: { changes: [[nothing, null]] } },
  })
  expect(got[2]).toMatchObject({ id: 2 })
})
