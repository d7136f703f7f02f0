import { YumaError } from './errors.ts'

/** What about the chain went wrong, for programs. */
export type ChainErrorKind =
  /** No endpoint could be reached, or the connection went and did not come back. */
  | 'connect'
  /** A request was not answered in time, however often it was asked. */
  | 'timeout'
  /** A node answered with an error. */
  | 'rpc'
  /** An answer that no node should give: not JSON, a wrong shape, a value that does not decode. */
  | 'malformed'
  /** An answer that the state root of the block's header does not prove. */
  | 'unproved'
  /** An answer about another block than the one that was asked for. */
  | 'wrong-block'
  /** The block left the chain while it was read. */
  | 'reorganised'
  /** The state was pruned: an archive node is needed. */
  | 'archive'
  /** The block or the subnet does not exist. */
  | 'missing'
  /** The runtime lacks what is needed, or holds it in a way that is not known. */
  | 'unsupported'
  /** The chain was closed. */
  | 'closed'

/** What a {@link ChainError} carries beside its message. */
export interface ChainErrorDetails {
  /** The endpoint that is to blame, where there is one. */
  readonly endpoint?: string
  /** The JSON-RPC method that failed. */
  readonly method?: string
  /** The block hash in question. */
  readonly block?: string
  /** The storage items in question. */
  readonly items?: readonly string[]
}

/** The chain could not be reached, or did not give what a snapshot needs. Exit code 3 of the command line. */
export class ChainError extends YumaError {
  readonly kind: ChainErrorKind
  readonly endpoint: string | undefined
  readonly method: string | undefined
  readonly block: string | undefined
  readonly items: readonly string[]

  constructor(kind: ChainErrorKind, message: string, fault: ChainErrorDetails = {}, options?: ErrorOptions) {
    super('chain', message, options)
    this.kind = kind
    this.endpoint = fault.endpoint
    this.method = fault.method
    this.block = fault.block
    this.items = fault.items ?? []
  }
}
