// A call of the addon with little memory and ever more, in a process of its own: an allocation that fails would end it.
// Prints a line of JSON for each: how many megabytes it had, what came of it.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadEmission, networkState } from '../../dist/emission/index.js'
import { loadEngine } from '../../dist/engine/index.js'
import { loadProver } from '../../dist/proof/index.js'
import { loadSimulator } from '../../dist/simulate/index.js'
import { generate, parseNetwork } from '../../dist/snapshot/index.js'

const [name, file] = process.argv.slice(2)
// Ever more: what was had once the process may keep. Node itself ends where it has nothing left.
const MEGABYTES = name === 'proof' ? [90, 270, 1000] : [20, 60, 180, 540]

const pid = String(process.pid)
/** No more than so many bytes of addresses from now on. */
const limit = (bytes) => execFileSync('prlimit', ['--pid', pid, `--as=${bytes}:unlimited`])
const used = () => 1024 * Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])

/** A short name for a result, the same for the same. */
function digest(value) {
  const hash = createHash('sha256')
  const add = (part) => {
    if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
    else if (typeof part === 'object' && part !== null) for (const key of Object.keys(part)) add(part[key])
    else hash.update(String(part))
  }
  add(value)
  return hash.digest('hex')
}

async function check(call) {
  for (const megabytes of MEGABYTES) {
    globalThis.gc()
    // Pages of what is collected are given back a little later.
    await sleep(300)
    limit(used() + megabytes * 2 ** 20)
    let result
    let error
    try {
      result = call()
    } catch (thrown) {
      error = { name: thrown.name, message: thrown.message }
    }
    limit('unlimited')
    console.log(JSON.stringify({ megabytes, ...(error ? { error } : { digest: digest(result) }) }))
  }
}

const CASES = {
  async epoch() {
    const engine = await loadEngine({ prefer: 'native' })
    const snapshot = generate({ n: 2500, validators: 1200, seed: 1 })
    return () => engine.epoch(snapshot)
  },
  async 'epoch, traced'() {
    const engine = await loadEngine({ prefer: 'native' })
    const snapshot = generate({ n: 1500, validators: 600, seed: 1 })
    return () => engine.epoch(snapshot, { trace: true })
  },
  async 'epochs, traced'() {
    const engine = await loadEngine({ prefer: 'native' })
    const snapshots = Array.from({ length: 4 }, (_, seed) => generate({ n: 800, validators: 300, seed }))
    return () => engine.epochs(snapshots, { trace: true })
  },
  async 'the reference'() {
    const engine = await loadEngine({ prefer: 'reference' })
    const snapshot = generate({ n: 600, validators: 300, seed: 1 })
    return () => engine.epoch(snapshot, { trace: true })
  },
  async open() {
    const emission = await loadEmission({ prefer: 'native' })
    const state = networkState(await parseNetwork(readFileSync(file)))
    return () => {
      const opened = emission.open(state)
      opened.run(1)
      opened.close()
      return opened.specVersion
    }
  },
  async columns() {
    const emission = await loadEmission({ prefer: 'native' })
    const opened = emission.open(networkState(await parseNetwork(readFileSync(file))))
    return () => opened.columns()
  },
  async 'a recording'() {
    const simulator = await loadSimulator({ prefer: 'native' })
    const snapshot = generate({ n: 64, validators: 8, seed: 1 })
    const options = { record: ['incentive', 'stake', 'emission'], maxBytes: 2 ** 40 }
    return () => {
      const subnet = simulator.open(snapshot)
      try {
        return subnet.run(90_000, options).columns
      } finally {
        subnet.close()
      }
    }
  },
  async proof() {
    const prover = await loadProver({ prefer: 'native' })
    const nodes = Array.from({ length: 20_000 }, (_, i) => `0x${i.toString(16).padStart(8, '0').repeat(120)}`)
    const keys = Array.from({ length: 5000 }, (_, i) => `0x${i.toString(16).padStart(8, '0').repeat(8)}`)
    return () => prover.values(`0x${'11'.repeat(32)}`, nodes, keys)
  },
}

await check(await CASES[name]())
