/** A PostgreSQL of a test's own: in a folder for the time being, on a port of loopback, as a user without rights. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../browser/chromium.ts'

/** The folder of PostgreSQL's programs, or why there is none. */
export function findPostgres(): { readonly programs: string } | { readonly reason: string } {
  const { status, stdout, stderr } = spawnSync('bash', [join(ROOT, 'scripts/ensure-postgres.sh')], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  return status === 0
    ? { programs: stdout.trim() }
    : { reason: stderr?.trim() || 'no bash to look for PostgreSQL' }
}

/** It refuses to be run by root. */
function owner(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string): number => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
    // Where no user of that name was made for it, nobody.
    return status === 0 ? Number(stdout) : 65534
  }
  return { uid: id('-u'), gid: id('-g') }
}

/** The password of its user, as it stands in an address and as nobody is to see it. */
export const PASSWORD = 'not-for-messages'

/** A server that can be stopped and started again, and then has what it had. */
export class Postgres implements AsyncDisposable {
  readonly port: number
  readonly #programs: string
  readonly #folder: string
  readonly #owner: ReturnType<typeof owner>
  #server: ChildProcess | undefined

  private constructor(programs: string, folder: string, port: number) {
    this.#programs = programs
    this.#folder = folder
    this.#owner = owner()
    this.port = port
  }

  static async start(programs: string): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'yuma-postgres-'))
    const postgres = new Postgres(programs, folder, await freePort())
    postgres.#make()
    await postgres.up()
    return postgres
  }

  #make(): void {
    const password = join(this.#folder, 'password')
    writeFileSync(password, PASSWORD)
    const { uid, gid } = this.#owner
    if (uid !== undefined) for (const path of [this.#folder, password]) chownSync(path, uid, gid!)
    const words = ['--pgdata=data', '--username=yuma', `--pwfile=${password}`, '--auth=scram-sha-256']
    // Its tests kill its clients, and not the machine.
    const quick = ['--no-sync', '--encoding=UTF8', '--locale=C']
    execFileSync(join(this.#programs, 'initdb'), [...words, ...quick], {
      ...this.#owner,
      cwd: this.#folder,
      stdio: 'pipe',
    })
  }

  /** Starts it, and waits until it takes connections. */
  async up(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'shared_buffers=16MB',
    ]
    this.#server = spawn(
      join(this.#programs, 'postgres'),
      ['-D', 'data', ...settings.flatMap((one) => ['-c', one])],
      { ...this.#owner, cwd: this.#folder, stdio: 'ignore' },
    )
    for (let tries = 0; !this.#answers(); tries++) {
      if (this.#server.exitCode !== null || tries > 600) throw new Error('PostgreSQL does not start')
      await sleep(100)
    }
  }

  #answers(): boolean {
    const args = ['-q', '-h', '127.0.0.1', '-p', String(this.port), '-d', 'postgres']
    return spawnSync(join(this.#programs, 'pg_isready'), args).status === 0
  }

  /** Ends it and the connections to it. */
  async down(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined || server.exitCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGINT')
    await ended
  }

  /** The address of a database of it. */
  address(database = 'postgres', password: string = PASSWORD): string {
    return `postgres://yuma:${password}@127.0.0.1:${this.port}/${database}`
  }

  /** Makes a database, and gives its address. */
  create(database: string): string {
    this.query(`CREATE DATABASE ${database}`)
    return this.address(database)
  }

  /** What a statement prints, a row a line, `|` between columns. */
  query(sql: string, database = 'postgres'): string {
    return execFileSync(join(this.#programs, 'psql'), ['-XAtq', '-c', sql, this.address(database)], {
      encoding: 'utf8',
    }).trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
