import { endpointName } from '../chain/index.ts'
import { sleep } from '../errors/sleep.ts'
import { checkSend } from './checks.ts'
import type { History, UnsentAlert } from './history.ts'

/** Where alerts go. */
export interface SendOptions {
  /** Takes `yuma-alert/1` documents: each is posted by itself. A user and password in it are sent as such. */
  readonly url: string
  /** Where a watch keeps them. */
  readonly history: History
  /** Milliseconds that an answer may take. Default 10,000. */
  readonly timeoutMs?: number
  /** Milliseconds before the next attempt after one that failed; twice as long each time, at most 5 minutes. Default 1,000. */
  readonly backoffMs?: number
  /** Told of each alert that was taken. */
  readonly onSent?: (id: string) => void
  /** Told why one was not; it is tried again. */
  readonly onFault?: (message: string) => void
}

/** Sends alerts until it is closed. */
export interface AlertSender extends AsyncDisposable {
  /** Says that there is something to send: `onAlerts` of a watch. */
  wake(): void
  /** Stops, in the middle of an attempt too; what is not sent stays in the history. */
  close(): Promise<void>
}

const TIMEOUT_MS = 10_000
const BACKOFF_MS = 1000
const LONGEST_PAUSE_MS = 300_000

/**
 * Posts the alerts of a history, those that an earlier process left first, and then those to come. Each is tried until
 * the receiver answers with a 2xx, and only then marked as sent: it comes at least once, and a second time with the
 * same `id`. One that is refused holds up no other for longer than a pause. Nobody waits for it.
 *
 * @throws {InputError}
 */
export function sendAlerts(options: SendOptions): AlertSender {
  checkSend(options)
  const sender = new Sender(options)
  return {
    wake: () => sender.wake(),
    close: () => sender.close(),
    [Symbol.asyncDispose]: () => sender.close(),
  }
}

class Sender {
  readonly #options: SendOptions
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #stop = new AbortController()
  readonly #done: Promise<void>
  /** Ends the wait for something to send. */
  #wake: () => void = () => {}
  #woken = false

  constructor(options: SendOptions) {
    this.#options = options
    this.#url = new URL(options.url)
    this.#headers = headersOf(this.#url)
    // Requests may not have them in their address.
    this.#url.username = ''
    this.#url.password = ''
    this.#done = this.#run()
  }

  wake(): void {
    this.#woken = true
    this.#wake()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#done
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let failed = 0
    let after = 0n
    while (!signal.aborted) {
      const fault = await this.#next(after).catch((error: unknown) => ({
        position: after,
        fault: reasonOf(error),
      }))
      if (signal.aborted) return
      if (fault === undefined) {
        // Those that failed are tried again before it waits.
        if (after === 0n) await this.#somethingToSend()
        after = 0n
        continue
      }
      after = fault.position
      if (fault.fault === undefined) {
        failed = 0
        continue
      }
      this.#options.onFault?.(`${endpointName(this.#options.url)}: ${fault.fault}`)
      await sleep(this.#pause(failed++), signal).catch(() => {})
    }
  }

  /** Tries the first alert after a position; undefined where there is none. */
  async #next(after: bigint): Promise<{ position: bigint; fault: string | undefined } | undefined> {
    this.#woken = false
    const { history, onSent } = this.#options
    const alert = await history.unsentAlert(after)
    if (alert === undefined) return undefined
    const fault = await this.#post(alert)
    if (fault === undefined) {
      await history.markSent(alert.id)
      onSent?.(alert.id)
    }
    return { position: alert.position, fault }
  }

  async #post({ id, document }: UnsentAlert): Promise<string | undefined> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS)
    try {
      const answer = await fetch(this.#url, {
        method: 'POST',
        headers: { ...this.#headers, 'idempotency-key': id },
        body: document,
        // Who moved is named anew by who runs the watch: an alert goes nowhere else.
        redirect: 'manual',
        signal: AbortSignal.any([timeout, this.#stop.signal]),
      })
      // Whatever it says is of no use, however long it is.
      await answer.body?.cancel()
      return answer.ok ? undefined : `the webhook answered ${answer.status}`
    } catch (error) {
      return timeout.aborted ? 'the webhook did not answer in time' : reasonOf(error)
    }
  }

  #pause(failed: number): number {
    return Math.min((this.#options.backoffMs ?? BACKOFF_MS) * 2 ** Math.min(failed, 20), LONGEST_PAUSE_MS)
  }

  async #somethingToSend(): Promise<void> {
    if (this.#woken) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

function headersOf({ username, password }: URL): Readonly<Record<string, string>> {
  const json = { 'content-type': 'application/json', 'user-agent': 'yuma-core' }
  if (username === '' && password === '') return json
  const asker = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`)
  return { ...json, authorization: `Basic ${btoa(String.fromCharCode(...asker))}` }
}

/** A part of an address as it was meant, or as it stands there where that is nothing that an address is made of. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Why a request failed: what `fetch` throws says it in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: unknown }
  if (cause instanceof Error && cause.message !== '') return cause.message
  return cause instanceof AggregateError ? String(cause.errors[0]) : String(message)
}
