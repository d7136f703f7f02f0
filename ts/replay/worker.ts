/** The script of a replay's worker: it replays one chunk after the other, with an engine and a connection of its own. */

import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../chain/index.ts'
import { loadEmission } from '../emission/index.ts'
import { loadEngine } from '../engine/index.ts'
import { replayChunk } from './chunk.ts'
import { openLake } from './lake.ts'
import { faultOf, type Order, type Told, type WorkerSetup } from './messages.ts'

const port = parentPort!
const { folder, endpoints, engine: kind, timeoutMs, prove } = workerData as WorkerSetup
const stopped = new AbortController()
const { signal } = stopped

function tell(told: Told): void {
  port.postMessage(told)
}

/** What chunks are replayed with, made for the first and kept while all goes well. */
async function tools() {
  const [engine, emission, lake] = await Promise.all([
    loadEngine(kind === undefined ? {} : { prefer: kind }),
    loadEmission(),
    openLake(folder),
  ])
  const chain = await connect(endpoints, {
    signal,
    prove,
    onWarning: (message) => tell({ kind: 'warning', message }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  return { engine, emission, lake, chain }
}

let open: ReturnType<typeof tools> | undefined

async function obey(order: Exclude<Order, 'stop'>): Promise<void> {
  try {
    open ??= tools()
    const { chunk } = order
    const entry = await replayChunk({
      ...(await open),
      chunk,
      signal,
      onEpoch: () => tell({ kind: 'epoch' }),
    })
    tell({ kind: 'done', entry })
  } catch (error) {
    // The next chunk begins over a new connection.
    const held = open
    open = undefined
    await held?.then(({ chain }) => chain.close()).catch(() => {})
    tell({ kind: 'failed', fault: faultOf(error) })
  }
}

port.on('message', (order: Order) => {
  if (order === 'stop') {
    stopped.abort()
    void open?.then(({ chain }) => chain.close()).catch(() => {})
    port.close()
    return
  }
  void obey(order)
})
