// Does what it is told on its standard input, a line of JSON each, in a process of its own, so that its memory is nobody
// else's and whatever takes it down is seen. Answers each with a line of JSON.
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { connect } from '../../dist/chain/index.js'
import { loadEngine } from '../../dist/engine/index.js'
import { findEpochs, verificationJson, verifyEpoch } from '../../dist/verify/index.js'

const engine = await loadEngine()

const TASKS = {
  subnet: (chain, { netuid }) => chain.subnet(netuid),
  'subnet by number': (chain, { netuid, block }) => chain.subnet(netuid, { at: block }),
  'subnet by hash': (chain, { netuid, hash }) => chain.subnet(netuid, { at: hash }),
  network: (chain) => chain.network(),
  head: (chain) => chain.head(),
  epoch: (chain, { netuid, block }) => chain.epochStates(netuid, block, { nominators: true }),
  find: (chain, { block }) => findEpochs(chain, { after: BigInt(block) - 1n, to: BigInt(block) }),
  verify: async (chain, { netuid, block }) =>
    verificationJson(await verifyEpoch(engine, chain, { netuid, block })),
}

/** A short name for a value, the same for the same value. */
function digest(value) {
  const text = JSON.stringify(value, (_, part) => {
    if (typeof part === 'bigint') return `${part}n`
    if (part instanceof Map) return [...part]
    return ArrayBuffer.isView(part) ? [part.constructor.name, Array.from(part, String)] : part
  })
  return createHash('sha256').update(text).digest('hex')
}

async function run({ urls, task, options, ...place }) {
  const chain = await connect(urls, { ...options, onWarning: () => {} })
  try {
    return { right: digest(await TASKS[task](chain, place)) }
  } finally {
    await chain.close()
  }
}

function described({ name, code, kind, message, items }) {
  return { error: { name, code, kind, message, items } }
}

for await (const line of createInterface({ input: process.stdin })) {
  const started = performance.now()
  const end = await run(JSON.parse(line)).catch(described)
  const mb = Math.round(process.resourceUsage().maxRSS / 1024)
  process.stdout.write(`${JSON.stringify({ ...end, mb, ms: Math.round(performance.now() - started) })}\n`)
}
