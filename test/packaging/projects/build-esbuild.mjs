// node build-esbuild.mjs ENTRY OUTFILE [JSON of further options]
import { build } from 'esbuild'

const [entry, outfile, options = '{}'] = process.argv.slice(2)
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  format: 'esm',
  logLevel: 'error',
  ...JSON.parse(options),
})
