/** How messages name an endpoint: its address without what is nobody else's business. */

import { text as textCheck } from '../errors/options.ts'

/** What stands for what is left out. */
const HIDDEN = '…'

/** A host, and a port where one is named. */
const HOST = /^(\[[0-9a-f:.]*\]|[^:@]*)(:\d{0,5})?$/i

/** The parts of an address: scheme, what names the host with who asks before it, and the rest. */
function partsOf(url: string): readonly [scheme: string, authority: string, rest: string] {
  const [, scheme = '', after = url] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(url) ?? []
  const authority = /^[^/?#]*/.exec(after)![0]
  return [scheme, authority, after.slice(authority.length)]
}

/**
 * The address of an endpoint for messages: without user and password, without what follows a question mark, and of the
 * path only that there is one, since providers put their keys there. Of an address that is none only the scheme, where
 * what stands for the host may be a password: one with a slash in it.
 * @throws {InputError} for what is no text.
 */
export function endpointName(url: string): string {
  textCheck('url', url)
  const [scheme, authority, rest] = partsOf(url)
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (!HOST.test(host) || rest.includes('@')) return `${scheme}${HIDDEN}`
  const hidden = rest === '' || rest === '/' ? '' : `/${HIDDEN}`
  return `${scheme}${host}${hidden}`
}

/** An error with the address in its message, and in those of its causes, as messages name it. */
export function withoutAddress(error: unknown, url: string): unknown {
  if (!(error instanceof Error)) return error
  const message = withName(error.message, url)
  const cause = error.cause === undefined ? undefined : withoutAddress(error.cause, url)
  if (message === error.message && cause === error.cause) return error
  const clean = new Error(message, cause === undefined ? {} : { cause })
  clean.name = error.name
  return clean
}

/** A text in which the address stands as messages name it; parts of it that say who asks stand nowhere. */
export function withName(text: string, url: string): string {
  let clean = text.replaceAll(url, endpointName(url))
  for (const secret of secretsOf(url)) clean = clean.replaceAll(secret, HIDDEN)
  return clean
}

/** What of an address is the endpoint's and the asker's alone, as it is and as URLs encode and decode it. */
function secretsOf(url: string): readonly string[] {
  const [, authority, rest] = partsOf(url)
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  // Shorter ones are words of messages too, and a path is made of words where it has no key.
  const own = [user, ...user.split(':')].filter((part) => part.length > 3)
  const keys = rest.split(/[/?#&=]/).filter((part) => part.length > 7 || /\d/.test(part))
  return [...own, ...keys].flatMap((part) => [part, encoded(part), decoded(part)])
}

function encoded(part: string): string {
  try {
    return encodeURIComponent(part)
  } catch {
    return part
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
