/** Real blocks of finney through the public API: every figure that was published of them, to the unit. */

import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { type JsonObject, objects, readDocument } from './files.ts'
import { isFinney, runFinney } from './finney.ts'

const FOLDER = new URL('../../../shared/real/', import.meta.url).pathname
const missing = existsSync(FOLDER) ? undefined : `skipped: no published state of finney in ${FOLDER}`
if (missing !== undefined) console.warn(missing)

/** Figures of each file: of a block with the gate's bar, and once more those of its own part by itself. */
const FILES: Readonly<Record<string, number>> = {
  'finney-8910000-spec448.json.gz': 1 + 4 * 126 + 128 + 34 + 3 * 126,
  'finney-9240382-spec475.json.gz': 94 + 120 + 94,
  'sn70-payout-9240582-spec475.json.gz': 4 * 49,
}

type Plain = Record<string, unknown>

/** A copy of a document to change. */
function copyOf(document: JsonObject): { globals: Plain; subnets: Plain[]; pools: Plain[] } {
  return JSON.parse(JSON.stringify(document))
}

describe.skipIf(missing !== undefined)('finney', async () => {
  const emission = await loadEmission({ prefer: 'native' })
  const read = (name: string): JsonObject => readDocument(`${FOLDER}${name}`)

  test.each(Object.entries(FILES))('%s: all of %i figures', (name, total) => {
    const document = read(name)
    expect(isFinney(document)).toBe(true)
    expect(runFinney(emission, document)).toMatchObject({ total, differences: [] })
  })

  test('a figure that is another is named', () => {
    const block = copyOf(read('finney-8910000-spec448.json.gz'))
    block.globals.observed_EmissionGateBar_u64f64 = '1'
    const subnet = block.subnets.find(({ observed_SubnetExcessTao: excess }) => excess !== '0')!
    subnet.observed_SubnetExcessTao = '1'
    const { differences } = runFinney(emission, block as JsonObject)
    expect(differences.map((difference) => difference.replace(/:.*/, ''))).toEqual([
      'EmissionGateBar',
      `SubnetExcessTao of subnet ${String(subnet.netuid)}`,
    ])
  })

  test('a pool that was credited with one rao more is another', () => {
    const payout = copyOf(read('sn70-payout-9240582-spec475.json.gz'))
    const [pool] = payout.pools
    const [, dividend] = objects(pool!.credits_in_9240582 as never)
    Object.assign(dividend!, { amount: Number(dividend!.amount) + 1 })
    const { differences } = runFinney(emission, payout as JsonObject)
    expect(differences.length).toBeGreaterThanOrEqual(2)
    for (const difference of differences) expect(difference).toContain(String(pool!.hotkey_prefix))
  })

  test('a document without a figure is refused', () => {
    const block = copyOf(read('finney-9240382-spec475.json.gz'))
    for (const subnet of block.subnets) subnet.SubnetTAO = null
    expect(() => runFinney(emission, block as JsonObject)).toThrow('states no figure')
  })
})
