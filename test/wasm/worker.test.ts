import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { WorkerEngine, WorkerEngineOptions } from '../../ts/worker/index.ts'
import { outcomeDifference, resultLeaves } from './outcome.ts'
import { randomSubnet } from './random-subnet.ts'

// A worker is a file of its own: only the built package has one that Node can run.
const BUILT = new URL('../../dist/worker/index.js', import.meta.url).href
const SCRIPT = new URL('../../dist/worker/worker.js', import.meta.url)
const { createWorkerEngine } = (await import(BUILT)) as typeof import('../../ts/worker/index.ts')

const native = await loadEngine({ prefer: 'native' })
const SMALL = generate({ n: 16, validators: 4, seed: 3 })
/** Half a second of work and more, in a batch. */
const LARGE = Array.from({ length: 24 }, (_, seed) =>
  generate({ n: 1024, validators: 256, seed, density: 0.5 }),
)

const engines: WorkerEngine[] = []
const started: Worker[] = []

function start(): Worker {
  const worker = new Worker(SCRIPT)
  started.push(worker)
  return worker
}

async function workers(options: WorkerEngineOptions = {}): Promise<WorkerEngine> {
  const engine = await createWorkerEngine({ start, pool: 1, ...options })
  engines.push(engine)
  return engine
}

afterEach(() => {
  for (const engine of engines.splice(0)) engine.close()
  started.splice(0)
})

async function expectWorking(engine: WorkerEngine): Promise<void> {
  const result = await engine.epoch(SMALL, { trace: true })
  const expected = native.epoch(SMALL, { trace: true })
  expect(outcomeDifference(resultLeaves(result), resultLeaves(expected))).toBeUndefined()
}

/** The rejection as its fields. */
async function faultOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    () => Promise.reject(new Error('the call passed')),
    (error) => error,
  )
}

describe.each(['simd', 'scalar'] as const)('workers with %s', (variant) => {
  it('equal native, in the order of the input', async () => {
    const engine = await workers({ variant, pool: 3 })
    expect(engine.kind).toBe(variant === 'simd' ? 'wasm' : 'wasm-scalar')
    const snapshots = Array.from({ length: 100 }, (_, seed) => randomSubnet(seed)).filter(isAccepted)
    expect(snapshots.length).toBeGreaterThan(80)
    const results = await engine.epochs(snapshots, { trace: true })
    expect(results.length).toBe(snapshots.length)
    for (const [i, snapshot] of snapshots.entries()) {
      const expected = resultLeaves(native.epoch(snapshot, { trace: true }))
      expect(outcomeDifference(resultLeaves(results[i]!), expected), `${i}`).toBeUndefined()
    }
    expect(started.length).toBe(3)
  })
})

it('knows no result to lay the next one into', async () => {
  const engine = await workers()
  const into = await engine.epoch(SMALL)
  const kept = structuredClone(into)
  // A function cannot be sent: were the option posted, the call would fail.
  const options = { into: Object.assign(into, { unsendable: () => {} }), trace: false }
  for (const result of [await engine.epoch(SMALL, options), ...(await engine.epochs([SMALL], options))]) {
    expect(result).toEqual(kept)
    expect(result.stake.buffer).not.toBe(into.stake.buffer)
  }
})

/** An array after it was transferred elsewhere. */
function givenAway(column: BigUint64Array): BigUint64Array {
  const copy = column.slice()
  structuredClone(copy, { transfer: [copy.buffer] })
  return copy
}

function isAccepted(snapshot: typeof SMALL): boolean {
  try {
    native.epoch(snapshot)
    return true
  } catch {
    return false
  }
}

it('starts by itself, one worker per core', async () => {
  const engine = await createWorkerEngine()
  engines.push(engine)
  expect(engine.pool).toBeGreaterThan(0)
  await expectWorking(engine)
})

it('no epochs are no results', async () => {
  expect(await (await workers()).epochs([])).toEqual([])
})

it('leaves the thread free while it works', async () => {
  const engine = await workers()
  let ticks = 0
  const ticking = setInterval(() => {
    ticks += 1
  }, 5)
  await engine.epochs(LARGE)
  clearInterval(ticking)
  expect(ticks).toBeGreaterThan(10)
})

describe('input', () => {
  it('is copied, and stays', async () => {
    const snapshot = structuredClone(SMALL)
    await (await workers()).epoch(snapshot)
    expect(snapshot).toEqual(SMALL)
  })

  it('can be a part of a larger buffer, which stays', async () => {
    const engine = await workers()
    const pooled = Buffer.from(SMALL.validatorPermit)
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.length)
    const result = await engine.epoch({ ...SMALL, validatorPermit: pooled })
    expect(outcomeDifference(resultLeaves(result), resultLeaves(native.epoch(SMALL)))).toBeUndefined()
    expect([...pooled]).toEqual([...SMALL.validatorPermit])
  })

  it('is given away where that is asked for', async () => {
    const snapshot = structuredClone(SMALL)
    const result = await (await workers()).epoch(snapshot, { transfer: true })
    expect(outcomeDifference(resultLeaves(result), resultLeaves(native.epoch(SMALL)))).toBeUndefined()
    expect(snapshot.totalStake.length).toBe(0)
    expect(snapshot.mechanisms[0]!.weights.uid.length).toBe(0)
  })

  it('that was given away before is an input error, and the next call works', async () => {
    const engine = await workers()
    const snapshot = structuredClone(SMALL)
    await engine.epoch(snapshot, { transfer: true })
    const error = await faultOf(engine.epoch(snapshot, { transfer: true }))
    expect(error).toMatchObject({ name: 'InputError', field: 'blockAtRegistration' })
    await expectWorking(engine)
  })

  it('that no chain could hold rejects with what native throws, and the next call works', async () => {
    const engine = await workers()
    for (const bad of [
      { ...SMALL, n: 0 },
      { ...SMALL, totalStake: new BigUint64Array(2) },
      { ...SMALL, totalStake: givenAway(SMALL.totalStake) },
    ]) {
      const expected = await faultOf((async () => native.epoch(bad))())
      const error = await faultOf(engine.epoch(bad))
      expect([error.name, error.message, { ...error }]).toEqual([
        expected.name,
        expected.message,
        { ...expected },
      ])
      expect((await faultOf(engine.epochs([SMALL, bad, SMALL]))).message).toBe(
        `snapshot 1 of the batch: ${expected.message}`,
      )
      await expectWorking(engine)
    }
    expect(started.length).toBe(1)
  })
})

