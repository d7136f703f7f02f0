// Pulls or verifies, again and again, in a process of its own, so that its time and memory are nobody else's. Prints one
// line of JSON. `node client.mjs DIST '{"url":…,"what":"subnet"|"network"|"verify","prove":false,"times":1,"epochs":[…]}'`

const [dist, text] = process.argv.slice(2)
const { url, what, prove, times, epochs } = JSON.parse(text)
const load = (name) => import(new URL(`${name}/index.js`, dist))
const { connect } = await load('chain')
const chain = await connect(url, { prove })

/** Milliseconds of the processor that this process has had. */
function cpuMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of each part of what is being done. */
let parts = {}

/** A function that adds its time to a part: it waits for nothing. */
function timed(part, call) {
  return (...values) => {
    const started = performance.now()
    try {
      return call(...values)
    } finally {
      parts[part] = (parts[part] ?? 0) + performance.now() - started
    }
  }
}

/** The number of the addon's function that reads an answer: `bindings/wire/src/storage.rs`. */
const CHANGES = 1

/** What the addon reads of answers is parsing too; an older build has no such function. */
async function readAnswersTimed() {
  const { addon } = await import(new URL('runtime/addon.js', dist))
  const { storage } = addon()
  if (storage === undefined) return
  const read = timed('parsing', storage)
  addon().storage = (number, ...rest) =>
    number === CHANGES ? read(number, ...rest) : storage(number, ...rest)
}

async function makeVerify() {
  const { readEpoch, verifyStates, verificationJson } = await load('verify')
  const { loadEmission } = await load('emission')
  const engine = await (await load('engine')).loadEngine()
  const emission = await loadEmission()
  const epoch = engine.epoch.bind(engine)
  engine.epoch = timed('computing', epoch)
  JSON.parse = timed('parsing', JSON.parse)
  await readAnswersTimed()
  return async (i) => {
    const { netuid, block } = epochs[i % epochs.length]
    const before = cpuMs()
    const asked = performance.now()
    const states = await readEpoch(chain, { netuid, block })
    const reading = cpuMs() - before
    parts.waiting = Math.max(0, performance.now() - asked - reading)
    parts.decoding = reading - (parts.parsing ?? 0)
    const verification = timed('comparing', () => verifyStates(engine, emission, states))()
    parts.comparing -= parts.computing
    timed('writing', () => verificationJson(verification))()
    if (verification.outcome !== 'equal') throw new Error(`block ${block}: ${verification.outcome}`)
    return 1
  }
}

async function makePull() {
  if (what === 'network') return async () => (await chain.network()).subnets.length
  return async () => {
    await chain.subnet(1)
    return 1
  }
}

const run = what === 'verify' ? await makeVerify() : await makePull()
const runs = []
let subnets = 0
let processMs = 0
for (let i = 0; i < times; i++) {
  parts = {}
  const [cpu, started] = [cpuMs(), performance.now()]
  subnets = await run(i)
  if (i === 0) processMs = cpuMs()
  runs.push({ cpuMs: cpuMs() - cpu, ms: performance.now() - started, parts })
}
const { requests } = chain.stats
await chain.close()
console.log(
  JSON.stringify({
    subnets,
    requests,
    runs,
    processMs,
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
