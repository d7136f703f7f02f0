import { fuzzers } from './fuzzers.ts'
import { run } from './run.ts'

const USAGE = 'usage: npm run fuzz:js -- [SECONDS] [SEED]'

/** Runs every fuzzer for an even part of so many seconds; 1 where one has a finding. */
async function main(args: readonly string[]): Promise<number> {
  const [seconds = 60, seed = Date.now() % 2 ** 31] = args.map(Number)
  if (args.length > 2 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
    console.error(USAGE)
    return 2
  }
  const all = (await fuzzers()).map(({ fuzzer }) => fuzzer)
  let findings = 0
  for (const fuzzer of all) {
    const began = performance.now()
    try {
      const inputs = await run(fuzzer, seed, { seconds: seconds / all.length })
      const perSecond = (inputs / (performance.now() - began)) * 1000
      console.log(`${fuzzer.name}: ${inputs} inputs, ${perSecond.toFixed(0)} a second, seed ${seed}`)
    } catch (error) {
      findings += 1
      console.error(`${fuzzer.name}:`, error)
    }
  }
  return findings === 0 ? 0 : 1
}

/** Run while the module is imported: what imports it takes nothing more once it has. */
export const exitCode: number = await main(process.argv.slice(2))
