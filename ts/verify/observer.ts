import type { ChainError } from '../errors/index.ts'
import type { Entry, Progress, Tally } from './history.ts'

/** What is known of an epoch that was checked, beside the check. */
export interface EntryDetails {
  /** How long it took to read and check it. */
  readonly seconds: number
  /** The block of the subnet's next epoch by its schedule; null where that is not known. */
  readonly nextEpochBlock: bigint | null
}

/** Who follows a watch as it goes, to count and to show: it is told each thing once, and is not waited for. */
export interface WatchObserver {
  /** Hotkeys of which it wants to know at the start what the history holds. */
  readonly hotkeys: readonly string[]
  /** What the history holds at the start; nothing where there is none. */
  onStart(known: Tally | undefined): void
  /** A look at the head found this finalized block. */
  onHead(block: bigint): void
  /** An epoch is checked and in the history. */
  onEntry(entry: Entry, details: EntryDetails): void
  /** Up to which block all epochs are checked. */
  onProgress(progress: Progress): void
  /** Something was wrong with the chain. */
  onFault(error: ChainError): void
}
