/** A node whose answers are changed: without proofs and with them. */

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { type Chain, type ChainSnapshot, type ConnectOptions, connect } from '../../ts/chain/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { ChainError, InputError } from '../../ts/errors/index.ts'
import { findEpochs, verifyEpoch } from '../../ts/verify/index.ts'
import type { FakeChain } from '../chain/fake-chain.ts'
import { honestChain, NETUID, NUMBER } from '../chain/hostile.ts'
import { ChainServer, type Fault, type Request } from '../chain/server.ts'
import { outcome, outcomeDifference } from '../wasm/outcome.ts'
import { changedBytes, changedValue } from './mutate.ts'
import type { Fuzzer } from './run.ts'

const HASTY: ConnectOptions = { timeoutMs: 300, retries: 1, backoffMs: 1, onWarning: () => {} }

type Task = 'subnet' | 'network' | 'epoch' | 'head' | 'find' | 'verify'

/** What the client does, by the hash of a block where it names one. */
const TASKS: Readonly<Record<Task, (chain: Chain, at: string) => Promise<unknown>>> = {
  subnet: (chain, at) => chain.subnet(NETUID, { at }),
  network: (chain, at) => chain.network({ at }),
  epoch: (chain) => chain.epochStates(NETUID, NUMBER, { nominators: true }),
  head: (chain) => chain.head(),
  find: (chain) => findEpochs(chain, { after: BigInt(NUMBER - 1), to: BigInt(NUMBER) }),
  verify: (chain) => verifyEpoch(native, chain, { netuid: NETUID, block: NUMBER }),
}

const native = await loadEngine({ prefer: 'native' })
const reference = await loadEngine({ prefer: 'reference' })

/** One answer that is changed: the request by its place among all of the task, and how. */
interface Change {
  readonly place: number
  readonly fault: (request: Request) => Fault
}

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.oneof(fc.nat(12), fc.nat(120)),
  fault: fc.oneof(
    { weight: 4, arbitrary: changedValue.map((change) => (): Fault => ({ kind: 'result', change })) },
    // The answer's own text, whatever it is.
    fc.nat(2 ** 31 - 1).map(
      (seed) => (): Fault => ({
        kind: 'frames',
        frames: (_, right) => [changedText(right, seed)],
      }),
    ),
    fc
      .constantFrom<Fault['kind'] & ('drop' | 'silence' | 'swap' | 'half')>('drop', 'silence', 'swap', 'half')
      .map((kind) => (): Fault => ({ kind })),
  ),
})

/** Text with its bytes changed: from a seed, since the text is known only once it is asked for. */
function changedText(text: string, seed: number): string {
  const [bytes] = fc.sample(changedBytes([Buffer.from(text)]), { seed, numRuns: 1 })
  return Buffer.from(bytes!).toString()
}

interface Input {
  readonly task: Task
  readonly changes: readonly Change[]
}

const inputs: fc.Arbitrary<Input> = fc.record({
  task: fc.constantFrom(...(Object.keys(TASKS) as Task[])),
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
})

/** A short name for a value, the same for the same value. */
function digest(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`
    if (part instanceof Map) return [...part]
    return ArrayBuffer.isView(part) ? [part.constructor.name, Array.from(part as Uint8Array, String)] : part
  })
  return createHash('sha256').update(text).digest('hex')
}

/** A node of one chain whose answers are changed, and what a client makes of them. */
class Node {
  readonly #chain: FakeChain
  readonly #options: ConnectOptions
  /** Requests whose answers are left as they are. */
  readonly #kept: readonly string[]
  #server: ChainServer | undefined
  #changes: readonly Change[] = []
  #asked = 0

  constructor(chain: FakeChain, options: ConnectOptions, kept: readonly string[]) {
    this.#chain = chain
    this.#options = options
    this.#kept = kept
  }

  /** What a task gives while answers are changed, or the typed error that it ends with. */
  async run({ task, changes }: Input): Promise<unknown> {
    this.#server ??= await ChainServer.start(this.#chain, { fault: (request) => this.#fault(request) })
    this.#server.requests.length = 0
    this.#changes = changes
    this.#asked = 0
    try {
      await using chain = await connect(this.#server.url, this.#options)
      return await TASKS[task](chain, this.#chain.at(NUMBER)!.hash)
    } catch (error) {
      // A state that no epoch can be run of is an `InputError`: with an item in it that is not known, for one.
      if (error instanceof ChainError || error instanceof InputError) return error
      throw error
    }
  }

  #fault(request: Request): Fault | undefined {
    if (this.#kept.includes(request.method)) return undefined
    const place = this.#asked++
    return this.#changes.find((change) => change.place === place)?.fault(request)
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }
}

/** A node that is believed: what it says is an answer or an error, and an answer can be computed with. */
export function chainAnswers(): Fuzzer<Input> {
  const name = "a node's answers"
  const node = new Node(honestChain(), HASTY, [])
  const property = async (input: Input): Promise<void> => {
    const end = await node.run(input)
    if (end instanceof Error || input.task !== 'subnet') return
    const snapshot = end as ChainSnapshot
    const difference = outcomeDifference(outcome(native, snapshot), outcome(reference, snapshot))
    if (difference !== undefined) throw new Error(difference)
  }
  return { name, inputs, property, mostMs: 30_000, end: () => node.close() }
}

/** A node that has to prove what it says: the right answer, or an error. What of it is believed all the same stays. */
export function provedAnswers(): Fuzzer<Input> {
  const name = "a node's answers, proved"
  const believed = ['state_getMetadata', 'chain_getBlockHash', 'chain_getFinalizedHead']
  const chain = honestChain()
  const node = new Node(chain, { ...HASTY, prove: true }, believed)
  // Waited for however slow the machine is: an error in place of the right answer would make a finding of that one.
  const patient = new Node(chain, { prove: true, onWarning: () => {} }, believed)
  const right = new Map<Task, string>()
  const property = async (input: Input): Promise<void> => {
    const { task } = input
    if (!right.has(task)) {
      const honest = await patient.run({ task, changes: [] })
      if (honest instanceof Error) throw honest
      right.set(task, digest(honest))
    }
    const end = await node.run(input)
    if (end instanceof Error) return
    if (digest(end) !== right.get(task)) throw new Error('another answer than the right one')
  }
  const close = async (): Promise<void> => {
    await node.close()
    await patient.close()
  }
  return { name, inputs, property, mostMs: 30_000, end: close }
}
