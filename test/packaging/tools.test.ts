/**
 * The package as it is packed, installed in projects of every runtime and bundler: `npm run packaging`, which prints the
 * table of what each comes to.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, launch, serve } from '../browser/chromium.ts'
import { expectedFigures, type Figures, installProjects, installTools, printed } from './install.ts'

const tools = installTools()
const folder = 'folder' in tools ? tools.folder : ''
const missing = 'reason' in tools
if (missing) console.warn(`skipped: ${tools.reason}`)

const found = findChromium()
const noBrowser = 'reason' in found
if (noBrowser) console.warn(`skipped: pages of bundlers: ${found.reason}`)

/** A program of the tools; undefined where this platform's package is not there. */
function program(path: string): string | undefined {
  const file = join(folder, 'node_modules', path)
  if (!missing && existsSync(file)) return file
  console.warn(`skipped: ${path} is not to be had on this machine`)
  return undefined
}

const PROGRAMS = {
  'Node 22': program('node22/bin/node'),
  'Node 24': program('node24/bin/node'),
  bun: program('@oven/bun-linux-x64-baseline/bin/bun'),
  deno: program('@deno/linux-x64-glibc/deno'),
  workerd: program('@cloudflare/workerd-linux-64/bin/workerd'),
}

let projects = ''
let browser: Browser | undefined
let expected: Figures
const table: { name: string; found: Figures }[] = []

beforeAll(async () => {
  if (missing) return
  projects = installProjects(folder)
  if (!noBrowser) browser = await launch(found.program)
  expected = await expectedFigures(projects)
})

afterAll(async () => {
  await browser?.close()
  if (projects !== '') rmSync(projects, { recursive: true, force: true })
  const width = Math.max(...table.map(({ name }) => name.length))
  const rows = table.map(({ name, found }) => {
    const { kind = '', blockKind = '', epoch = '', block = '' } = found
    const loads = found.error === undefined ? 'loads' : 'FAILS'
    return `${name.padEnd(width)}  ${loads}  ${kind.padEnd(6)}  ${epoch.slice(0, 12)}  ${blockKind.padEnd(6)}  ${block.slice(0, 12)}`
  })
  console.info(['', `${''.padEnd(width)}         epochs                blocks`, ...rows, ''].join('\n'))
})

/** The environment without what vitest and npm put into it. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_|YUMA_)/i.test(name))
  return { ...Object.fromEntries(own), TOOLS: folder, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
}

function run(command: string, args: readonly string[], cwd = projects): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env: environment(), encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return stdout
}

const node = (...args: readonly string[]): string => run(process.execPath, args)

/** Notes a row of the table, and holds it against what the sources come to. */
function check(name: string, found: Figures, kind: string): void {
  table.push({ name, found })
  expect(found).toEqual({ kind, blockKind: kind, epoch: expected.epoch, block: expected.block })
}

/** What a page comes to that has a script alone. */
async function pageOf(out: string, headers: Readonly<Record<string, string>> = {}): Promise<Figures> {
  cpSync(join(projects, 'index.html'), join(projects, out, 'index.html'))
  const server = await serve({ '': join(projects, out) }, headers)
  try {
    return await figuresOf(`${server.origin}/`)
  } finally {
    server.close()
  }
}

async function figuresOf(address: string): Promise<Figures> {
  const page = await browser!.newPage()
  try {
    await page.goto(address)
    await page.waitForFunction(() => 'figures' in globalThis)
    return await page.evaluate(() => (globalThis as unknown as { figures: Promise<Figures> }).figures)
  } finally {
    await page.close()
  }
}

