// `npm run bench:replay [-- docs/scale.md]`: what replaying an epoch takes, measured on a loopback archive without and with the
// latency and the limit of a far one; the model of it beside these runs; a month of 128 subnets and all of dTAO by the
// model; and lakes of many files. Prints the tables of docs/scale.md, and puts them there where it is named.
import { execFile } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { createServer } from 'vite'
import { simulate } from './replay-model.mjs'

const CLIENT = fileURLToPath(new URL('replay-client.mjs', import.meta.url))
const SUBNETS = [1, 2]
const EPOCHS = Number(process.env.YUMA_EPOCHS ?? 16)
/** Blocks of a chunk, two of each subnet: an epoch comes every four blocks. */
const SPAN = EPOCHS * 2
const LATENCY_MS = 50
const DAY_MS = 86_400_000
const MONTH = { subnets: 128, epochs: 600 }
/** Since dTAO began, in February 2025: README. */
const ALL = 1_300_000
const CHUNK = 64

/** Between these a page has what is printed. */
const BEGIN = '<!-- npm run bench:replay -->'
const END = '<!-- end of it -->'

const page = process.argv[2]
const [before, rest = ''] = page === undefined ? [] : readFileSync(page, 'utf8').split(BEGIN)
const after = rest.split(END)[1]
if (page !== undefined && after === undefined)
  throw new Error(`${page} has no place for the tables: ${BEGIN} … ${END}`)

const lines = []
const say = (text = '') => {
  lines.push(text)
  console.log(text)
}
const table = (titles, rows) => {
  say(`| ${titles.join(' | ')} |`)
  say(`|${titles.map(() => '---|').join('')}`)
  for (const row of rows) say(`| ${row.join(' | ')} |`)
  say()
}
const fixed = (value, digits = 1) => value.toFixed(digits)
const whole = (value) => Math.round(value).toLocaleString('en-US')
const time = (ms) => {
  if (ms < 120_000) return `${fixed(ms / 1000)} s`
  if (ms < 2 * 3_600_000) return `${fixed(ms / 60_000)} min`
  return ms < 2 * DAY_MS ? `${fixed(ms / 3_600_000)} h` : `${fixed(ms / DAY_MS)} days`
}

/** What loads the archive: TypeScript of the tests. */
const vite = await createServer({
  configFile: false,
  logLevel: 'silent',
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
  // Node 20 has no declarations that dispose of what they hold.
  oxc: { target: 'es2022' },
})
const folder = mkdtempSync(join(tmpdir(), 'yuma-bench-replay-'))
try {
  await all()
  if (page !== undefined) writeFileSync(page, `${before}${BEGIN}\n\n${lines.join('\n')}\n${END}${after}`)
} finally {
  rmSync(folder, { recursive: true })
  await vite.close()
}

