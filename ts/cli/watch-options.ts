/** What `yuma verify --watch` tells others: numbers for Prometheus, and alerts. */

import { endpointName } from '../chain/index.ts'
import { isSs58 } from '../snapshot/ss58.ts'
import {
  type AlertRules,
  type History,
  sendAlerts,
  WatchMetrics,
  type WatchOptions,
} from '../verify/index.ts'
import type { Arguments, Option } from './command.ts'
import { grouped } from './format.ts'
import type { Io } from './io.ts'
import { LOOPBACK } from './listen.ts'
import { isLoopback, type MetricsAddress, serveMetrics } from './metrics-server.ts'

/** Names a webhook where no option does: what is in a command line others on the machine can read. */
export const WEBHOOK_VARIABLE = 'YUMA_WEBHOOK'

const MAX_PORT = 65_535

/** Options of a watch alone. */
export const WATCH_OPTIONS: Readonly<Record<'metrics' | 'webhook' | 'hotkey' | 'trust-below', Option>> = {
  metrics: {
    value: '[HOST:]PORT',
    help: 'with --watch, numbers for Prometheus at /metrics (host: 127.0.0.1)',
  },
  webhook: {
    value: 'URL',
    help: `with --watch, post an alert for each difference, and for what --hotkey and --trust-below name ($${WEBHOOK_VARIABLE})`,
  },
  hotkey: { value: 'KEY[,KEY…]', help: 'hotkeys (SS58) to show numbers of, and whose lost permits to tell' },
  'trust-below': { value: 'PART', help: 'tell where the trust of one of them falls below it, 0 to 1' },
}

/** Whom a watch tells what. */
export interface Telling {
  readonly metrics: MetricsAddress | undefined
  readonly webhook: string | undefined
  readonly rules: AlertRules
}

/** @param follow Whether it is a watch. */
export function tellingOf(args: Arguments, follow: boolean): Telling {
  const trustBelow = args.fraction('trust-below')
  const hotkeys = hotkeysOf(args)
  const webhook = follow ? webhookOf(args) : undefined
  const given = (Object.keys(WATCH_OPTIONS) as (keyof typeof WATCH_OPTIONS)[]).find(
    (name) => args.text(name) !== undefined,
  )
  if (given !== undefined && !follow) throw args.usage(`--${given} goes with --watch`)
  const metrics = addressOf(args)
  if (hotkeys.length > 0 && metrics === undefined && webhook === undefined)
    throw args.usage('--hotkey goes with --metrics or --webhook')
  if (trustBelow !== undefined && (hotkeys.length === 0 || webhook === undefined))
    throw args.usage('--trust-below goes with --hotkey and --webhook')
  return { metrics, webhook, rules: { hotkeys, ...(trustBelow === undefined ? {} : { trustBelow }) } }
}

function hotkeysOf(args: Arguments): readonly string[] {
  const hotkeys = args.text('hotkey')?.split(',') ?? []
  const wrong = hotkeys.find((hotkey) => !isSs58(hotkey))
  if (wrong === undefined) return hotkeys
  throw args.usage(`--hotkey: expected SS58 addresses, found ${JSON.stringify(wrong)}`)
}

function webhookOf(args: Arguments): string | undefined {
  const url = args.text('webhook') ?? process.env[WEBHOOK_VARIABLE]
  if (url === undefined || url === '') return undefined
  if (/^https?:\/\/./.test(url) && URL.canParse(url)) return url
  throw args.usage(
    `--webhook: expected an http:// or https:// URL, found ${JSON.stringify(endpointName(url))}`,
  )
}

function addressOf(args: Arguments): MetricsAddress | undefined {
  const text = args.text('metrics')
  if (text === undefined) return undefined
  const [, bracketed, plain, digits] =
    /^(?:(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):)?([0-9]{1,5})$/.exec(text) ?? []
  if (digits !== undefined && Number(digits) <= MAX_PORT)
    return { host: bracketed ?? plain ?? LOOPBACK, port: Number(digits) }
  throw args.usage(`--metrics: expected [HOST:]PORT, found ${JSON.stringify(text)}`)
}

/** Does a watch's work with those beside it whom it tells. */
export async function telling(
  { metrics: address, webhook, rules }: Telling,
  history: History,
  io: Io,
  work: (options: Partial<WatchOptions>) => Promise<void>,
): Promise<void> {
  const metrics = new WatchMetrics({ hotkeys: rules.hotkeys ?? [] })
  await using server = address && (await serveMetrics(address, () => metrics.text()))
  if (server !== undefined) {
    const whom = isLoopback(address!.host) ? '' : ', for whoever reaches this machine'
    io.note(`metrics at ${server.url}${whom}`)
  }
  const options = server === undefined ? {} : { observer: metrics.observer }
  if (webhook === undefined) return work(options)
  const onFault = (message: string): void => io.note(`${message}; the alert is kept and sent again`)
  const sender = sendAlerts({ url: webhook, history, onFault })
  try {
    await work({ ...options, alerts: rules, onAlerts: () => sender.wake() })
  } finally {
    await sender.close()
    const left = await history.unsentAlerts()
    if (left > 0) {
      const alerts = left === 1 ? '1 alert is' : `${grouped(left)} alerts are`
      io.note(`${alerts} not sent yet, and will be when the watch goes on with this history`)
    }
  }
}
