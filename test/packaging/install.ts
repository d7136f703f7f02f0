/** Where the package and the tools that it is tried with are installed. */

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import { networkPieces, parseNetwork } from '../../ts/snapshot/network-document.ts'
import { ROOT } from '../browser/chromium.ts'
import { networkSnapshot } from '../emission/network.ts'

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'yuma-core')
const DAY = 86_400_000

/** The tools' folder, or why there is none. */
export type Tools = { readonly folder: string } | { readonly reason: string }

/** What a project comes to. */
export interface Figures {
  readonly kind?: string
  readonly blockKind?: string
  readonly epoch?: string
  readonly block?: string
  readonly error?: string
}

/** Installs runtimes and bundlers once, by their lockfile; one gigabyte and a half. */
export function installTools(): Tools {
  return install('tools', 'bundlers and runtimes')
}

/** Installs a Node for Linux on arm64 once; an eighth of a gigabyte. */
export function installArm64Node(): Tools {
  return install('tools-arm64', 'a Node for arm64', ...ARM64)
}

/** What npm is told to install packages for another platform than its own. */
export const ARM64: readonly string[] = ['--os=linux', '--cpu=arm64', '--libc=glibc']

function install(name: string, what: string, ...options: readonly string[]): Tools {
  const sources = join(ROOT, 'test/packaging', name)
  const lock = readFileSync(join(sources, 'package-lock.json'))
  const folder = join(CACHE, `packaging-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) {
    removeOld(folder)
    return { folder }
  }
  mkdirSync(CACHE, { recursive: true })
  const making = mkdtempSync(join(CACHE, 'making-'))
  cpSync(sources, making, { recursive: true })
  // No scripts: the programs are in the packages themselves.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...options]
  const { status, stderr } = spawnSync('npm', args, { cwd: making, encoding: 'utf8', timeout: 600_000 })
  if (status !== 0) {
    rmSync(making, { recursive: true })
    return { reason: `${what} cannot be installed: ${stderr.split('\n')[0]}` }
  }
  try {
    renameSync(making, folder)
  } catch {
    // Another run was first.
    rmSync(making, { recursive: true })
  }
  return { folder }
}

/** Projects that a run which was ended left behind. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (name.startsWith('run-') && Date.now() - statSync(path).mtimeMs > DAY)
      rmSync(path, { recursive: true })
  }
}

/** Packs the package as it is built, or one in another folder, and gives the tarball's path. */
export function pack(into: string, from: string = ROOT): string {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into]
  const json = execFileSync('npm', args, { cwd: from, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
  const [{ filename }] = JSON.parse(json) as [{ filename: string }]
  return join(into, filename)
}

/**
 * A folder below the tools with the projects in it and the package installed from its tarball, by npm.
 * @throws where npm cannot install it.
 */
export function installProjects(tools: string): string {
  const folder = mkdtempSync(join(tools, 'run-'))
  cpSync(join(ROOT, 'test/packaging/projects'), folder, { recursive: true })
  writeNetwork(folder)
  const manifest = { name: 'projects', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', pack(folder)]
  execFileSync('npm', args, { cwd: folder, stdio: 'pipe' })
  return folder
}

/** Writes the network whose blocks a project runs, as text that any bundler takes along. */
export function writeNetwork(project: string): void {
  const text = [...networkPieces(networkSnapshot(3))].join('')
  writeFileSync(join(project, 'network.js'), `export default ${JSON.stringify(text)}\n`)
}

/** What the sources come to on this machine, computed by a project's own copy, since the network is beside it. */
export async function expectedFigures(project: string): Promise<Figures> {
  const { figures } = (await import(join(project, 'figures.js'))) as {
    figures(loaders: object): Promise<Figures>
  }
  return figures({ loadEngine, loadEmission, generate, parseNetwork })
}

/** What a project's program prints at the end. */
export function printed(output: string): Figures {
  return JSON.parse(output.trim().split('\n').at(-1)!) as Figures
}
