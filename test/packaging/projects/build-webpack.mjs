// node build-webpack.mjs ENTRY FOLDER TARGET
import { resolve } from 'node:path'
import webpack from 'webpack'

const [entry, folder, target] = process.argv.slice(2)
const configuration = {
  mode: 'production',
  entry: resolve(entry),
  target,
  output: { path: resolve(folder), filename: target === 'node' ? 'main.cjs' : 'page.js' },
}
webpack(configuration, (error, stats) => {
  if (error) throw error
  const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true })
  for (const { message } of [...errors, ...warnings.filter(({ message }) => !/size/.test(message))])
    console.error(message)
  process.exitCode = errors.length === 0 ? 0 : 1
})
