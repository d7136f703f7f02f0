/** Every function that takes a signal hears it at once: while a node does not answer, and while others have all slots. */

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Chain, connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { AbortedError } from '../../ts/errors/index.ts'
import {
  findEpochs,
  type History,
  readEpoch,
  readWholeBlock,
  recheck,
  verifyBlock,
  verifyEpoch,
  watch,
} from '../../ts/verify/index.ts'

const HASH = `0x${'ab'.repeat(32)}`
const [NETUID, BLOCK] = [1, 5n]
const NOBODY = 'ws://127.0.0.1:9'

/** A node that never answers, and how often it was asked. */
function silent(): { asked: number; send(): Promise<unknown> } {
  return {
    asked: 0,
    send() {
      this.asked++
      return new Promise(() => {})
    },
  }
}

const engine = await loadEngine()
const emission = await loadEmission()
/** A history with one epoch to check again. */
const history = {
  doubtful: async () => [{ netuid: NETUID, block: BLOCK, holdings: false }],
  progress: async () => undefined,
  setProgress: async () => {},
  has: async () => false,
  add: async () => {},
  replace: async () => {},
} as unknown as History
const onVerification = (): void => {}

const CALLS: Readonly<Record<string, (chain: Chain, signal: AbortSignal) => Promise<unknown>>> = {
  'Chain.subnet': (chain, signal) => chain.subnet(NETUID, { signal }),
  'Chain.network': (chain, signal) => chain.network({ signal }),
  'Chain.blockStates': (chain, signal) => chain.blockStates(HASH, signal),
  'Chain.epochStates': (chain, signal) => chain.epochStates(NETUID, BLOCK, { signal }),
  'Chain.epochMarks': (chain, signal) => chain.epochMarks('finalized', undefined, signal),
  'Chain.state': (chain, signal) => chain.state({ signal }),
  'Chain.head': (chain, signal) => chain.head('finalized', signal),
  'Chain.header': (chain, signal) => chain.header(HASH, signal),
  'Chain.blockHash': (chain, signal) => chain.blockHash(BLOCK, signal),
  'Chain.send': (chain, signal) => chain.send('anything', [], signal),
  verifyEpoch: (chain, signal) => verifyEpoch(engine, chain, { netuid: NETUID, signal }),
  verifyBlock: (chain, signal) => verifyBlock(engine, chain, { block: BLOCK, signal }),
  readEpoch: (chain, signal) => readEpoch(chain, { netuid: NETUID, signal }),
  readWholeBlock: (chain, signal) => readWholeBlock(emission, chain, { block: BLOCK, signal }),
  findEpochs: (chain, signal) => findEpochs(chain, { after: 1n, to: BLOCK, signal }),
  watch: (chain, signal) => watch(engine, chain, { history, onVerification, signal }),
  recheck: (chain, signal) => recheck(engine, chain, { history, onVerification, signal }),
}

/** How a call ends that is aborted after a while, or `nothing` where it goes on. */
async function abortedAfter(ms: number, call: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController()
  const ended = call(controller.signal).catch((error: unknown) => error)
  await sleep(ms)
  controller.abort(new Error('enough'))
  return Promise.race([ended, sleep(10_000, 'nothing')])
}

function expectAborted(error: unknown): void {
  expect(error).toBeInstanceOf(AbortedError)
  expect(error).toMatchObject({ cause: new Error('enough') })
}

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  test('before it begins: nothing is asked for', async () => {
    const node = silent()
    await using chain = await connect(node)
    await expect(call(chain, AbortSignal.abort())).rejects.toBeInstanceOf(AbortedError)
    expect(node.asked).toBe(0)
  })

  test('while the node does not answer', async () => {
    const node = silent()
    await using chain = await connect(node)
    expectAborted(await abortedAfter(20, (signal) => call(chain, signal)))
    expect(node.asked).toBe(1)
  })

  test('while it waits for a slot', async () => {
    const node = silent()
    await using chain = await connect(node, { concurrency: 1 })
    void chain.send('first', []).catch(() => {})
    expectAborted(await abortedAfter(20, (signal) => call(chain, signal)))
    expect(node.asked).toBe(1)
  })
})

describe('connect', () => {
  test('while it waits before the next try', async () => {
    const options = { backoffMs: 1_000_000, retries: 5 }
    expectAborted(await abortedAfter(200, (signal) => connect(NOBODY, { ...options, signal })))
  })
})

test('one signal of many requests that wait is listened to once: nobody is warned of a leak', async () => {
  const warnings: string[] = []
  const listen = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', listen)
  try {
    await using chain = await connect(silent(), { concurrency: 20 })
    const controller = new AbortController()
    const all = Array.from({ length: 60 }, () => chain.send('x', [], controller.signal).catch(String))
    await sleep(20)
    controller.abort()
    expect(new Set(await Promise.all(all)).size).toBe(1)
    await sleep(20)
    expect(warnings).toEqual([])
  } finally {
    process.removeListener('warning', listen)
  }
})
