/** Nodes that are asked too often say so in many ways: each is waited for, and what was asked is answered in the end. */

import { describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { connect, type Retry } from '../../ts/chain/index.ts'

interface Node {
  readonly asked: string[]
  send(method: string): Promise<unknown>
}

/** A node that refuses so many requests before it answers. */
function limited(refusals: number, error: () => Error): Node {
  const asked: string[] = []
  return {
    asked,
    async send(method) {
      asked.push(method)
      if (asked.length <= refusals) throw error()
      return 'answered'
    },
  }
}

const withCode = (code: number, message: string): Error => Object.assign(new Error(message), { code })

const REFUSALS: Readonly<Record<string, () => Error>> = {
  'an error of HTTP': () => new Error('Unexpected server response: 429'),
  'the words of a gateway': () => withCode(-32_000, 'Too Many Requests'),
  "a gateway's code": () => withCode(-32_029, 'limit of your plan'),
  'a server that is busy': () => withCode(-32_009, 'Server is busy, try again later'),
  "substrate's own limit": () => withCode(-32_999, 'RPC rate limit exceeded'),
}

describe('a request too many', () => {
  test.each(Object.entries(REFUSALS))('%s: asked again after a rest', async (_, error) => {
    const node = limited(2, error)
    const retries: Retry[] = []
    // Nothing else is tried again.
    await using chain = await connect(node, { retries: 0, onRetry: (retry) => retries.push(retry) })
    expect(await chain.send('one', [])).toBe('answered')
    expect(node.asked).toEqual(['one', 'one', 'one'])
    expect(retries.map(({ tried }) => tried)).toEqual([1, 2])
    const [first, second] = retries.map(({ pauseMs }) => pauseMs)
    expect(first).toBeGreaterThan(300)
    expect(second).toBeGreaterThan(first!)
  })

  test('of one endpoint is asked of the other at once, and the one that rests is left alone', async () => {
    const [busy, idle] = [limited(1, REFUSALS['an error of HTTP']!), limited(0, () => new Error('never'))]
    await using chain = await connect([busy, idle], { retries: 0 })
    for (const method of ['one', 'two', 'three']) await chain.send(method, [])
    expect(busy.asked).toEqual(['one'])
    expect(idle.asked).toEqual(['one', 'two', 'three'])
  })

  test('any other error is none: it is not asked again where nothing is to be tried again', async () => {
    const node = limited(1, () => withCode(-32_000, 'something else'))
    await using chain = await connect(node, { retries: 0 })
    await expect(chain.send('one', [])).rejects.toMatchObject({ code: 'chain', kind: 'rpc' })
    expect(node.asked).toEqual(['one'])
  })

  test('at the door of a server is waited for too', async () => {
    let visits = 0
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      verifyClient: (_, done) => (++visits <= 2 ? done(false, 429, 'Too Many Requests') : done(true)),
    })
    server.on('connection', (socket) =>
      socket.on('message', (text) => {
        const { id } = JSON.parse(String(text)) as { id: number }
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: 'answered' }))
      }),
    )
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    try {
      await using chain = await connect(`ws://127.0.0.1:${port}`, { retries: 0 })
      expect(await chain.send('one', [])).toBe('answered')
      expect(visits).toBe(3)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
