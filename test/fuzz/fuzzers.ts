import { chainAnswers, provedAnswers } from './answers.ts'
import { files, histories, metagraphs } from './files.ts'
import type { Fuzzer } from './run.ts'

/** A fuzzer, and how many inputs a short run gives it. */
export interface Listed {
  // biome-ignore lint/suspicious/noExplicitAny: each has inputs of its own
  readonly fuzzer: Fuzzer<any>
  readonly runs: number
}

/** Every fuzzer. */
export async function fuzzers(): Promise<readonly Listed[]> {
  return [
    { fuzzer: files(), runs: 2000 },
    { fuzzer: metagraphs(), runs: 1000 },
    { fuzzer: await histories(), runs: 30 },
    { fuzzer: chainAnswers(), runs: 40 },
    { fuzzer: provedAnswers(), runs: 40 },
  ]
}
