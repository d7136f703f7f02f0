import type { Verification } from './types.ts'

/** A verification as one line of JSON, schema `yuma-verification/1`: u64 and stored values as decimal strings. */
export function verificationJson(verification: Verification): string {
  const { block, ...rest } = verification
  return `${JSON.stringify({ schema: 'yuma-verification/1', block: String(block), ...rest })}\n`
}
