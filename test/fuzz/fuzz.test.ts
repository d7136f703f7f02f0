/** A short run of each fuzzer from a fixed seed; `npm run fuzz:js` goes on for longer. */

import { describe, expect, test } from 'vitest'
import { fuzzers } from './fuzzers.ts'
import { run } from './run.ts'

const SEED = 20_261_127

describe.each(await fuzzers())('$fuzzer.name', ({ fuzzer, runs }) => {
  test(`${runs} inputs end in an answer or a typed error`, async () => {
    expect(await run(fuzzer, SEED, { runs })).toBe(runs)
  })
})
