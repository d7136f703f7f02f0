// Replays a range into a lake in a process of its own, so that its time and memory are nobody else's, and prints a line of
// JSON. `node replay-client.mjs '{"url":…,"folder":…,"from":"1","to":"40","netuids":[1],"span":"16","jobs":1}'`
import { connect } from '../dist/chain/index.js'
import { createLake } from '../dist/replay/index.js'
import { replay } from '../dist/replay/run.js'

const { url, folder, from, to, netuids, span, jobs } = JSON.parse(process.argv[2])
const chain = await connect(url)
const lake = await createLake(folder, { chain: await chain.blockHash(0), span: BigInt(span) })
await chain.close()
const before = process.cpuUsage()
const started = performance.now()
const summary = await replay({
  lake,
  from: BigInt(from),
  to: BigInt(to),
  netuids,
  jobs,
  endpoints: [url],
  engine: undefined,
  timeoutMs: undefined,
  prove: false,
  signal: new AbortController().signal,
  onWarning: () => {},
  onProgress: () => {},
})
const ms = performance.now() - started
const { user, system } = process.cpuUsage(before)
const files = (await lake.entries()).flatMap((entry) => entry.files)
console.log(
  JSON.stringify({
    ms,
    cpuMs: (user + system) / 1000,
    epochs: summary.epochs,
    outcomes: summary.outcomes,
    chunks: summary.chunks,
    files: files.map(({ table, bytes, rows }) => ({ table, bytes, rows })),
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
