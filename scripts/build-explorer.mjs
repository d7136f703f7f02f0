// The explorer's page: `dist/explorer`, which any host serves, and in it `file.html`, the same page in one file, which a
// browser opens without a host.
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../ts/explorer', import.meta.url))
const outDir = fileURLToPath(new URL('../dist/explorer', import.meta.url))

await build({
  root,
  base: './',
  configFile: false,
  logLevel: 'warn',
  worker: { format: 'es' },
  build: { outDir, emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false } },
})
