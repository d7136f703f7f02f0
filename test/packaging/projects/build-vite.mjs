// node build-vite.mjs ENTRY FOLDER page|ssr
import { build } from 'vite'

const [entry, outDir, kind] = process.argv.slice(2)
const ways = {
  page: { build: { outDir, rollupOptions: { input: entry, output: { entryFileNames: 'page.js' } } } },
  ssr: { build: { outDir, ssr: entry }, ssr: { noExternal: true } },
}
await build({ configFile: false, logLevel: 'warn', base: './', ...ways[kind] })
