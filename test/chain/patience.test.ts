/** What a connection is told, what it says while it waits, and when it stops: a client in place of a node is enough. */

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type ConnectOptions, connect, endpointName, type Retry } from '../../ts/chain/index.ts'
import { AbortedError, ChainError } from '../../ts/errors/index.ts'

/** A node that never answers, and how often it was asked. */
function silent(): { readonly asked: string[]; send(method: string): Promise<unknown> } {
  const asked: string[] = []
  return {
    asked,
    send(method) {
      asked.push(method)
      return new Promise(() => {})
    },
  }
}

/** A port on which nobody listens. */
const NOBODY = 'ws://127.0.0.1:9'

describe('options of connect', () => {
  test.each<readonly [keyof ConnectOptions, unknown]>([
    ['concurrency', 0],
    ['concurrency', Number.NaN],
    ['concurrency', 1e9],
    ['timeoutMs', 0],
    ['timeoutMs', 2 ** 31],
    ['retries', -1],
    ['retries', Number.POSITIVE_INFINITY],
    ['backoffMs', Number.NaN],
    ['maxAnswerBytes', 0],
  ])('%s: %s is refused, and nothing hangs', async (option, value) => {
    const connecting = connect(silent(), { [option]: value } as ConnectOptions)
    await expect(connecting).rejects.toMatchObject({ code: 'input', field: option })
  })
})

describe('an abort', () => {
  test('is heard by a request that waits for its slot', async () => {
    const node = silent()
    const chain = await connect(node, { concurrency: 1, timeoutMs: 60_000 })
    const first = chain.send('one', []).catch((error: unknown) => error)
    const controller = new AbortController()
    const second = chain.send('two', [], controller.signal).catch((error: unknown) => error)
    controller.abort(new Error('enough'))
    const answered = await Promise.race([second, sleep(2000, 'nothing')])
    expect(answered).toBeInstanceOf(AbortedError)
    expect(answered).toMatchObject({ cause: new Error('enough') })
    expect(node.asked).toEqual(['one'])
    void first
    await chain.close()
  })

  test('of one that waits gives the slot to the next, and no slot is lost', async () => {
    const answers: ((value: unknown) => void)[] = []
    const asked: string[] = []
    const node = {
      send: (method: string) =>
        new Promise<unknown>((resolve) => {
          asked.push(method)
          answers.push(resolve)
        }),
    }
    await using chain = await connect(node, { concurrency: 2 })
    const controllers = Array.from({ length: 6 }, () => new AbortController())
    const outcomes = controllers.map(({ signal }, i) =>
      chain.send(`m${i}`, [], signal).catch((error: unknown) => (error as Error).name),
    )
    await sleep(5)
    expect(asked).toEqual(['m0', 'm1'])
    controllers[2]!.abort()
    controllers[4]!.abort()
    for (let answered = 0; answered < 4; answered++) {
      answers.shift()!('answer')
      await sleep(5)
      expect(asked.length).toBe(Math.min(4, 3 + answered))
    }
    expect(await Promise.all(outcomes)).toEqual([
      'answer',
      'answer',
      'AbortedError',
      'answer',
      'AbortedError',
      'answer',
    ])
    expect(asked).toEqual(['m0', 'm1', 'm3', 'm5'])
  })
})

describe('an endpoint that cannot be reached', () => {
  test('is told of before each further try, and how often it was tried at the end', async () => {
    const retries: Retry[] = []
    const options = { retries: 3, backoffMs: 1, onRetry: (retry: Retry) => retries.push(retry) }
    const error = await connect(NOBODY, options).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ChainError)
    expect(error).toMatchObject({ kind: 'connect', endpoint: NOBODY })
    expect(String(error)).toMatch(/127\.0\.0\.1:9: .*ECONNREFUSED.*; tried 4 times$/)
    expect(retries.map(({ tried, tries }) => [tried, tries])).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
    ])
    for (const { method, endpoint, reason, pauseMs } of retries) {
      expect([method, endpoint]).toEqual(['connecting', NOBODY])
      expect(reason).toContain('ECONNREFUSED')
      expect(pauseMs).toBeGreaterThan(0)
    }
  })

  test('of several waits once each had its turn', async () => {
    const retries: Retry[] = []
    const options = { retries: 3, backoffMs: 1, onRetry: (retry: Retry) => retries.push(retry) }
    await expect(connect([NOBODY, 'ws://127.0.0.1:10'], options)).rejects.toThrow(/tried 4 times/)
    expect(retries.map(({ endpoint, pauseMs }) => [endpoint, pauseMs > 0])).toEqual([
      [NOBODY, false],
      ['ws://127.0.0.1:10', true],
      [NOBODY, false],
    ])
  })
})

/** Everything that an error says, causes and properties included. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return [error.message, error.stack, JSON.stringify(error), everything(error.cause)].join('\n')
}

describe('what only the endpoint is to know', () => {
  const SECRETS = ['hunter22', 'alice77', 'key-4711', 'token99']

  test.each([
    ['wss://alice77:hunter22@node.example:443/', 'wss://node.example:443'],
    ['wss://alice77:hunter22@node.example', 'wss://node.example'],
    ['wss://node.example/v1/key-4711', 'wss://node.example/…'],
    ['wss://node.example/?apikey=token99', 'wss://node.example/…'],
    ['wss://node.example?apikey=token99', 'wss://node.example/…'],
    ['wss://alice77:hunter22@node.example/v1/key-4711?a=token99#x', 'wss://node.example/…'],
    ['ws://alice77:hun@ter22@[::1]:9944/', 'ws://[::1]:9944'],
    ['ws://127.0.0.1:9944', 'ws://127.0.0.1:9944'],
    ['http://alice77:hunter22@node.example', 'http://node.example'],
    ['alice77:hunter22@node.example', 'node.example'],
    // A password that should have been encoded.
    ['ws://alice77:hun/hunter22@node.example:9944', 'ws://…'],
    ['ws://alice77:hunter22?token99@node.example', 'ws://…'],
    ['ws://alice77:hunter22#@node.example/', 'ws://…'],
    ['not a url', 'not a url'],
    ['', ''],
  ])('%s', (url, name) => {
    expect(endpointName(url)).toBe(name)
    for (const secret of SECRETS) expect(endpointName(url)).not.toContain(secret)
  })

  test.each([
    'ws://alice77:hunter22@127.0.0.1:9/v1/key-4711?token99',
    'ws://alice77:hunter22@no host/v1/key-4711?token99',
    'ftp://alice77:hunter22@127.0.0.1:9/v1/key-4711?token99',
    'ws://alice77:hunter22@127.0.0.1:9/v1/key-4711?token99#fragment',
    'alice77:hunter22@127.0.0.1',
    'ws://alice77:hun/hunter22@127.0.0.1:9',
    'ws://alice77%40:hunter22%2F@127.0.0.1:9/key-4711',
  ])('stands in no message about %s', async (url) => {
    const said: string[] = []
    const options = {
      retries: 1,
      backoffMs: 1,
      onRetry: (retry: Retry) => said.push(JSON.stringify(retry)),
    }
    const error = await connect(url, options).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ChainError)
    said.push(everything(error))
    for (const secret of SECRETS) expect(said.join('\n')).not.toContain(secret)
    expect(said).toHaveLength(2)
  })
})
