import { InputError } from 'yuma-core'
import { NETWORK_SCHEMA, parseDocuments, parseNetwork, schemaOf } from 'yuma-core/snapshot'
import type { Read } from './messages.ts'

/** The epochs in a file, and of those the one asked for, the first where none is. */
export async function readFile(file: {
  readonly name: string
  readonly bytes: Uint8Array
  readonly at: number | null
}): Promise<Read> {
  const { name, bytes, at } = file
  const documents = await parseDocuments(bytes, { file: name })
  // Of a network the first subnet that has epochs: root has none.
  const first = Math.max(
    0,
    documents.findIndex(({ snapshot }) => snapshot.netuid !== 0),
  )
  const chosen = documents[at ?? first]
  if (chosen === undefined) {
    const expected = `expected an epoch, found ${documents.length} in the file, and asked for number ${(at ?? first) + 1}`
    throw new InputError({ file: name, field: 'documents', expected })
  }
  const choices = documents.map(({ snapshot }, at) => ({ at, label: labelOf(snapshot, at) }))
  return { snapshot: chosen.snapshot, at: at ?? first, choices, network: await networkIn(bytes, name) }
}

function labelOf({ netuid, name }: { netuid?: number; name?: string }, at: number): string {
  if (netuid !== undefined) return `subnet ${netuid}`
  return name ?? `epoch ${at + 1}`
}

/** The network that a file is; null for a file of another kind. */
async function networkIn(bytes: Uint8Array, file: string): Promise<Read['network']> {
  return (await schemaOf(bytes, { file })) === NETWORK_SCHEMA ? parseNetwork(bytes, { file }) : null
}
