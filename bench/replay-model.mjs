// A replay as events: workers that ask endpoints round by round, and compute between the rounds. `bench/replay.mjs` holds
// it against real runs, and lets it run what is too long for them.

/** How long the client leaves an endpoint alone that refuses it: ts/chain/link.ts. */
const FIRST_REST_MS = 500
const MAX_REST_MS = 60_000

/**
 * @param {object} epoch What an epoch takes: `requests`, in `rounds` one after the other, `bytes`, and `cpuMs` of a worker.
 * @param {object} world `epochs`, `workers`, `cores` that they share by machine, `machines`, `endpoints`; `latencyMs`,
 * `perSecond` requests of an endpoint (null: any number) and `megabits` a second of a machine (null: any number).
 * @returns {{ ms: number, refused: number, cpuBusy: number, limitBusy: number }} How long all of it takes, how many requests
 * were refused on the way, and how much of that time the cores and the endpoints' limits were at work.
 */
export function simulate({ requests, rounds, bytes, cpuMs }, world) {
  const { epochs, workers, machines = 1, cores, endpoints, latencyMs, perSecond, megabits = null } = world
  // When each is free again.
  const core = Array.from({ length: machines }, () => new Float64Array(cores))
  const line = new Float64Array(machines)
  const next = new Float64Array(endpoints)
  const spacing = perSecond === null ? 0 : 1000 / perSecond
  // As many as a second lets through may come at once.
  const burst = 1000
  const cpuOfRound = cpuMs / rounds
  const lineOfRound = megabits === null ? 0 : (bytes * 8) / (megabits * 1000) / rounds
  let [begun, last, cpuSum, refused] = [0, 0, 0, 0]
  const queue = new Queue()
  // Worker w is of machine w mod machines, and asks endpoint w mod endpoints.
  const state = Array.from({ length: workers }, () => ({
    round: 0,
    asked: 0,
    answered: 0,
    rest: FIRST_REST_MS,
  }))
  for (let w = 0; w < workers && begun < epochs; w++, begun++) queue.push(w * 0.01, w)
  while (queue.size > 0) {
    const [now, w] = queue.pop()
    const of = state[w]
    const [machine, endpoint] = [w % machines, w % endpoints]
    // This round's part of the requests, whole ones.
    const until = Math.round(((of.round + 1) * requests) / rounds)
    let isRefused = false
    for (; of.asked < until; of.asked++) {
      if (perSecond !== null && next[endpoint] - now > burst - spacing) {
        isRefused = true
        break
      }
      next[endpoint] = Math.max(next[endpoint], now) + spacing
      of.answered = now + latencyMs
      of.rest = FIRST_REST_MS
    }
    if (isRefused) {
      refused++
      queue.push(now + of.rest, w)
      of.rest = Math.min(of.rest * 2, MAX_REST_MS)
      continue
    }
    let answered = Math.max(now, of.answered)
    if (lineOfRound > 0) {
      line[machine] = Math.max(line[machine], answered) + lineOfRound
      answered = line[machine]
    }
    const free = core[machine]
    let c = 0
    for (let i = 1; i < free.length; i++) if (free[i] < free[c]) c = i
    const done = Math.max(answered, free[c]) + cpuOfRound
    free[c] = done
    cpuSum += cpuOfRound
    last = Math.max(last, done)
    of.round++
    if (of.round === rounds) {
      of.round = 0
      of.asked = 0
      if (begun >= epochs) continue
      begun++
    }
    queue.push(done, w)
  }
  return {
    ms: last,
    refused,
    cpuBusy: cpuSum / (last * machines * cores),
    limitBusy: (epochs * requests * spacing) / (last * endpoints),
  }
}

/** Times with who comes then, the earliest first. */
class Queue {
  #heap = []

  get size() {
    return this.#heap.length
  }

  push(time, who) {
    const heap = this.#heap
    let i = heap.push([time, who]) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      if (heap[up][0] <= heap[i][0]) break
      ;[heap[up], heap[i]] = [heap[i], heap[up]]
      i = up
    }
  }

  pop() {
    const heap = this.#heap
    const top = heap[0]
    const end = heap.pop()
    if (heap.length === 0) return top
    heap[0] = end
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && heap[child][0] < heap[least][0]) least = child
      if (least === i) return top
      ;[heap[least], heap[i]] = [heap[i], heap[least]]
      i = least
    }
  }
}
