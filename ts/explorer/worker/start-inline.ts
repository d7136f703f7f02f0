import InlineWorker from './worker.ts?worker&inline'

/** Starts a worker of the page whose script is in the page itself: a page that is a file may load no other. */
export function startWorker(): Worker {
  return new InlineWorker({ name: 'yuma' })
}
