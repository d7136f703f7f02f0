/** Every typed error of this package. */

export { ChainError, type ChainErrorDetails, type ChainErrorKind } from './chain.ts'
export {
  AbortedError,
  checkAborted,
  EngineError,
  FileError,
  InputError,
  type InputErrorDetails,
  QueueError,
  type QueueErrorKind,
  YumaError,
  type YumaErrorCode,
} from './errors.ts'