async function all() {
  say(`Node ${process.version}, ${cpus().length} cores of ${cpus()[0].model.trim()}`)
  say()
  const archive = await vite.ssrLoadModule('/bench/archive.ts')
  const chain = await archive.makeChain(SUBNETS, EPOCHS)
  const runs = []
  for (const [name, manners, jobs, part = 1] of [
    ['near, 1 thread, half of it', { latencyMs: 0, perSecond: null }, 1, 0.5],
    ['near, 1 thread', { latencyMs: 0, perSecond: null }, 1],
    ['50 ms, 1 thread', { latencyMs: LATENCY_MS, perSecond: null }, 1],
    ['50 ms, 4 threads', { latencyMs: LATENCY_MS, perSecond: null }, 4],
    ['50 ms, 20 requests a second, 2 threads', { latencyMs: LATENCY_MS, perSecond: 20 }, 2],
  ])
    runs.push({ name, manners, jobs, ...(await real(archive, chain, manners, jobs, part)) })
  const epoch = epochOf(runs)
  say('### What an epoch takes')
  say()
  say(`256 neurons, 64 dense validators, ${runs[1].epochs} epochs of ${SUBNETS.length} subnets at spec 300:`)
  say()
  table(
    ['requests', 'rounds one after the other', 'bytes of answers', "the client's processor", 'in the lake'],
    [
      [
        fixed(epoch.requests),
        fixed(epoch.rounds),
        whole(epoch.bytes),
        `${fixed(epoch.cpuMs)} ms`,
        `${whole(epoch.stored)} bytes`,
      ],
    ],
  )
  table(
    ['table', 'bytes an epoch', 'rows an epoch'],
    epoch.tables.map(({ name, bytes, rows }) => [name, whole(bytes), whole(rows)]),
  )
  say('### The model beside real runs')
  say()
  table(
    ['archive', 'epochs', 'took', 'by the model', 'ratio', 'refused (429), by the model'],
    runs.map((run) => {
      const world = {
        epochs: run.epochs,
        workers: run.jobs,
        cores: Math.max(1, cpus().length - 1),
        endpoints: 1,
        ...run.manners,
      }
      // The archive of these runs computes its answers on the same machine.
      const found = simulate({ ...epoch, cpuMs: epoch.cpuMs + epoch.serverMs }, world)
      const model = found.ms + epoch.startMs
      const refused = `${run.refused}, ${found.refused}`
      return [run.name, run.epochs, time(run.ms), time(model), fixed(run.ms / model, 2), refused]
    }),
  )
  month(epoch)
  everything(epoch)
  await lakes(epoch)
}

/** Replays the chain from an archive with such manners. */
async function real(archive, chain, manners, jobs, part) {
  const server = await archive.serveArchive(chain, manners)
  const order = {
    url: server.url,
    folder: join(folder, `lake-${manners.latencyMs}-${manners.perSecond}-${jobs}-${part}`),
    from: '1',
    to: String(part === 1 ? chain.epochs.at(-1).block : SPAN - 1),
    netuids: SUBNETS,
    span: String(SPAN),
    jobs,
  }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, JSON.stringify(order)], {
      maxBuffer: 1 << 26,
    })
    const measured = JSON.parse(stdout)
    const due = chain.epochs.filter(({ block }) => block <= Number(order.to)).length
    if (measured.epochs !== due) throw new Error(`${measured.epochs} of ${due} epochs were replayed`)
    return { ...measured, ...server.counts() }
  } finally {
    await server.close()
  }
}

/**
 * What an epoch takes: what the whole run took more than its half, so that a start counts once; rounds are how often
 * the client of the run with latency waited.
 */
function epochOf([half, near, far]) {
  const more = (of) => (of(near) - of(half)) / (near.epochs - half.epochs)
  const { epochs, files } = near
  const names = [...new Set(files.map((file) => file.table))]
  const sum = (of) => of.reduce((total, value) => total + value, 0)
  const tables = names.map((name) => {
    const own = files.filter((file) => file.table === name)
    return {
      name,
      bytes: sum(own.map((file) => file.bytes)) / epochs,
      rows: sum(own.map((file) => file.rows)) / epochs,
    }
  })
  const [ms, cpuMs] = [more((run) => run.ms), more((run) => run.cpuMs)]
  return {
    requests: more((run) => run.answered),
    rounds: Math.max(1, Math.round(far.rounds / epochs)),
    bytes: more((run) => run.bytes),
    cpuMs,
    serverMs: Math.max(0, ms - cpuMs),
    startMs: Math.max(0, near.ms - ms * epochs),
    stored: sum(tables.map((one) => one.bytes)),
    tables,
  }
}

function month(epoch) {
  const epochs = MONTH.subnets * MONTH.epochs
  say(`### A month of ${MONTH.subnets} subnets: ${whole(epochs)} epochs, by the model`)
  say()
  const rows = []
  for (const perSecond of [1, 20, 100, null])
    for (const workers of [1, 8, 32]) {
      const world = {
        epochs,
        workers,
        cores: 8,
        endpoints: 1,
        latencyMs: LATENCY_MS,
        perSecond,
        megabits: 1000,
      }
      // A limit of one a second takes more than a year of events: its rate is steady long before.
      const part = perSecond === 1 ? 20 : 1
      const { ms, cpuBusy, limitBusy } = simulate(epoch, { ...world, epochs: epochs / part })
      const limit = perSecond === null ? 'none' : `${perSecond} a second`
      rows.push([
        limit,
        workers,
        time(ms * part),
        `${fixed(cpuBusy * 100, 0)} %`,
        `${fixed(limitBusy * 100, 0)} %`,
      ])
    }
  table(["the archive's limit", 'threads', 'takes', 'of 8 cores', 'of the limit'], rows)
}

