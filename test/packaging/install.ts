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
import { ROOT } from '../browser/chromium.ts'

const TOOLS = join(ROOT, 'test/packaging/tools')
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'yuma-core')
const DAY = 86_400_000

/** The tools' folder, or why there is none. */
export type Tools = { readonly folder: string } | { readonly reason: string }

/** Installs runtimes and bundlers once, by their lockfile; one gigabyte and a half. */
export function installTools(): Tools {
  const lock = readFileSync(join(TOOLS, 'package-lock.json'))
  const folder = join(CACHE, `packaging-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) {
    removeOld(folder)
    return { folder }
  }
  mkdirSync(CACHE, { recursive: true })
  const making = mkdtempSync(join(CACHE, 'making-'))
  cpSync(TOOLS, making, { recursive: true })
  // No scripts: the programs are in the packages themselves.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, stderr } = spawnSync('npm', args, { cwd: making, encoding: 'utf8', timeout: 600_000 })
  if (status !== 0) {
    rmSync(making, { recursive: true })
    return { reason: `bundlers and runtimes cannot be installed: ${stderr.split('\n')[0]}` }
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

/** Packs the package as it is built, and gives the tarball's path. */
export function pack(into: string): string {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into]
  const json = execFileSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
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
  const manifest = { name: 'projects', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', pack(folder)]
  execFileSync('npm', args, { cwd: folder, stdio: 'pipe' })
  return folder
}
