/** A lake's views and tables as files. */

import { AbortedError, FileError, InputError } from '../errors/index.ts'
import { text } from '../errors/options.ts'
import { isReplaceable, onlyFile, placeOf, writeAside } from '../snapshot/files.ts'
import { writeText } from '../snapshot/node.ts'
import { checkQuery, type QueryOptions, Views } from './views.ts'

const FORMATS = { '.csv': 'csv', '.parquet': 'parquet' } as const

/**
 * Writes the rows of a view or a table of a lake to a file, CSV or Parquet by its name, in their order. A kept snapshot
 * is written as the document that it is, where one is chosen and the file's name ends in `.json` or `.json.gz`. What was
 * there is replaced once the file is whole.
 *
 * @throws {InputError} where there is no such view, an option cannot be, or not one snapshot is chosen.
 * @throws {FileError} for a lake or a file that cannot be used. {@link AbortedError}
 */
export async function exportView(
  lake: string,
  name: string,
  file: string,
  options: QueryOptions = {},
): Promise<void> {
  text('lake', lake)
  text('view', name)
  text('file', file)
  checkQuery(options)
  const ending = /(\.csv|\.parquet|\.json|\.json\.gz)$/.exec(file)?.[1]
  if (ending === '.json' || ending === '.json.gz') return exportSnapshot(lake, name, file, options)
  if (ending === undefined)
    throw new FileError(
      file,
      'expected a name that ends in .csv or .parquet, or of a snapshot in .json or .json.gz',
    )
  const path = onlyFile(file)
  const place = await placeOf(path)
  if (!isReplaceable(place)) throw new FileError(file, 'expected a file, not a pipe or a device')
  const write = async (aside: string): Promise<void> => {
    await using views = await Views.open(lake, aside)
    await views.copy(name, options, aside, FORMATS[ending as keyof typeof FORMATS])
  }
  await writeAside(file, place, write, options.signal)
}

async function exportSnapshot(
  lake: string,
  name: string,
  file: string,
  options: QueryOptions,
): Promise<void> {
  if (name !== 'snapshots')
    throw new FileError(file, `${name} is written as .csv or .parquet: JSON is for one of snapshots`)
  const documents: string[] = []
  await using views = await Views.open(lake)
  for await (const { snapshot } of views.query(name, options)) {
    documents.push(snapshot as string)
    if (documents.length > 1) break
  }
  if (documents.length !== 1) {
    const found = documents.length === 0 ? 'none' : 'several'
    const expected = `expected a netuid and the block of one epoch whose snapshot is kept, found ${found}`
    throw new InputError({ field: 'netuid, from, to', expected })
  }
  const { signal } = options
  await writeText(file, documents, signal === undefined ? {} : { signal })
}
