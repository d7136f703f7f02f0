// `npm run bench:blocks [-- --json] [-- ENGINE…]`: a network of 64 subnets of 256 neurons that stays resident: to open it from ready
// columns and run its first block, each of 100 blocks more where no epoch is due, and an epoch's block; native and in
// both WebAssembly builds. Memory is what the process grows by for
// one network that is open, its caller's columns not counted.
import { columnsOf, loadEmission, NETWORK_TABLES } from '../dist/emission/index.js'
import { generate } from '../dist/snapshot/index.js'

const SUBNETS = 64
const NEURONS = 256
const VALIDATORS = 64
const COLDKEYS = 4
const BLOCKS = 100
const TURNS = 5
/** Networks that are open at once for what one takes. */
const OPEN = 20
const TEMPO = 360
const BLOCK = 8_000_000n
const MB = 2 ** 20
const RAO = 10n ** 9n

const place = (netuid, uid) => 1 + (netuid - 1) * NEURONS + uid
const share = (part) => ({ kind: 1, mantissa: 10n ** 20n * BigInt(part) + 1n, exponent: -20n })

/** A subnet whose validators weigh every neuron; its epoch is due `late` blocks on. */
function subnet(netuid, late) {
  const epoch = generate({ n: NEURONS, validators: VALIDATORS, density: 1, seed: netuid })
  const rows = (sparse) =>
    Array.from({ length: NEURONS }, (_, row) => {
      const [from, to] = [sparse.rowStart[row], sparse.rowStart[row + 1]]
      return Array.from({ length: to - from }, (_, i) => ({
        uid: sparse.uid[from + i],
        value: sparse.value[from + i],
      }))
    })
  const [main] = epoch.mechanisms
  return {
    netuid,
    tao: 100_000n * RAO + BigInt(netuid),
    alpha: 1_000_000n * RAO,
    alphaOut: 500_000n * RAO,
    movingPrice: (1n << 32n) / 20n,
    poolInitialized: true,
    tempo: TEMPO,
    lastEpochBlock: BLOCK - BigInt(TEMPO) + BigInt(late),
    lastMechanismStepBlock: BLOCK - BigInt(TEMPO) + BigInt(late),
    hasConsensus: true,
    neurons: Array.from({ length: NEURONS }, (_, uid) => ({
      hotkey: place(netuid, uid),
      blockAtRegistration: epoch.blockAtRegistration[uid],
      validatorPermit: epoch.validatorPermit[uid],
    })),
    stakes: Array.from({ length: NEURONS }, (_, uid) => ({
      hotkey: place(netuid, uid),
      total: epoch.totalStake[2 * uid + 1],
      ...share(COLDKEYS),
      shares: Array.from({ length: COLDKEYS }, (_, coldkey) => ({ coldkey: 100_000 + coldkey, ...share(1) })),
    })),
    mechanisms: [
      {
        lastUpdates: Array.from(main.lastUpdate, (block) => ({ block })),
        weightRows: rows(main.weights).map((weights) => ({ weights })),
        bondRows: rows(main.bonds).map((bonds) => ({ bonds })),
      },
    ],
  }
}

/** Epochs are due one a block from `first` blocks on. */
function state(first) {
  const hotkeys = Array.from({ length: SUBNETS * NEURONS }, (_, i) => i + 1)
  return columnsOf(NETWORK_TABLES, {
    globals: {
      block: BLOCK,
      totalIssuance: 10_500_000n * RAO,
      balancesIssuance: 10_500_000n * RAO,
      rootTao: 6_000_000n * RAO,
    },
    owners: hotkeys.map((hotkey) => ({ hotkey, coldkey: 200_000 + (hotkey % 5000) })),
    rootStakes: hotkeys.map((hotkey) => ({ hotkey, total: 100n * RAO })),
    subnets: Array.from({ length: SUBNETS }, (_, i) => subnet(i + 1, first + i)),
  })
}

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1]

function timed(run) {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** What the process grows by for each of many open networks. */
function memoryOf(emission, columns) {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const networks = Array.from({ length: OPEN }, () => {
    const network = emission.open({ specVersion: 425, columns })
    network.run(1)
    return network
  })
  const grown = process.memoryUsage.rss() - before
  for (const network of networks) network.close()
  return grown / OPEN / MB
}

function measure(emission, idle, due) {
  // First: memory that networks gave back would serve the next ones.
  const memoryMb = memoryOf(emission, idle)
  const results = { open: [], block: [], epoch: [] }
  for (let turn = 0; turn < TURNS; turn++) {
    let network
    results.open.push(
      timed(() => {
        network = emission.open({ specVersion: 425, columns: idle })
        network.run(1)
        network.report()
      }),
    )
    const blocks = Array.from({ length: BLOCKS }, () =>
      timed(() => {
        network.run(1)
        network.report()
      }),
    )
    results.block.push(Math.max(...blocks.slice(-50)), median(blocks))
    network.close()
    network = emission.open({ specVersion: 425, columns: due })
    results.epoch.push(timed(() => network.run(1)))
    if (network.report().payouts.length !== 1) throw new Error('expected one epoch')
    network.close()
  }
  return {
    openMs: median(results.open),
    blockMs: median(results.block.filter((_, i) => i % 2 === 1)),
    slowestBlockMs: median(results.block.filter((_, i) => i % 2 === 0)),
    epochMs: median(results.epoch),
    memoryMb,
  }
}

const words = process.argv.slice(2)
const wanted = words.filter((word) => word !== '--json')
const [idle, due] = [state(BLOCKS + 50), state(1)]
const bytes = Object.values(idle)
  .flatMap((table) => Object.values(table))
  .reduce((sum, column) => sum + (column?.byteLength ?? 0), 0)
const found = []
for (const prefer of wanted.length > 0 ? wanted : ['native', 'wasm', 'wasm-scalar']) {
  found.push({ engine: prefer, ...measure(await loadEmission({ prefer }), idle, due) })
}
if (words.includes('--json')) {
  console.log(JSON.stringify({ case: `${SUBNETS}x${NEURONS}`, columnBytes: bytes, engines: found }))
} else {
  console.log(
    `${SUBNETS} subnets of ${NEURONS} neurons, ${VALIDATORS} validators: ${(bytes / MB).toFixed(1)} MiB of columns`,
  )
  console.log('engine       open and first block   further block (slowest)   block with an epoch   memory')
  for (const { engine, openMs, blockMs, slowestBlockMs, epochMs, memoryMb } of found) {
    const cells = [
      `${openMs.toFixed(1)} ms`.padStart(20),
      `${blockMs.toFixed(2)} ms (${slowestBlockMs.toFixed(2)})`.padStart(24),
      `${epochMs.toFixed(1)} ms`.padStart(20),
      `${memoryMb.toFixed(0)} MB`.padStart(8),
    ]
    console.log(engine.padEnd(12), ...cells)
  }
}
