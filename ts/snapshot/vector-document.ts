import { type ExpectedOutput, type ParsedDocument, VECTOR_SCHEMA } from './document.ts'
import { EPOCH_FIELDS, SET_FIELDS, VECTOR_FIELDS } from './fields.ts'
import {
  checkMechanism,
  checkShared,
  type MechanismColumns,
  mechanismReaders,
  type SharedColumns,
  sharedReaders,
} from './generated/file.ts'
import type { JsonReader, Span } from './json.ts'
import { MAX_VECTORS } from './limits.ts'
import type { Source } from './source.ts'
import { required } from './state.ts'
import type { Snapshot } from './types.ts'

/** A vector's input, as far as it was read. */
interface VectorInput {
  readonly values: Record<string, unknown>
  readonly columns: SharedColumns
  readonly mechanism: MechanismColumns
}

/** What is said of a vector or set beside what its epoch needs is for people: it is passed over. */
function passOver(source: Source): () => void {
  return () => {
    source.reader.skip()
  }
}

/** Reads a `yuma-epoch-vector-set/1` document. */
export function readSet(source: Source): ParsedDocument[] {
  const values: Record<string, unknown> = {}
  let documents: ParsedDocument[] | undefined
  const readers = {
    ...SET_FIELDS.readers(source, values),
    vectors: () => {
      documents = readVectors(source)
    },
  }
  source.object({ field: 'set' }, readers, passOver(source))
  const { spec_version } = SET_FIELDS.check(source, values)
  const vectors = required(source, { field: 'vectors' }, documents)
  if (spec_version !== undefined) checkOneSpec(source, vectors, spec_version)
  return vectors
}

function checkOneSpec(source: Source, vectors: readonly ParsedDocument[], specVersion: number): void {
  for (const { name, snapshot } of vectors) {
    if (snapshot.specVersion === specVersion) continue
    source.document = name
    const expected = `expected the set's ${specVersion}, found ${snapshot.specVersion}`
    throw source.fault({ field: 'spec_version', expected })
  }
}

function readVectors(source: Source): ParsedDocument[] {
  const field = 'vectors'
  if (source.reader.kind() !== 'array') throw source.unexpected({ field, expected: 'an array' })
  const documents: ParsedDocument[] = []
  source.reader.array((index) => {
    if (index === MAX_VECTORS)
      throw source.fault({ field, expected: `expected at most ${MAX_VECTORS} vectors` })
    source.document = `vectors[${index}]`
    documents.push(readVector(source))
    source.document = ''
  })
  if (documents.length > 0) return documents
  throw source.fault({ field, expected: 'expected at least one vector, found none' })
}

/** Reads a `yuma-epoch-vector/1` document. */
export function readVector(source: Source): ParsedDocument {
  const values: Record<string, unknown> = {}
  let input: VectorInput | undefined
  let output: Span | undefined
  const readers = {
    ...VECTOR_FIELDS.readers(source, values),
    input: () => {
      input = readInput(source)
    },
    output: () => {
      output = readOutput(source)
    },
  }
  source.object({ field: 'vector' }, readers, passOver(source))
  const { schema, spec_version, name } = VECTOR_FIELDS.check(source, values)
  if (schema !== VECTOR_SCHEMA) {
    throw source.fault({
      field: 'schema',
      expected: `expected ${VECTOR_SCHEMA}, found ${JSON.stringify(schema)}`,
    })
  }
  const inSet = source.document !== ''
  if (inSet && name !== undefined) source.document = name
  const snapshot: Snapshot = {
    specVersion: spec_version,
    ...(name === undefined ? {} : { name }),
    ...checkInput(source, input),
  }
  const shownName = name ?? (inSet ? source.document : source.file)
  return new VectorDocument(shownName, snapshot, source.reader, output)
}

function readInput(source: Source): VectorInput {
  const input: VectorInput = { values: {}, columns: {}, mechanism: {} }
  source.entries = 0
  const readers = {
    ...EPOCH_FIELDS.readers(source, input.values),
    ...sharedReaders(source, input.columns),
    ...mechanismReaders(source, input.mechanism),
  }
  source.object({ field: 'input' }, readers)
  return input
}

function checkInput(source: Source, input: VectorInput | undefined): Omit<Snapshot, 'specVersion' | 'name'> {
  if (input === undefined)
    throw source.fault({ field: 'input', expected: 'expected an object, found nothing' })
  const fields = EPOCH_FIELDS.check(source, input.values)
  return {
    ...checkShared(source, fields, input.columns),
    mechanismEmissionSplit: null,
    mechanisms: [checkMechanism(source, input.mechanism, fields)],
  }
}

function readOutput(source: Source): Span {
  if (source.reader.kind() !== 'object') throw source.unexpected({ field: 'output', expected: 'an object' })
  return source.reader.skip()
}

/** A vector, whose output is built only for those who ask: it is bigger than the input, and an epoch needs none. */
class VectorDocument implements ParsedDocument {
  readonly kind = 'vector'
  readonly name: string
  readonly snapshot: Snapshot
  readonly #reader: JsonReader
  readonly #output: Span | undefined

  constructor(name: string, snapshot: Snapshot, reader: JsonReader, output: Span | undefined) {
    this.name = name
    this.snapshot = snapshot
    this.#reader = reader
    this.#output = output
  }

  get expected(): ExpectedOutput | undefined {
    return this.#output === undefined ? undefined : (this.#reader.at(this.#output) as ExpectedOutput)
  }
}
