import { FileError, InputError } from '../errors/index.ts'
import { checkParse } from './checks.ts'
import { type ParsedDocument, SNAPSHOT_SCHEMA, VECTOR_SCHEMA, VECTOR_SET_SCHEMA } from './document.ts'
import { JsonReader } from './json.ts'
import { NETWORK_SCHEMA, readNetworkEpochs } from './network-document.ts'
import { readSnapshot } from './snapshot-document.ts'
import { Source } from './source.ts'
import { unpack } from './unpack.ts'
import { readSet, readVector } from './vector-document.ts'

/** Options of {@link parseDocuments}. */
export interface ParseOptions {
  /** The file's name, for messages. */
  readonly file?: string
}

const KINDS: Readonly<Record<string, (source: Source) => ParsedDocument[]>> = {
  [SNAPSHOT_SCHEMA]: (source) => [readSnapshot(source)],
  [VECTOR_SCHEMA]: (source) => [readVector(source)],
  [VECTOR_SET_SCHEMA]: readSet,
  [NETWORK_SCHEMA]: readNetworkEpochs,
}

/**
 * The epochs in a file: a `yuma-snapshot/1` or `yuma-epoch-vector/1` document, a `yuma-epoch-vector-set/1` or a
 * `yuma-network/1`; plain or gzip. Time and memory stay in proportion to the file, whatever is in it.
 * @throws {FileError} where the bytes are no such file: not gzip, not JSON, cut short, too big, too deep.
 * @throws {InputError} for a field that no chain could hold, naming file, field and uid.
 */
export async function parseDocuments(
  bytes: Uint8Array,
  options: ParseOptions = {},
): Promise<ParsedDocument[]> {
  checkParse(bytes, options)
  const file = options.file ?? 'input'
  const text = await unpack(bytes, file)
  const schema = readSchema(text, file)
  const read = Object.hasOwn(KINDS, schema) ? KINDS[schema] : undefined
  if (read === undefined) {
    const known = Object.keys(KINDS).join(', ')
    throw new InputError({
      file,
      field: 'schema',
      expected: `expected one of ${known}, found ${JSON.stringify(schema)}`,
    })
  }
  const source = new Source(new JsonReader(text, file), file)
  const documents = read(source)
  source.reader.end()
  return documents
}

/**
 * What a file says that it is: the `schema` of its document, plain or gzip, whether it is one that is known or not.
 * @throws {FileError} where the bytes are no JSON object.
 * @throws {InputError} where there is no `schema`.
 */
export async function schemaOf(bytes: Uint8Array, options: ParseOptions = {}): Promise<string> {
  checkParse(bytes, options)
  const file = options.file ?? 'input'
  return readSchema(await unpack(bytes, file), file)
}

/** Stops a reader that has found what it looked for. */
class Found {
  readonly schema: string

  constructor(schema: string) {
    this.schema = schema
  }
}

/**
 * A document's `schema`, looked up before anything else is read: a file of another kind is to be called that, and
 * not a snapshot with a wrong field. As the first key, as it is written everywhere, it costs nothing.
 * @throws {FileError} where the bytes are no JSON object.
 * @throws {InputError} where there is no `schema`.
 */
export function readSchema(bytes: Uint8Array, file: string): string {
  const reader = new JsonReader(bytes, file)
  if (reader.kind() !== 'object') throw new FileError(file, `expected a JSON object, found ${reader.found()}`)
  try {
    reader.object((key) => {
      if (key !== 'schema') return reader.skip()
      const schema = reader.string(256)
      if (schema === undefined) {
        throw new InputError({ file, field: 'schema', expected: `expected a text, found ${reader.found()}` })
      }
      throw new Found(schema)
    })
  } catch (error) {
    if (error instanceof Found) return error.schema
    throw error
  }
  throw new InputError({ file, field: 'schema', expected: 'expected a value, found nothing' })
}