describe('abort', () => {
  it('before the call does nothing', async () => {
    const engine = await workers()
    const signal = AbortSignal.abort('never mind')
    for (const call of [engine.epoch(SMALL, { signal }), engine.epochs([SMALL], { signal })]) {
      expect(await faultOf(call)).toMatchObject({
        name: 'AbortedError',
        code: 'aborted',
        cause: 'never mind',
      })
    }
    expect(started.length).toBe(1)
  })

  it('of running work stops its worker, and the next call has another', async () => {
    const engine = await workers()
    const controller = new AbortController()
    const call = faultOf(engine.epochs(LARGE, { signal: controller.signal }))
    const gone = once(started[0]!, 'exit')
    await sleep(20)
    controller.abort('too slow')
    expect(await call).toMatchObject({ name: 'AbortedError', cause: 'too slow' })
    await gone
    await expectWorking(engine)
    expect(started.length).toBe(2)
  })

  it('of waiting work leaves what runs', async () => {
    const engine = await workers()
    const controller = new AbortController()
    const running = engine.epochs(LARGE.slice(0, 2))
    const waiting = faultOf(engine.epoch(SMALL, { signal: controller.signal }))
    controller.abort()
    expect((await waiting).name).toBe('AbortedError')
    expect((await running).length).toBe(2)
    expect(started.length).toBe(1)
  })
})

describe('a worker that dies', () => {
  it('rejects its call alone, and the next call has another', async () => {
    const engine = await workers({ pool: 2 })
    const calls = [engine.epoch(LARGE[0]!), engine.epoch(LARGE[1]!), engine.epoch(SMALL), engine.epoch(SMALL)]
    const outcomes = Promise.allSettled(calls)
    while (started.length < 2) await sleep(1)
    await started[0]!.terminate()
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    expect(await faultOf(calls[0]!)).toMatchObject({
      name: 'EngineError',
      code: 'engine',
      message: 'the worker died: it ended with code 1',
    })
    await expectWorking(engine)
  })

  it('between calls is replaced', async () => {
    const engine = await workers()
    await started[0]!.terminate()
    await expectWorking(engine)
    expect(started.length).toBe(2)
  })

  it('of an error of its own says it', async () => {
    const scripts = ["throw new Error('no such luck')", `import(${JSON.stringify(SCRIPT.href)})`]
    const engine = await workers({ start: () => new Worker(scripts.pop()!, { eval: true }) })
    const cut = new AbortController()
    const call = faultOf(engine.epochs(LARGE, { signal: cut.signal }))
    cut.abort()
    await call
    const error = await faultOf(engine.epoch(SMALL))
    expect(error).toMatchObject({ name: 'EngineError', message: 'the worker died: no such luck' })
    expect(error.cause).toBeInstanceOf(Error)
  })

  it('before it is ready fails the start', async () => {
    const missing = new URL('missing.js', SCRIPT)
    expect(await faultOf(workers({ start: () => new Worker(missing) }))).toMatchObject({
      name: 'EngineError',
      message: expect.stringMatching(/^the worker died: Cannot find module/),
    })
  })

  it('cannot even be made', async () => {
    const cause = new Error('blocked by policy')
    const refused = workers({
      start: () => {
        throw cause
      },
    })
    expect(await faultOf(refused)).toMatchObject({
      name: 'EngineError',
      message: 'no worker can be started',
      cause,
    })
  })
})

it('close rejects what runs, what waits and what comes', async () => {
  const engine = await workers()
  const calls = [engine.epochs(LARGE), engine.epoch(SMALL)]
  engine.close()
  calls.push(engine.epoch(SMALL))
  for (const call of calls) {
    expect(await faultOf(call)).toMatchObject({ name: 'EngineError', message: 'the worker engine is closed' })
  }
})

it.each([0, -1, 1.5, Number.NaN, 1025, 1e9])('a pool of %s is refused', async (pool) => {
  await expect(createWorkerEngine({ pool })).rejects.toMatchObject({ code: 'input', field: 'pool' })
})

it('what is started and is no worker is told', async () => {
  const engine = createWorkerEngine({ start: () => new Date() as never })
  await expect(engine).rejects.toMatchObject({ code: 'engine', message: 'no worker can be started' })
})

it('lets a process end that is done, closed or not', () => {
  const script = `
    const { createWorkerEngine } = await import(${JSON.stringify(BUILT)})
    await createWorkerEngine({ pool: 2 })
    console.log('done')`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 })
  expect(output.toString()).toBe('done\n')
})
