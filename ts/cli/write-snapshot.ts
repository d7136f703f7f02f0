import { type Snapshot, snapshotPieces } from '../snapshot/index.ts'
import { writeSnapshot } from '../snapshot/node.ts'
import type { Option } from './command.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'

/** The option that says where a snapshot goes. */
export const OUTPUT_OPTION: Option = {
  short: 'o',
  value: 'FILE',
  help: 'write it there, gzip where the name ends in .gz, instead of to standard output',
}

/** Writes a snapshot to a file, or to standard output for `-` and for none. Ctrl-C leaves nothing of the file. */
export async function putSnapshot(io: Io, path: string | undefined, snapshot: Snapshot): Promise<void> {
  if (path !== undefined && path !== '-')
    return interruptible((signal) => writeSnapshot(path, snapshot, { signal }))
  await io.out.write(snapshotPieces(snapshot))
}
