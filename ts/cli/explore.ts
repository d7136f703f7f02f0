import { basename } from 'node:path'
import { AbortedError } from '../errors/index.ts'
import { parseDocuments } from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import type { Arguments, Command } from './command.ts'
import { interruptible } from './interrupt.ts'
import { type ServedFile, servePage } from './page-server.ts'

const MAX_PORT = 65_535
const USUAL_PORT = 9945

/** `yuma explore` */
export const explore: Command = {
  name: 'explore',
  usage: '[FILE] [options]',
  about: `Serves a page on this machine, until Ctrl-C, that shows an epoch and computes it anew at every change: weights,
consensus, bonds and pay, with the file opened in it. Without a file it opens an example. The page asks no other machine
for anything but the nodes that are named in it.`,
  options: {
    port: { value: 'NUMBER', help: `on 127.0.0.1, 0 for any that is free (${USUAL_PORT})` },
  },
  async run(args, io) {
    const port = args.integer('port', 0, MAX_PORT) ?? USUAL_PORT
    const file = await fileOf(args)
    return interruptible(async (signal) => {
      await using page = await servePage(port, file)
      await io.out.write([`${page.url}\n`])
      await io.out.flush()
      return await new Promise<never>((_, reject) => {
        const stop = (): void => reject(new AbortedError(signal))
        if (signal.aborted) stop()
        signal.addEventListener('abort', stop)
      })
    })
  },
}

/** The file, once it is known to be one that the page can open. */
async function fileOf(args: Arguments): Promise<ServedFile | undefined> {
  if (args.positionals.length === 0) return undefined
  const path = args.single('file')
  const bytes = await readBytes(path)
  await parseDocuments(bytes, { file: shownName(path) })
  // In an address and beside the page's own files; what a file is, its content says.
  const plain = basename(path).replace(/[^\w.-]/g, '_')
  return { name: `file-${plain}`, bytes }
}
