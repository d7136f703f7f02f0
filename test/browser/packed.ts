/** The package as npm would publish it, in a project of its own, and what Vite makes of a page there. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, createLogger } from 'vite'
import { ROOT } from './chromium.ts'

/** A project that has the package installed. */
export interface Project {
  readonly folder: string
  /** The package's files, as in the tarball. */
  readonly files: readonly string[]
  remove(): void
}

/**
 * Packs the package and unpacks it into a new project. Its dependencies are found further up, in this repository's own
 * folder, so that no registry is needed.
 */
export function installPacked(): Project {
  const cache = join(ROOT, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'project-'))
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const json = execFileSync('npm', packing, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
  const [packed] = JSON.parse(json) as [{ filename: string; files: { path: string }[] }]
  const installed = join(folder, 'node_modules/yuma-core')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1'])
  writeFileSync(join(folder, 'package.json'), '{ "name": "page", "private": true, "type": "module" }\n')
  return {
    folder,
    files: packed.files.map(({ path }) => path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What Vite made. */
export interface BuiltPage {
  readonly folder: string
  readonly warnings: readonly string[]
}

/** Copies a page into a project and builds it there with Vite as it comes. */
export async function buildPage(project: Project, page = 'app'): Promise<BuiltPage> {
  cpSync(join(ROOT, 'test/browser', page), project.folder, { recursive: true })
  const warnings: string[] = []
  const logger = createLogger('silent')
  logger.warn = (message) => warnings.push(message)
  logger.warnOnce = logger.warn
  await build({
    root: project.folder,
    configFile: false,
    logLevel: 'warn',
    customLogger: logger,
    resolve: { alias: { '#test': join(ROOT, 'test') } },
  })
  return { folder: join(project.folder, 'dist'), warnings }
}
