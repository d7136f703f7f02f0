/** A release's packages for this machine: that of its platform, and the one that names it. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { VERSION } from '../../ts/runtime/version.ts'
import { ROOT } from '../browser/chromium.ts'
import { packRelease } from './release.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-platforms-'))
const project = join(folder, 'project')
const [addon] = readdirSync(join(ROOT, 'dist/native')) as [string]
const platform = addon.replace(/^yuma\.(.*)\.node$/, '$1')
const platformPackage = join(project, 'node_modules', `yuma-core-${platform}`)

afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(() => {
  mkdirSync(project)
  const { main, platform: own } = packRelease(folder, platform, join(ROOT, 'dist/native', addon))
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  execFileSync('npm', [...install, main, own], { cwd: project, stdio: 'pipe' })
})

/** The kind of engine that a program in the project gets, or the error. */
function engineOf(options = ''): string {
  const script = `
    import { loadEngine } from 'yuma-core'
    console.log(await loadEngine(${options}).then(({ kind }) => kind, ({ message }) => message))`
  const node = ['--input-type=module', '-e', script]
  return execFileSync(process.execPath, node, { cwd: project, encoding: 'utf8' }).trim()
}

interface Manifest {
  version: string
  readonly os: readonly string[]
  readonly cpu: readonly string[]
  readonly optionalDependencies: Readonly<Record<string, string>>
}

const manifestOf = (path: string): Manifest =>
  JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest

it('are of one version, and the main one names one for each of eight platforms', () => {
  const { optionalDependencies, version } = manifestOf(join(project, 'node_modules/yuma-core'))
  expect(Object.keys(optionalDependencies).sort()).toEqual([
    'yuma-core-darwin-arm64',
    'yuma-core-darwin-x64',
    'yuma-core-linux-arm64-gnu',
    'yuma-core-linux-arm64-musl',
    'yuma-core-linux-x64-gnu',
    'yuma-core-linux-x64-musl',
    'yuma-core-win32-arm64-msvc',
    'yuma-core-win32-x64-msvc',
  ])
  expect([...new Set([version, ...Object.values(optionalDependencies)])]).toEqual([VERSION])
  expect(manifestOf(platformPackage)).toMatchObject({ version, os: [process.platform], cpu: [process.arch] })
})

it('run the addon of the platform; one of another version is refused by both, and WebAssembly is taken', () => {
  expect(engineOf()).toBe('native')
  writeFileSync(
    join(platformPackage, 'package.json'),
    JSON.stringify({ ...manifestOf(platformPackage), version: '0.0.9' }),
  )
  expect(engineOf()).toBe('wasm')
  expect(engineOf("{ prefer: 'native' }")).toBe(
    `yuma-core-${platform} is of version 0.0.9 and yuma-core of ${VERSION}: install both of one version`,
  )
  rmSync(platformPackage, { recursive: true })
  expect(engineOf()).toBe('wasm')
  expect(engineOf("{ prefer: 'native' }")).toMatch(/^no native addon for /)
})