function everything(epoch) {
  say(
    `### All of dTAO: ${whole(ALL)} epochs, ${whole(ALL * epoch.requests)} requests, ${fixed((ALL * epoch.bytes) / 1e9, 0)} GB, by the model`,
  )
  say()
  const rows = []
  for (const perSecond of [1, 20, 100, null])
    for (const endpoints of [1, 10, 100]) {
      // A machine of 8 cores for each ten endpoints, eight threads an endpoint; the rate is steady after a part.
      const machines = Math.max(1, endpoints / 10)
      const workers = 8 * endpoints
      const part = 130_000
      const world = {
        epochs: part,
        workers,
        cores: 8,
        machines,
        endpoints,
        latencyMs: LATENCY_MS,
        perSecond,
        megabits: 1000,
      }
      const { ms, cpuBusy, limitBusy } = simulate(epoch, world)
      const limit = perSecond === null ? 'none' : `${perSecond} a second`
      const by = boundBy(limitBusy, cpuBusy)
      rows.push([limit, endpoints, machines, workers, time((ms * ALL) / part), by])
    }
  table(['limit of an endpoint', 'endpoints', 'machines of 8 cores', 'threads', 'takes', 'bound by'], rows)
}

/** What keeps it from being faster. */
function boundBy(limitBusy, cpuBusy) {
  if (limitBusy > 0.9) return 'the limit'
  if (limitBusy > 0.5) return 'the limit and pauses'
  return cpuBusy > 0.9 ? 'cores' : 'line or latency'
}

/** Lakes of many chunks, made of one file again and again. */
async function lakes(epoch) {
  say('### Lakes of many files')
  say()
  const size = epoch.stored * CHUNK
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const template = join(folder, 'template.parquet')
  // A chunk's neurons: 64 epochs of 256.
  await connection.run(`COPY (SELECT 1::USMALLINT AS netuid, (i // 256)::UBIGINT AS block, (i % 256)::USMALLINT AS uid,
    'hotkey' || (i % 256) AS hotkey, hash(i) AS emission FROM range(${64 * 256}) t(i)) TO '${template}' (FORMAT parquet, COMPRESSION zstd)`)
  const rows = []
  let made = 0
  for (const chunks of [230, 2300, 23_000]) {
    for (; made < chunks; made++) {
      const netuid = (made % 128) + 1
      mkdirSync(join(folder, 'made/neurons', `netuid=${netuid}`), { recursive: true })
      linkSync(template, join(folder, 'made/neurons', `netuid=${netuid}`, `${made}.parquet`))
    }
    const glob = `read_parquet('${folder}/made/neurons/*/*.parquet', hive_partitioning = true)`
    const took = async (sql) => {
      const started = performance.now()
      await connection.runAndReadAll(sql)
      return time(performance.now() - started)
    }
    rows.push([
      whole(chunks),
      whole(chunks * CHUNK),
      `${fixed((chunks * size) / 1e9, 2)} GB`,
      await took(`SELECT count(*) FROM ${glob}`),
      await took(`SELECT count(*), sum(emission) FROM ${glob} WHERE netuid = 5 AND uid = 7`),
      await took(`SELECT netuid, sum(emission) FROM ${glob} GROUP BY netuid`),
    ])
  }
  table(
    ['chunks', 'epochs', 'a lake of all tables', 'count of neurons', "one subnet's uid", 'sums by subnet'],
    rows,
  )
  connection.closeSync()
  instance.closeSync()
}
