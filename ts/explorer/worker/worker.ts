/** The script of the page's workers: answers calls with what the library gives. */

import type { Snapshot } from 'yuma-core'
import { loadEngine } from 'yuma-core'
import type { Emission } from 'yuma-core/emission'
import type { Simulator } from 'yuma-core/simulate'
import type { Calls, Fault, Ran, Reply, Request } from './messages.ts'

type Progress = (done: number | string) => void

const engine = once(() => loadEngine())
const simulator = once(async (): Promise<Simulator> => (await import('yuma-core/simulate')).loadSimulator())
const emission = once(async (): Promise<Emission> => (await import('yuma-core/emission')).loadEmission())

/** The snapshot that changes are made on. */
let opened: Snapshot | undefined

/** The calls, each with a way to tell how far it is. */
function callsWith(progress: Progress): Calls {
  return {
    async about() {
      const { kernel, rules } = await engine()
      return { kernel, rules }
    },
    async read(file) {
      return (await import('./read.ts')).readFile(file)
    },
    async example(id) {
      return (await import('./examples.ts')).makeExample(id, await engine())
    },
    async pull(from) {
      return (await import('./pull.ts')).pullSubnet(from, progress)
    },
    async open(snapshot) {
      opened = snapshot
    },
    async epoch(changes) {
      if (opened === undefined) throw new Error('no snapshot is open')
      const snapshot = changes.length === 0 ? opened : (await simulator()).change(opened, changes)
      return { snapshot, result: (await engine()).epoch(snapshot, { trace: true }) }
    },
    async explain({ snapshot, ...options }) {
      const { explainNext } = await import('yuma-core/verify')
      return explainNext(await engine(), await emission(), snapshot, options)
    },
    async run(request) {
      return (await import('./run.ts')).runEpochs(await simulator(), request, progress)
    },
    async fairness(snapshot) {
      const { fairness } = await import('yuma-core/simulate')
      return fairness({ snapshot, result: (await engine()).epoch(snapshot) })
    },
    async next(of) {
      return (await import('./next.ts')).nextOf(await engine(), await emission(), of)
    },
    async shares({ network, items }) {
      return (await import('./shares.ts')).sharesOf(await emission(), network, items)
    },
    async majority(options) {
      const { majority } = await import('yuma-core/simulate')
      return majority(await simulator(), { ...options, onProgress: progress })
    },
    async copying(options) {
      return (await import('./copying.ts')).copyingOf(await engine(), await simulator(), options, progress)
    },
    async save(snapshot) {
      return (await import('yuma-core/snapshot')).encodeSnapshot(snapshot)
    },
  }
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    loaded ??= load()
    // What failed for want of a connection may be had later.
    loaded.catch(() => {
      loaded = undefined
    })
    return loaded
  }
}

/** The memory that a result lies in. */
function buffersIn(result: object): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const gather = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer as ArrayBuffer)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(gather)
  }
  gather(result)
  return [...buffers]
}

function faultOf(error: unknown): Fault {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) }
}

globalThis.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const reply = (reply: Reply, transfer: ArrayBuffer[] = []): void =>
    globalThis.postMessage(reply, { transfer })
  const { id, call, argument } = data
  const calls = callsWith((progress) => reply({ id, progress }))
  const answer = calls[call] as (argument: unknown) => Promise<unknown>
  answer(argument).then(
    // Of an epoch the result is nobody's else: it is given away, not copied.
    (value) => reply({ id, value }, call === 'epoch' ? buffersIn((value as Ran).result) : []),
    (error) => reply({ id, fault: faultOf(error) }),
  )
})
