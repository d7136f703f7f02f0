// How long the explorer takes from a moved slider to the redrawn page, in Chromium: `node bench/explorer.mjs`, behind
// `npm run build:explorer`. Each size is moved 100 times, after 20 that are not counted.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { servePage } from '../dist/cli/page-server.js'
import { encodeSnapshot, generate } from '../dist/snapshot/index.js'

const SHAPE = { seed: 7, leastCoverage: 0.3, mostCoverage: 1 }
const SIZES = [
  { n: 256, validators: 64 },
  { n: 1024, validators: 64 },
  { n: 4096, validators: 64 },
]
const VIEWS = ['weights', 'neurons', 'staircase']
const [WARM, MOVES] = [20, 100]

const found = spawnSync('bash', [fileURLToPath(new URL('../scripts/ensure-chromium.sh', import.meta.url))])
if (found.status !== 0) {
  console.error('no Chromium')
  process.exit(1)
}
const browser = await chromium.launch({
  executablePath: String(found.stdout).trim(),
  args: process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : ['--disable-gpu'],
})

/** Milliseconds of each move, from the event to the page that is laid out anew. */
function moved(page, moves) {
  return page.evaluate(async (moves) => {
    const root = document.querySelector('.page')
    const slider = [...document.querySelectorAll('.field')]
      .find((field) => field.textContent.startsWith('Kappa'))
      .querySelector('input[type=range]')
    const times = []
    for (let i = 0; i < moves; i++) {
      const drawn = new Promise((resolve) => {
        const watcher = new MutationObserver(() => {
          watcher.disconnect()
          resolve()
        })
        watcher.observe(root, { attributes: true, attributeFilter: ['data-turn'] })
      })
      slider.value = String(20_000 + 131 * i)
      const start = performance.now()
      slider.dispatchEvent(new Event('input', { bubbles: true }))
      await drawn
      root.getBoundingClientRect()
      times.push(performance.now() - start)
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    return times
  }, moves)
}

console.log('ms from a moved slider to the page laid out anew, of 100 moves')
console.log('  neurons  validators  view        median     p95   slowest')
for (const { n, validators } of SIZES) {
  const bytes = encodeSnapshot(generate({ n, validators, ...SHAPE }))
  const server = await servePage(0, { name: 'file-bench.json', bytes })
  for (const view of VIEWS) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(server.url.replace('#', `#view=${view}&`))
    await page.waitForSelector('.page[data-state=ready] main h2')
    await moved(page, WARM)
    const times = (await moved(page, MOVES)).sort((a, b) => a - b)
    const at = (part) => times[Math.ceil(part * times.length) - 1].toFixed(1)
    const cells = [String(n).padStart(7), String(validators).padStart(10), view.padEnd(9)]
    console.log(`  ${cells.join('  ')}  ${at(0.5).padStart(7)} ${at(0.95).padStart(7)} ${at(1).padStart(9)}`)
    await page.close()
  }
  await server[Symbol.asyncDispose]()
}
await browser.close()
