/** What is packed: exactly what is built of the sources, and all that the exports name. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error a script of the build
import { builtFiles } from '../../scripts/wasm-files.mjs'
import { VERSION } from '../../ts/runtime/version.ts'
import { ROOT } from '../browser/chromium.ts'
import { pack } from './install.ts'

interface Manifest {
  readonly version: string
  readonly repository: { readonly url: string }
  readonly keywords: readonly string[]
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

function packedFiles(): readonly string[] {
  const args = ['pack', '--json', '--dry-run', '--ignore-scripts']
  const json = execFileSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
  const [packed] = JSON.parse(json) as [{ files: readonly { path: string }[] }]
  return packed.files.map(({ path }) => path).sort()
}

/** What the compiler makes of the sources. */
function compiled(): readonly string[] {
  return readdirSync(join(ROOT, 'ts'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /(?<!\.test|\.d)\.ts$/.test(file) && !file.startsWith('explorer/'))
    .flatMap((file) => [file.replace(/ts$/, 'js'), file.replace(/ts$/, 'd.ts')])
}

/** What Vite makes of the explorer, by names of its own. */
function explorer(): readonly string[] {
  const files = readdirSync(join(ROOT, 'dist/explorer'), { recursive: true, withFileTypes: true })
  const paths = files
    .filter((file) => file.isFile())
    .map((file) => relative(ROOT, join(file.parentPath, file.name)))
  expect(paths).toContain('dist/explorer/index.html')
  return paths
}

function expectedFiles(): readonly string[] {
  const addon = readdirSync(join(ROOT, 'dist/native'))
  // Only what this machine built: a file of another is a mistake.
  expect(addon).toEqual([
    expect.stringMatching(new RegExp(`^yuma\\.${process.platform}-${process.arch}.*\\.node$`)),
  ])
  return [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'package.json',
    ...compiled().map((file) => `dist/${file}`),
    ...(builtFiles() as string[]).map((file) => `dist/wasm/${file}`),
    ...addon.map((file) => `dist/native/${file}`),
    ...explorer(),
  ].sort()
}

it('the tarball has what is built of the sources, and nothing else', () => {
  expect(packedFiles()).toEqual(expectedFiles())
})

it('every file that the exports name is packed', () => {
  const files = packedFiles()
  for (const [path, target] of Object.entries(manifest.exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      expect(files, path).toContain(file.replace('./', ''))
    }
  }
})

it('all that names the version names the same', () => {
  const { version } = manifest
  expect(VERSION).toBe(version)
  const cargo = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8')
  expect(/^version = "(.*)"$/m.exec(cargo)?.[1]).toBe(version)
})

describe('links of the README', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)

  it('lead to files of the repository, where npm looks for them', () => {
    expect(manifest.repository.url).toMatch(/^git\+https:\/\/.*\.git$/)
    const missing = links.filter(
      (link) => !/^(https?:|#)/.test(link) && !existsSync(join(ROOT, link.replace(/#.*/, ''))),
    )
    expect(links.length).toBeGreaterThan(5)
    expect(missing).toEqual([])
  })
})

/** Tools that look at a package as those do that install it. */
describe('what is packed passes', () => {
  let tarball: string
  beforeAll(() => {
    tarball = pack(mkdtempSync(join(tmpdir(), 'yuma-contents-')))
  })
  afterAll(() => rmSync(dirname(tarball), { recursive: true }))

  it.each([
    ['publint', '--strict'],
    ['attw', '--profile', 'esm-only', '--no-emoji'],
  ])('%s', (program, ...options) => {
    const { status, stdout, stderr } = spawnSync('npx', [program, tarball, ...options], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(status, stdout + stderr).toBe(0)
  })
})
