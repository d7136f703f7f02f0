// Forty epochs in two workers; the page goes on meanwhile.
import { generate } from 'yuma-core/snapshot'
import { createWorkerEngine } from 'yuma-core/worker'

const snapshots = Array.from({ length: 40 }, (_, seed) => generate({ n: 128, validators: 16, seed }))
const engine = await createWorkerEngine({ pool: 2 })

let frames = 0
const timer = setInterval(() => {
  frames += 1
}, 1)
const results = await engine.epochs(snapshots)
clearInterval(timer)
engine.close()

document.querySelector('#said').textContent =
  `${results.length} epochs on ${engine.kernel}, and the page was free ${frames} times`
// For whoever looks at the page from outside.
window.app = { epochs: results.length, kernel: engine.kernel, frames }
