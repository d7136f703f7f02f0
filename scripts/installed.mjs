// What the scripts need before they begin: Rust, and the packages of package-lock.json.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { run } from './run.mjs'

/** The oldest Rust that the workspace takes, as Cargo.toml says it. */
function oldestRust() {
  return /^rust-version = "(\d+)\.(\d+)"/m.exec(readFileSync('Cargo.toml', 'utf8')).slice(1).map(Number)
}

/** Ends this process where there is no Rust that is new enough, and says what to do. */
export function needRust() {
  const [major, minor] = oldestRust()
  const { stdout, error } = spawnSync('cargo', ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const found = /^cargo (\d+)\.(\d+)/.exec(stdout ?? '')
  if (found !== null && error === undefined) {
    const [theirs, minors] = found.slice(1).map(Number)
    if (theirs > major || (theirs === major && minors >= minor)) return
  }
  const what = found === null ? 'there is no Rust here' : `Rust ${found[1]}.${found[2]} is too old`
  console.error(
    `${what}: install Rust ${major}.${minor} or later (https://rustup.rs), or npm install yuma-core`,
  )
  process.exit(1)
}

/** Installs what package-lock.json names where node_modules lacks any of it. */
export function needPackages() {
  // A folder that is somewhere else is somebody else's to mend.
  if (existsSync('node_modules') && lstatSync('node_modules').isSymbolicLink()) return
  const [missing] = missingPackages()
  if (missing === undefined) return
  if (existsSync('node_modules')) console.error(`node_modules lacks ${missing}: installing anew`)
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** The folders of the lockfile that are not there as it says. Those for other platforms are not expected. */
export function missingPackages() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  return Object.entries(packages)
    .filter(([folder, { optional, link }]) => folder !== '' && !optional && !link)
    .filter(([folder, { version }]) => versionOf(folder) !== version)
    .map(([folder]) => folder)
}

function versionOf(folder) {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).version
  } catch {
    return undefined
  }
}
