import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../browser/chromium.ts'
import { MAIN, yuma } from './run.ts'

const FILE = join(ROOT, 'examples/subnet.json.gz')
const built = existsSync(join(ROOT, 'dist/explorer/index.html'))
if (!built) console.warn('Tests of `yuma explore` are skipped: npm run build:explorer')

/** The status and body of an answer; Host as it is given. */
async function ask(url: URL, path: string, host = url.host): Promise<{ status: number; body: Buffer }> {
  const asked = request({ host: url.hostname, port: url.port, path, headers: { host } })
  asked.end()
  const [response] = await once(asked, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, body: Buffer.concat(chunks) }
}

describe.skipIf(!built)('yuma explore', () => {
  it('serves the page and the file to this machine alone, until a signal', async () => {
    const child = spawn(process.execPath, [MAIN, 'explore', FILE, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      const [line] = await once(child.stdout, 'data')
      const url = new URL(String(line).trim())
      expect(url.hostname).toBe('127.0.0.1')
      expect(url.hash).toBe('#from=served%3Afile-subnet.json.gz')
      expect((await ask(url, '/')).body.toString()).toContain('<title>Yuma explorer</title>')
      const file = await ask(url, '/file-subnet.json.gz')
      expect(file).toEqual({ status: 200, body: readFileSync(FILE) })
      // A name of someone else's that leads here, and paths that lead out.
      expect((await ask(url, '/file-subnet.json.gz', 'example.org')).status).toBe(403)
      for (const path of [
        '/../package.json',
        '/assets/..%2f..%2fcli/main.js',
        '/assets/../../cli/main.js',
        '/none.js',
      ])
        expect((await ask(url, path)).status, path).toBe(404)
    } finally {
      child.kill('SIGINT')
    }
    expect(await once(child, 'exit')).toEqual([130, null])
  })

  it.each([
    [['explore', 'no-such-file.json'], 2, /no-such-file\.json/],
    [['explore', FILE, FILE], 2, /one file expected/],
    [['explore', '--port', '65536'], 2, /--port/],
  ] as const)('refuses %j', (args, code, message) => {
    const run = yuma(args)
    expect(run.code).toBe(code)
    expect(run.err).toMatch(message)
  })
})