describe.skipIf(missing)('runtimes', () => {
  const nodes = [['Node 20', process.execPath], ...Object.entries(PROGRAMS).slice(0, 2)] as const

  it.each(nodes)('%s', (name, path) => {
    if (path === undefined) return
    const version = run(path, ['--version']).replace(/^v(\d+).*\s*$/, 'Node $1')
    if (name !== 'Node 20') expect(version).toBe(name)
    check(`${version}, modules`, printed(run(path, ['main.mjs'])), 'native')
    check(`${version}, CommonJS`, printed(run(path, ['main.cjs'])), 'native')
  })

  it.skipIf(PROGRAMS.bun === undefined)('Bun', () => {
    check('Bun', printed(run(PROGRAMS.bun!, ['main.mjs'])), 'native')
  })

  it.skipIf(PROGRAMS.deno === undefined)('Deno, with permissions and without', () => {
    check('Deno, all permitted', printed(run(PROGRAMS.deno!, ['run', '-A', 'main.mjs'])), 'native')
    check('Deno, nothing permitted', printed(run(PROGRAMS.deno!, ['run', '--no-prompt', 'main.mjs'])), 'wasm')
  })

  it.skipIf(PROGRAMS.workerd === undefined)('workerd', async () => {
    const options = {
      conditions: ['workerd', 'worker', 'browser'],
      loader: { '.wasm': 'copy' },
      assetNames: '[name]',
    }
    node('build-esbuild.mjs', 'worker-entry.js', 'workerd/worker.js', JSON.stringify(options))
    const port = await freePort()
    writeFileSync(join(projects, 'workerd/config.capnp'), configuration(port))
    const worker = spawn(PROGRAMS.workerd!, ['serve', 'config.capnp'], {
      cwd: join(projects, 'workerd'),
      stdio: 'inherit',
    })
    try {
      check('workerd', (await (await answer(`http://127.0.0.1:${port}/`)).json()) as Figures, 'wasm')
    } finally {
      worker.kill()
    }
  })
})

