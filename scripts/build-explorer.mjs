// The explorer's page: `dist/explorer`, which any host serves. In it `file.html`, the same page in one file, which a
// browser opens without a host, and `offline.js`, which keeps the page for when there is no network.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const root = here('../ts/explorer')
const outDir = here('../dist/explorer')
const TARGET = 'es2023'

const common = { root, base: './', configFile: false, logLevel: 'warn' }

await build({
  ...common,
  worker: { format: 'es' },
  build: { outDir, emptyOutDir: true, target: TARGET, modulePreload: { polyfill: false } },
})
writeFileSync(join(outDir, 'file.html'), await inOneFile())
writeFileSync(join(outDir, 'offline.js'), keptFiles())

/** The page with its script, style, workers and modules in itself. */
async function inOneFile() {
  const folder = mkdtempSync(join(tmpdir(), 'yuma-explorer-'))
  try {
    await build({
      ...common,
      publicDir: false,
      resolve: { alias: [{ find: './start.ts', replacement: join(root, 'worker/start-inline.ts') }] },
      worker: { format: 'iife' },
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: TARGET,
        assetsInlineLimit: () => true,
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      },
    })
    const assets = readdirSync(join(folder, 'assets'))
    const read = (end) => readFileSync(join(folder, 'assets', only(assets, end)), 'utf8')
    const script = read('.js').replaceAll('</script', '<\\/script')
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    return page
      .replace(/\s*<script[^>]*on-file\.js"><\/script>/, '')
      .replace(/\s*<script type="module"[^>]*><\/script>/, '')
      .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${read('.css')}</style>`)
      .replace('</body>', () => `<script type="module">${script}</script></body>`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @throws where the page is not one script and one style. */
function only(names, end) {
  const found = names.filter((name) => name.endsWith(end))
  if (found.length !== 1) throw new Error(`expected one ${end}, found ${names.join(', ')}`)
  return found[0]
}

/** The service worker with the files that it keeps: all but what stands in for others. */
function keptFiles() {
  const files = readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(outDir.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => !/^file\.html$|-scalar-|^index\.html$/.test(name))
    .sort()
  const contents = createHash('sha256')
  for (const name of [...files, 'index.html']) contents.update(readFileSync(join(outDir, name)))
  const list = JSON.stringify(['./', ...files.map((name) => `./${name}`)], null, 2)
  return readFileSync(here('offline.js'), 'utf8')
    .replace('const FILES = []', () => `const FILES = ${list}`)
    .replace("const NAME = ''", () => `const NAME = 'yuma-explorer-${contents.digest('hex').slice(0, 16)}'`)
}
