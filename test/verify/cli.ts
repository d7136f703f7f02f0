import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** The command as built: `npm run build:ts` first. */
export function yumaPath(): string {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: npm run build:ts`)
  return MAIN
}

/** What a run of the command gave. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command to its end. */
export async function yuma(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [yumaPath(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, out, err }
}
