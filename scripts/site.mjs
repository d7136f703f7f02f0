// `npm run site`: the pages and the API reference from the doc comments, as a site in .cache/site. What builds it is
// installed into site/ and is no part of the package's own dependencies.
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { run } from './run.mjs'

/** How a script says that this machine lacks what it needs. */
const UNAVAILABLE = 3
const SOURCE = 'site/src'

if (!existsSync('site/node_modules/.package-lock.json')) {
  const args = ['ci', '--prefix', 'site', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error('site: what builds it cannot be installed here')
    process.exit(UNAVAILABLE)
  }
}

rmSync(SOURCE, { recursive: true, force: true })
mkdirSync(SOURCE, { recursive: true })
cpSync('docs', `${SOURCE}/docs`, { recursive: true })
cpSync('README.md', `${SOURCE}/index.md`)
for (const page of [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'LICENSE',
  'fuzz/README.md',
  'examples/README.md',
])
  cpSync(page, `${SOURCE}/${page}`)

// The explorer's page stands in the site as it is, and in its own page of the docs.
if (!existsSync('dist/explorer/index.html')) run('npm', ['run', '--silent', 'build:explorer'])
cpSync('dist/explorer', `${SOURCE}/public/explorer`, { recursive: true })
appendFileSync(
  `${SOURCE}/docs/explorer.md`,
  `\n## Try it here\n\n<iframe src="/explorer/index.html" title="The explorer, with an example" loading="lazy" style="width: 100%; height: 80vh; border: 1px solid var(--vp-c-divider); border-radius: 8px"></iframe>\n`,
)

/** The package's entries by their sources: what is documented is what can be imported. */
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.entries(exports)
  // A worker's script is started, not imported.
  .filter(([name]) => name !== './worker/script')
  .map(([, { types }]) => /^\.\/dist\/(?!wasm\/)(.*)\.d\.ts$/.exec(types ?? '')?.[1])
  .filter((entry) => entry !== undefined)
  .map((entry) => `../ts/${entry}.ts`)
writeFileSync(
  'site/src/typedoc.json',
  JSON.stringify({
    name: 'API',
    entryPoints: entries.map((entry) => `../${entry}`),
    tsconfig: '../../tsconfig.build.json',
    plugin: ['typedoc-plugin-markdown'],
    out: 'api',
    readme: 'none',
    router: 'module',
    entryFileName: 'index',
    disableSources: true,
    excludePrivate: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    groupOrder: ['Functions', 'Interfaces', 'Type Aliases', 'Classes', '*'],
    logLevel: 'Error',
  }),
)
const tool = (name) => `site/node_modules/.bin/${name}`
run(tool('typedoc'), ['--options', 'site/src/typedoc.json'])
rmSync('site/src/typedoc.json')
run(tool('vitepress'), ['build', 'site'])
