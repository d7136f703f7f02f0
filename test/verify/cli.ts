import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Ran, run } from '../process.ts'

export type { Ran }

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** The command as built: `npm run build:ts` first. */
export function yumaPath(): string {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: npm run build:ts`)
  return MAIN
}

/** Runs the command to its end. */
export function yuma(...args: readonly string[]): Promise<Ran> {
  return run(process.execPath, [yumaPath(), ...args])
}
