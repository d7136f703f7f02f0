/** Servers of this machine. */

import type { Server } from 'node:http'
import { EngineError } from '../errors/index.ts'

/** Reached from this machine alone. */
export const LOOPBACK = '127.0.0.1'

/** Whether a request names this machine as itself: what comes by another name may be a page's of someone else. */
export function isOwnName(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}

/**
 * Waits until a server listens.
 * @throws {EngineError} where the port cannot be had.
 */
export function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new EngineError(`port ${port} cannot be had: ${cause.message}`, { cause }))
    server.once('error', failed)
    server.listen(port, host, () => {
      server.removeListener('error', failed)
      resolve()
    })
  })
}

/** Ends every connection and stops listening. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
