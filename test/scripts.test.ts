import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

/** What `npm start` and `npm test` need before they begin, and what they do where it is not there. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'yuma-scripts-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Answer {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs an expression with what `scripts/installed.mjs` exports, in a folder. */
function installed(expression: string, cwd: string, path = process.env.PATH): Answer {
  const script = join(ROOT, 'scripts/installed.mjs')
  const code = `const all = await import(${JSON.stringify(script)}); const { needRust, missingPackages } = all; ${expression}`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
  return { code: status, out: stdout, err: stderr }
}

describe('without a Rust that is new enough', () => {
  /** A folder of programs in which `cargo` says that it is of a version. */
  function withCargo(version: string): string {
    const bin = join(folder, version)
    mkdirSync(bin)
    writeFileSync(join(bin, 'cargo'), `#!/bin/sh\necho "cargo ${version} (abc 2026-01-01)"\n`, {
      mode: 0o755,
    })
    return `${bin}:/usr/bin:/bin`
  }

  test('says which to install, and how to do without', () => {
    const advice = 'install Rust 1.95 or later (https://rustup.rs), or npm install yuma-core\n'
    expect(installed('needRust()', ROOT, dirname(folder))).toEqual({
      code: 1,
      out: '',
      err: `there is no Rust here: ${advice}`,
    })
    expect(installed('needRust()', ROOT, withCargo('1.94.9')).err).toBe(`Rust 1.94 is too old: ${advice}`)
    for (const version of ['1.95.0', '1.100.0', '2.0.0'])
      expect(installed('needRust()', ROOT, withCargo(version)), version).toMatchObject({ code: 0, err: '' })
  })
})

describe('packages', () => {
  const packages = {
    '': { name: 'x' },
    'node_modules/there': { version: '1.0.0' },
    'node_modules/there/node_modules/inner': { version: '2.0.0' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }))

  function put(name: string, version: string): void {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'package.json'), JSON.stringify({ version }))
  }

  function missing(): unknown {
    return JSON.parse(installed('console.log(JSON.stringify(missingPackages()))', folder).out)
  }

  test('that are missing or of another version are found', () => {
    const [, there, inner] = Object.keys(packages) as [string, string, string]
    expect(missing()).toEqual([there, inner])
    put(there, '1.0.0')
    put(inner, '1.9.0')
    expect(missing()).toEqual([inner])
    put(inner, '2.0.0')
    expect(missing()).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('packages of the system', () => {
  function may(env: Readonly<Record<string, string>>): Answer {
    const script = `say() { echo "say: $*" >&2; }; . scripts/may-install.sh; may_install Chromium`
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', ...env },
    })
    return { code: status, out: stdout, err: stderr }
  }

  test('are installed where the environment says so, and not where nobody can be asked', () => {
    expect(may({ YUMA_INSTALL: 'yes' }).code).toBe(0)
    expect(may({ CI: 'true' }).code).toBe(0)
    const no = {
      code: 1,
      out: '',
      err: 'say: Chromium would be needed: install that, or set YUMA_INSTALL=yes\n',
    }
    expect(may({})).toEqual(no)
    expect(may({ CI: 'true', YUMA_INSTALL: 'no' })).toEqual(no)
  })
})
