import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { verifyBlock } from '../../ts/verify/index.ts'
import { sealed } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { all, Flips, writtenAt } from './flips.ts'
import { LaidRun } from './laid-run.ts'

/** Of each version the last block before the run, and how many blocks it takes. */
const RUNS = [
  [425, 8_000_000n, 14],
  [475, 8_000_270n, 24],
] as const

describe('a stored value changed by one unit', () => {
  test.each(RUNS)(
    'at spec %i, of every field that is compared: it is found and named',
    async (specVersion, block, blocks) => {
      const [engine, emission] = [await loadEngine(), await loadEmission()]
      const run = new LaidRun(emission, {
        specVersion,
        subnets: 8,
        seed: 21,
        block,
        maxEpochsPerBlock: 2,
        tempos: [6, 13],
      })
      await using server = await ChainServer.start(run.chain)
      await using chain = await connect(server.url)
      const flips = new Flips(run.runtime)
      const [found, fields] = [new Set<string>(), new Set<string>()]
      let count = 0
      for (let i = 0; i < blocks; i++) {
        const { number, report } = run.next()
        const netuid = report.payouts[0]?.netuid
        if (netuid === undefined) continue
        const laid = run.chain.at(number)!
        const where = {
          netuid,
          hotkeys: run.hotkeys(netuid),
          coldkeys: run.coldkeys(netuid),
          filled: run.accounts(report.flushes),
        }
        const options = { block: number, nominators: true, emission }
        const whole = await verifyBlock(engine, chain, options)
        expect(all(whole)).toEqual([])
        for (const { field } of [...whole.checked, ...whole.epochs.flatMap(({ checked }) => checked)])
          fields.add(field)
        for (const field of fields) {
          if (found.has(field)) continue
          for (const state of flips.of(field, laid.state, where)) {
            run.chain.put(sealed({ ...laid, branch: `${field} ${count}`, state }))
            const differences = all(await verifyBlock(engine, chain, options))
            expect(
              differences.map((one) => one.field),
              field,
            ).toContain(field)
            expect(new Set(differences.map((one) => one.field)), field).toEqual(new Set([field]))
            found.add(field)
            count++
          }
        }
        run.chain.put(laid)
      }
      console.info(`${count} values changed of ${found.size} fields`)
      expect([...fields].filter((field) => !found.has(field))).toEqual([])
      expect([...fields].sort()).toEqual(writtenAt(specVersion).sort())
    },
  )
})
