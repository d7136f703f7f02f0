/** The state that an upgrade of the runtime follows on. */

/** What is known of a state's block and of the runtime that runs the next one. */
export interface UpgradeState {
  /** The runtime that runs the next block. */
  readonly specVersion: number
  readonly stateBlock: bigint
  /** The runtime that ran the state's block, where it is another one. */
  readonly upgradedFrom: number | null
}

/**
 * Says of a state that the next block begins with the migrations of another runtime, which are on no state that was
 * read; undefined where it does not.
 */
export function upgradeSentence({ specVersion, stateBlock, upgradedFrom }: UpgradeState): string | undefined {
  if (upgradedFrom === null) return undefined
  return `block ${stateBlock} is the last of spec ${upgradedFrom}: the next one runs spec ${specVersion} and its migrations first`
}
