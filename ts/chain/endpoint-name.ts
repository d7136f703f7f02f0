/** How messages name an endpoint: its address without what is nobody else's business. */

import { text as textCheck } from '../errors/options.ts'

/** What stands for what is left out. */
const HIDDEN = '…'

/**
 * The address of an endpoint for messages: without user and password, without what follows a question mark, and of the
 * path only that there is one, since providers put their keys there.
 * @throws {InputError} for what is no text.
 */
export function endpointName(url: string): string {
  textCheck('url', url)
  const [, scheme = '', rest = url] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(url) ?? []
  const authority = /^[^/?#]*/.exec(rest)![0]
  const at = authority.lastIndexOf('@')
  const more = rest.slice(authority.length)
  const hidden = more === '' || more === '/' ? '' : `/${HIDDEN}`
  return `${scheme}${authority.slice(at + 1)}${hidden}`
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

function secretsOf(url: string): readonly string[] {
  const authority = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)/is.exec(url)![1]!
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  const query = url.slice(authority.length).split('?')[1] ?? ''
  // Shorter ones are words of messages too.
  return [user, ...user.split(':').slice(1), query].filter((secret) => secret.length > 3)
}
