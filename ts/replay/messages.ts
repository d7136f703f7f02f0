/** What crosses between a replay and its workers. */

import type { EngineKind } from '../engine/types.ts'
import {
  ChainError,
  type ChainErrorKind,
  EngineError,
  FileError,
  InputError,
  type InputErrorDetails,
} from '../errors/index.ts'
import type { ChunkEntry } from './documents.ts'
import type { ChunkId } from './tables.ts'

/** What a worker is started with. */
export interface WorkerSetup {
  readonly folder: string
  readonly endpoints: readonly string[]
  readonly engine: EngineKind | undefined
  readonly timeoutMs: number | undefined
  readonly prove: boolean
}

/** To a worker: a chunk to replay, or that it is to stop. */
export type Order = { readonly chunk: ChunkId } | 'stop'

/** From a worker. */
export type Told =
  /** An epoch of its chunk is checked. */
  | { readonly kind: 'epoch' }
  | { readonly kind: 'done'; readonly entry: ChunkEntry }
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'warning'; readonly message: string }

/** A typed error as it crosses: threads share no classes. */
export type Fault =
  | { readonly code: 'chain'; readonly kind: ChainErrorKind; readonly message: string }
  | { readonly code: 'input'; readonly details: InputErrorDetails }
  | { readonly code: 'file'; readonly file: string; readonly message: string }
  | { readonly code: 'aborted' }
  | { readonly code: 'other'; readonly message: string }

/** An error as it crosses. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ChainError) return { code: 'chain', kind: error.kind, message: error.message }
  if (error instanceof InputError) {
    const { field, expected, uid, mechanism, index, netuid, file, document } = error
    const more = Object.entries({ uid, mechanism, index, netuid, file, document })
    const known = Object.fromEntries(more.filter(([, value]) => value !== undefined))
    return { code: 'input', details: { field, expected, ...known } }
  }
  if (error instanceof FileError) {
    const { file, message } = error
    return { code: 'file', file, message: message.slice(file.length + 2) }
  }
  if ((error as { readonly code?: unknown }).code === 'aborted') return { code: 'aborted' }
  return { code: 'other', message: error instanceof Error ? error.message : String(error) }
}

/** The error that crossed. */
export function errorOf(fault: Exclude<Fault, { readonly code: 'aborted' }>): Error {
  switch (fault.code) {
    case 'chain':
      return new ChainError(fault.kind, fault.message)
    case 'input':
      return new InputError(fault.details)
    case 'file':
      return new FileError(fault.file, fault.message)
    case 'other':
      return new EngineError(`a replay's worker failed: ${fault.message}`)
  }
}
