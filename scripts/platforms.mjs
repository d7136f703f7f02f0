// The packages of single platforms, which carry the addon: what they are called, and whether this package names them.
import { readFileSync } from 'node:fs'

const { name, version, napi, optionalDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'))

/** The version that all of them have in common with this package. */
export { version }

const ARCHITECTURES = { x86_64: 'x64', aarch64: 'arm64' }
const SYSTEMS = {
  'unknown-linux-gnu': 'linux-%-gnu',
  'unknown-linux-musl': 'linux-%-musl',
  'apple-darwin': 'darwin-%',
  'pc-windows-msvc': 'win32-%-msvc',
}

/** Rust's name of each platform, and @napi-rs/cli's. */
export const PLATFORMS = napi.targets.map((target) => {
  const [architecture, ...system] = target.split('-')
  return { target, platform: SYSTEMS[system.join('-')].replace('%', ARCHITECTURES[architecture]) }
})

/** Whether the package names all of them as optional dependencies, as `napi pre-publish` has it do. */
export function hasPlatformPackages() {
  return PLATFORMS.every(({ platform }) => optionalDependencies[`${name}-${platform}`] === version)
}
