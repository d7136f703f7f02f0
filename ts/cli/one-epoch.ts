/** What commands have in common that take the file of one epoch. */

import { InputError } from '../errors/index.ts'
import type { ParsedDocument } from '../snapshot/index.ts'
import { readDocuments, shownName } from '../snapshot/node.ts'

/**
 * The only epoch of a file.
 * @throws {InputError} for a file of several.
 */
export async function onlyDocument(path: string): Promise<ParsedDocument> {
  const documents = await readDocuments(path)
  const [only, ...more] = documents
  if (only !== undefined && more.length === 0) return only
  const expected = `expected one epoch, found ${documents.length}`
  throw new InputError({ file: shownName(path), field: 'documents', expected })
}

/** The same fault, of a file. */
export function inFile(fault: InputError, file: string): InputError {
  const { field, expected, uid, mechanism, netuid } = fault
  const place = {
    ...(uid === undefined ? {} : { uid }),
    ...(mechanism === undefined ? {} : { mechanism }),
    ...(netuid === undefined ? {} : { netuid }),
  }
  return new InputError({ file, field, expected, ...place }, { cause: fault })
}
