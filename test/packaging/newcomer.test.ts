/** Somebody with Node and nothing else: the tarball in an empty folder, a demo, and a verification of it. */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pack } from './install.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-newcomer-'))
const home = join(folder, 'home')
const programs = join(folder, 'bin')
const env: NodeJS.ProcessEnv = {
  HOME: home,
  PATH: programs,
  npm_config_cache: process.env.npm_config_cache ?? join(process.env.HOME ?? '', '.npm'),
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(npm_config_registry|https?_proxy)$/i.test(name)),
  ),
}

/** Where a program of Node's is. */
function beside(program: string): string {
  const own = join(dirname(process.execPath), program)
  return existsSync(own) ? own : execFileSync('which', [program], { encoding: 'utf8' }).trim()
}

beforeAll(() => {
  for (const made of [home, programs]) mkdirSync(made)
  for (const program of ['node', 'npm', 'npx']) symlinkSync(beside(program), join(programs, program))
  symlinkSync('/bin/sh', join(programs, 'sh'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('installs the package, serves a demo and finds its last epoch equal', async () => {
  const project = join(folder, 'project')
  mkdirSync(project)
  const tarball = pack(folder)
  const options = { cwd: project, env, encoding: 'utf8' } as const
  expect(execFileSync('sh', ['-c', 'command -v cargo || echo none'], options)).toBe('none\n')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], options)
  // In a group of its own: npx does not hand signals on.
  const demo = spawn('npx', ['yuma', 'demo', '--port', '0'], {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await addressIn(demo.stdout)
    const verified = execFileSync('npx', ['yuma', 'verify', '--netuid', '1', '--endpoint', url], options)
    expect(verified).toMatch(/^subnet 1, block [\d,]+, spec \d+, \d+ neurons: equal$/m)
  } finally {
    const gone = once(demo, 'exit')
    process.kill(-demo.pid!)
    await gone
  }
})

/** The demo's address, out of what it prints. */
async function addressIn(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const [address] = /ws:\/\/[\d.]+:\d+/.exec(line) ?? []
    if (address !== undefined) return address
  }
  throw new Error('the demo ended before it said where it is')
}
