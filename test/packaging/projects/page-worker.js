// A worker of the page starts the workers of the engine.
const worker = new Worker(new URL('./outer-worker.js', import.meta.url), { type: 'module' })
globalThis.figures = new Promise((resolve) => {
  worker.addEventListener('message', ({ data }) => resolve(data))
  worker.addEventListener('error', ({ message }) => resolve({ error: message }))
})