/** A service of one worker with the modules that it imports. */
function configuration(port: number): string {
  const modules = ['yuma-simd', 'yuma-emission-simd'].map(
    (name) => `(name = "${name}.wasm", wasm = embed "${name}.wasm"),`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js"), ${modules.join(' ')}],
  compatibilityDate = "2025-01-01",
);
`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The answer of a server that is starting. */
async function answer(address: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    try {
      return await fetch(address)
    } catch (error) {
      if (tries === 300) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

describe.skipIf(missing)('bundles for Node', () => {
  /** Beside `node_modules`, and as a file that is alone on a machine. */
  function both(name: string, file: string): void {
    check(`${name}, beside node_modules`, printed(node(file)), 'native')
    const alone = mkdtempSync(join(tmpdir(), 'yuma-bundle-'))
    const [there, hidden] = [join(projects, 'node_modules'), join(projects, 'hidden')]
    try {
      cpSync(join(projects, file, '..'), alone, { recursive: true })
      // A bundle may know by its whole path where it was made.
      renameSync(there, hidden)
      check(`${name}, alone`, printed(run(process.execPath, [basename(file)], alone)), 'wasm')
    } finally {
      renameSync(hidden, there)
      rmSync(alone, { recursive: true })
    }
  }

  it('of esbuild, modules', () => {
    node('build-esbuild.mjs', 'main.mjs', 'esbuild-esm/main.mjs', '{ "platform": "node" }')
    both('esbuild for Node, modules', 'esbuild-esm/main.mjs')
  })

  it('of esbuild, CommonJS', () => {
    const options = '{ "platform": "node", "format": "cjs" }'
    node('build-esbuild.mjs', 'main.mjs', 'esbuild-cjs/main.cjs', options)
    both('esbuild for Node, CommonJS', 'esbuild-cjs/main.cjs')
  })

  it('of Vite', () => {
    node('build-vite.mjs', 'main.mjs', 'vite-ssr', 'ssr')
    both('Vite for servers', 'vite-ssr/main.js')
  })

  it('of webpack', () => {
    node('build-webpack.mjs', './main.mjs', 'webpack-node', 'node')
    both('webpack for Node', 'webpack-node/main.cjs')
  })
})

describe.skipIf(missing || noBrowser)('pages', () => {
  it('of Vite', async () => {
    node('build-vite.mjs', 'page.js', 'vite', 'page')
    check('Vite', await pageOf('vite'), 'wasm')
  })

  it('of webpack', async () => {
    node('build-webpack.mjs', './page.js', 'webpack', 'web')
    check('webpack', await pageOf('webpack'), 'wasm')
  })

  it('of esbuild: an import, a condition, or the file', async () => {
    node('build-esbuild.mjs', 'page-inline.js', 'esbuild-inline/page.js')
    check('esbuild, yuma-core/inline', await pageOf('esbuild-inline'), 'wasm')
    node('build-esbuild.mjs', 'page.js', 'esbuild-condition/page.js', '{ "conditions": ["yuma-inline"] }')
    check('esbuild, --conditions=yuma-inline', await pageOf('esbuild-condition'), 'wasm')
    node('build-esbuild.mjs', 'page-file.js', 'esbuild-file/page.js', '{ "loader": { ".wasm": "file" } }')
    check('esbuild, --loader:.wasm=file', await pageOf('esbuild-file'), 'wasm')
  })

  it('of esbuild without any of them: the error says which', async () => {
    node('build-esbuild.mjs', 'page.js', 'esbuild/page.js')
    expect((await pageOf('esbuild')).error).toMatch(/yuma-simd\.wasm: HTTP 404; .*'yuma-core\/inline'/)
  })

  it('of rollup: a condition, or a plugin', async () => {
    node('build-rollup.mjs', 'condition', 'rollup-condition')
    check('rollup, exportConditions', await pageOf('rollup-condition'), 'wasm')
    node('build-rollup.mjs', 'assets', 'rollup-assets')
    check('rollup, import-meta-assets', await pageOf('rollup-assets'), 'wasm')
  })

  it('with a strict policy', async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    node('build-vite.mjs', 'page.js', 'strict', 'page')
    check('strict policy', await pageOf('strict', { 'content-security-policy': policy }), 'wasm')
    const stricter = { 'content-security-policy': policy.replace(" 'wasm-unsafe-eval'", '') }
    expect((await pageOf('strict', stricter)).error).toMatch(
      /cannot be compiled as WebAssembly: .*unsafe-eval/,
    )
  })

  it('with a worker in a worker', async () => {
    node('build-vite.mjs', 'page-worker.js', 'nested', 'page')
    check('a worker in a worker', await pageOf('nested'), 'wasm')
  })
})

describe.skipIf(missing)('Next', () => {
  it.each(['turbopack', 'webpack'])('with %s', async (bundler) => {
    const next = join(folder, 'node_modules/next/dist/bin/next')
    const env = { ...environment(), DIST: `.next-${bundler}` }
    const cwd = join(projects, 'next')
    const port = await freePort()
    execFileSync(process.execPath, [next, 'build', `--${bundler}`], { cwd, env, stdio: 'pipe' })
    const server = spawn(process.execPath, [next, 'start', '-H', '127.0.0.1', '-p', `${port}`], {
      cwd,
      env,
      stdio: 'pipe',
    })
    try {
      const origin = `http://127.0.0.1:${port}`
      check(
        `Next with ${bundler}, server`,
        (await (await answer(`${origin}/figures`)).json()) as Figures,
        'native',
      )
      if (!noBrowser) check(`Next with ${bundler}, page`, await figuresOf(`${origin}/`), 'wasm')
    } finally {
      server.kill()
    }
  })
})

describe.skipIf(missing)('TypeScript', () => {
  const compilers = [
    ['5.7', 'typescript57/bin/tsc'],
    ['newest', 'typescript/bin/tsc'],
  ] as const
  const settings = [
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ] as const
  const libraries = [
    ['dom', 'es2022,dom'],
    ['no dom', 'es2022'],
  ] as const
  const cases = compilers.flatMap(([version, path]) =>
    settings.flatMap(([resolution, module]) =>
      libraries.map(([name, lib]) => [version, resolution, name, path, module, lib] as const),
    ),
  )

  it.each(cases)('%s, %s, with %s', (_version, moduleResolution, _name, path, module, lib) => {
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'es2022',
      types: ['node'],
      exactOptionalPropertyTypes: true,
      module,
      moduleResolution,
      lib: lib.split(','),
    }
    const config = `tsconfig.${module}.${lib.length}.${path.replace(/\W/g, '')}.json`
    writeFileSync(join(projects, config), JSON.stringify({ compilerOptions: options, files: ['types.ts'] }))
    expect(node(join(folder, 'node_modules', path), '-p', config)).toBe('')
  })
})
