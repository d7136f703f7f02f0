/** What tests of replays by several processes share. */

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ran } from '../process.ts'
import { yumaPath } from '../verify/cli.ts'

/** What a lake's folder has, file by file, but for what is one machine's own. */
export function contents(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(parquet|json)$/.test(name),
  )
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'base64')]))
}

/** A process of the command, and what it printed when it ended. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ran & { readonly signal: NodeJS.Signals | null }>
  #err = ''

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [yumaPath(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
    })
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal, out, err: this.#err }))
    })
  }

  /** What it said so far. */
  get said(): string {
    return this.#err
  }
}
