// The steps of a release, each a command of .github/workflows/release.yml:
//
//   check     the tag, the version and the repository are those of package.json
//   prepare   makes a package of each platform's addon from `artifacts`, and names them all in package.json
//   publish   publishes them, then the package itself
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { hasPlatformPackages, PLATFORMS, version } from './platforms.mjs'
import { run } from './run.mjs'

function fail(reason) {
  console.error(`release: ${reason}`)
  process.exit(1)
}

function check() {
  const { GITHUB_REF_NAME, GITHUB_REPOSITORY } = process.env
  const { repository } = JSON.parse(readFileSync('package.json', 'utf8'))
  if (GITHUB_REF_NAME !== `v${version}`) fail(`the tag is ${GITHUB_REF_NAME}, the version ${version}`)
  // npm refuses provenance of another repository than the one that the package names.
  if (repository.url !== `git+https://github.com/${GITHUB_REPOSITORY}.git`)
    fail(`package.json names ${repository.url}, this is ${GITHUB_REPOSITORY}`)
}

/** Where @napi-rs/cli puts a platform's package. */
const folderOf = (platform) => `npm/${platform}`

function prepare() {
  run('npx', ['napi', 'create-npm-dirs'])
  run('npx', ['napi', 'artifacts', '--output-dir', 'artifacts'])
  run('npx', ['napi', 'pre-publish', '--tag-style', 'npm', '--no-gh-release', '--skip-optional-publish'])
  for (const { platform } of PLATFORMS) {
    const files = existsSync(folderOf(platform)) ? readdirSync(folderOf(platform)) : []
    if (!files.some((file) => file.endsWith('.node'))) fail(`there is no addon for ${platform}`)
  }
}

function publish() {
  if (!hasPlatformPackages()) fail('package.json does not name the packages of the platforms: prepare first')
  const publishing = ['publish', '--provenance', '--access', 'public']
  for (const { platform } of PLATFORMS) run('npm', publishing, { cwd: folderOf(platform) })
  run('npm', publishing)
}

const steps = { check, prepare, publish }
const step = steps[process.argv[2]] ?? (() => fail(`expected one of ${Object.keys(steps).join(', ')}`))
step()
