import { VIEWS } from '../replay/questions.ts'
import { TABLES } from '../replay/tables.ts'
import { exportView } from '../replay/views-export.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { FILTERS, filterOf } from './history.ts'
import { interruptible } from './interrupt.ts'
import { meant } from './suggestion.ts'

/** `yuma export` */
export const exportCommand: Command = {
  name: 'export',
  usage: 'LAKE NAME --to FILE [options]',
  about: `Writes a question over a lake (yuma replay), or one of its tables, to a file: CSV or Parquet, as its name ends
in .csv or .parquet. What was there is replaced once the file is whole.

NAME is a question, as yuma history has it (${VIEWS.map(({ command }) => command).join(', ')}), or a table
(${TABLES.map(({ name }) => name).join(', ')}). Of snapshots one can be written as the document that it is, to a FILE
that ends in .json or .json.gz: with --netuid, and its block as --from and --until.`,
  options: {
    to: { value: 'FILE', help: 'where it is written' },
    ...FILTERS,
    from: { value: 'B', help: 'from this block on' },
    until: { value: 'B', help: 'up to this block' },
  },
  async run(args, io) {
    const [lake, name, ...more] = args.positionals
    if (lake === undefined || name === undefined || more.length > 0)
      throw args.usage(`LAKE and NAME expected, ${args.positionals.length} given`)
    const file = args.text('to')
    if (file === undefined) throw args.usage('no --to given')
    const view = VIEWS.find(({ command }) => command === name)?.name ?? name
    const known = [...VIEWS, ...TABLES].map((asked) => asked.name)
    if (!known.includes(view)) {
      const names = [...VIEWS.map(({ command }) => command), ...known]
      throw args.usage(`no question or table ${JSON.stringify(name)}${meant(name, names)}`)
    }
    const options = filterOf(args, args.u64('until'))
    await interruptible((signal) => exportView(lake, view, file, { ...options, signal }))
    io.note(`wrote ${file}`)
    return EXIT.done
  },
}
