// The tables as options of the commands that make snapshots.
import { EPOCH_TABLE, header, hyperparameters } from './tables.mjs'

function option({ option: { flag, value, help, hides_usual }, usual }) {
  const parts = value === undefined ? [] : [`value: '${value}'`]
  const shown = value === undefined || hides_usual ? help : `${help} (${usual})`
  return `  '${flag}': { ${[...parts, `help: '${shown.replaceAll("'", "\\'")}'`].join(', ')} },`
}

function reader({ type, option: { flag } }) {
  if (type === 'bool') return `args.has('${flag}') || undefined`
  if (type === 'u64') return `args.u64('${flag}')`
  return `args.integer('${flag}', ${type === 'i16' ? '-0x8000, 0x7fff' : '0, 0xffff'})`
}

/** ts/cli/generated/hyperparameter-options.ts */
export function hyperparameterOptions({ epoch }) {
  const fields = hyperparameters(epoch)
  return `${header('//', EPOCH_TABLE)}
import type { Hyperparameters } from '../../snapshot/index.ts'
import type { Arguments, Option } from '../command.ts'
import { present } from '../../snapshot/present.ts'

/** Options that set a subnet's hyperparameters, for commands that make snapshots. */
export const HYPERPARAMETER_OPTIONS: Readonly<Record<string, Option>> = {
${fields.map(option).join('\n')}
}

/**
 * The hyperparameters that the arguments set.
 * @throws {UsageError} for one out of its range.
 */
export function hyperparametersOf(args: Arguments): Partial<Hyperparameters> {
  return present({
${fields.map((field) => `    ${field.member}: ${reader(field)},`).join('\n')}
  })
}
`
}
