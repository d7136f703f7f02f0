import { InputError } from '../errors/index.ts'
import { shownValue } from '../errors/options.ts'
import type { JsonReader } from './json.ts'

/** A fault of a field, in the file and document that a {@link Source} knows. */
export interface FieldFault {
  readonly field: string
  readonly expected: string
  readonly uid?: number
  readonly mechanism?: number
}

/** What reads each field's value, by the field's name. */
export type FieldReaders = Record<string, () => void>

/** The document that is being read, and where: what every message has to name. */
export class Source {
  readonly reader: JsonReader
  readonly file: string
  /** The document's name in its file; empty while the file is the document. */
  document = ''
  /** Weights and bonds that were read of the document. */
  entries = 0

  constructor(reader: JsonReader, file: string) {
    this.reader = reader
    this.file = file
  }

  fault(fault: FieldFault): InputError {
    const document = this.document === '' ? {} : { document: this.document }
    return new InputError({ ...fault, file: this.file, ...document })
  }

  /** The fault of a value that is next in the reader and is not what it should be. */
  unexpected(fault: FieldFault): InputError {
    return this.fault({ ...fault, expected: `expected ${fault.expected}, found ${this.reader.found()}` })
  }

  /** Any value of a field, of at most `maxBytes` bytes of text. */
  value(place: { readonly field: string; readonly uid?: number }, maxBytes: number): unknown {
    const span = this.reader.skip()
    const length = span.end - span.start
    if (length <= maxBytes) return this.reader.at(span)
    throw this.fault({ ...place, expected: `expected a value of at most ${maxBytes} bytes, found ${length}` })
  }

  /**
   * Reads an object whose fields are known.
   * @param place - What holds the object, for the message where there is none.
   * @param unknown - What to do at a field that is not known; refuses by default.
   */
  object(
    place: { readonly field: string; readonly mechanism?: number },
    fields: Readonly<FieldReaders>,
    unknown: (key: string) => void = (key) => this.#refuseUnknown(key, place.mechanism),
  ): void {
    if (this.reader.kind() !== 'object') throw this.unexpected({ ...place, expected: 'an object' })
    const seen = new Set<string>()
    const mechanism = place.mechanism === undefined ? {} : { mechanism: place.mechanism }
    this.reader.object((key) => {
      const read = Object.hasOwn(fields, key) ? fields[key] : undefined
      if (read === undefined) return unknown(key)
      if (seen.has(key))
        throw this.fault({ field: key, ...mechanism, expected: 'expected once, found twice' })
      seen.add(key)
      read()
    })
  }

  #refuseUnknown(key: string, mechanism: number | undefined): never {
    throw this.fault({
      field: key,
      expected: 'expected a field of the format, found an unknown one',
      ...(mechanism === undefined ? {} : { mechanism }),
    })
  }
}

const FOUND_LENGTH = 40

/** A value as a message shows it. */
export function foundText(value: unknown): string {
  // What no file holds is only in memory.
  if (value === undefined || typeof value === 'bigint' || typeof value === 'function')
    return shownValue(value)
  const found = JSON.stringify(value)
  return found.length > FOUND_LENGTH ? `${found.slice(0, FOUND_LENGTH)}…` : found
}
