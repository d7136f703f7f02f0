/** What stands for `files.ts` where there are no files: bundles for browsers have this in its place. */

import { EngineError } from '../errors/index.ts'

function noFiles(): never {
  throw new EngineError('files can be written in Node only')
}

export const placeOf: typeof import('./files.ts').placeOf = noFiles
export const writeAside: typeof import('./files.ts').writeAside = noFiles
export const onlyFile: typeof import('./files.ts').onlyFile = noFiles
export const headOf: typeof import('./files.ts').headOf = noFiles
