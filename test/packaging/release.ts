/** A release's packages, made as `scripts/release.mjs` makes them. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../browser/chromium.ts'
import { pack } from './install.ts'

/** The tarballs of the main package and of one platform's. */
export interface Release {
  readonly main: string
  readonly platform: string
}

/**
 * Makes a release in a folder and packs it.
 * @param folder - Where it is made.
 * @param platform - The platform whose package is packed, as @napi-rs/cli names it.
 * @param addon - That platform's addon.
 */
export function packRelease(folder: string, platform: string, addon: string): Release {
  const release = join(folder, 'release')
  const napi = (...args: readonly string[]) =>
    execFileSync('npx', ['napi', ...args, '--cwd', release], { cwd: ROOT, stdio: 'pipe' })
  mkdirSync(release)
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    copyFileSync(join(ROOT, file), join(release, file))
  cpSync(join(ROOT, 'dist'), join(release, 'dist'), {
    recursive: true,
    filter: (path) => !path.startsWith(join(ROOT, 'dist/native')),
  })
  napi('create-npm-dirs')
  // Those of other platforms are not installed here: that they are there is all that is asked.
  for (const other of readdirSync(join(release, 'npm')))
    writeFileSync(join(release, 'npm', other, `yuma.${other}.node`), '')
  copyFileSync(addon, join(release, 'npm', platform, `yuma.${platform}.node`))
  napi('pre-publish', '--tag-style', 'npm', '--no-gh-release', '--skip-optional-publish')
  return { main: pack(folder, release), platform: pack(folder, join(release, 'npm', platform)) }
}
