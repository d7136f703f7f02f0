/** Starts a worker of the page from a file beside it. The page that is one file has `start-inline.ts` instead. */
export function startWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'yuma' })
}
