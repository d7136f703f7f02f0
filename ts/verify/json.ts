import { checkBlockVerification, checkVerification } from './checks.ts'
import type { BlockVerification, Verification } from './types.ts'

/** A verification as one line of JSON, schema `yuma-verification/1`: u64 and stored values as decimal strings. */
export function verificationJson(verification: Verification): string {
  checkVerification(verification)
  return `${JSON.stringify({ schema: 'yuma-verification/1', ...withTexts(verification) })}\n`
}

/** A block's verification as one line of JSON, schema `yuma-block-verification/1`, in the same way. */
export function blockVerificationJson(verification: BlockVerification): string {
  checkBlockVerification(verification)
  const { block, epochs, ...rest } = verification
  const checked = epochs.map(withTexts)
  return `${JSON.stringify({ schema: 'yuma-block-verification/1', block: String(block), ...rest, epochs: checked })}\n`
}

function withTexts({ block, pot, ...rest }: Verification): object {
  const amounts = pot && { known: pot.known, least: String(pot.least), most: String(pot.most) }
  return { block: String(block), ...rest, pot: amounts }
}
