/** The napi addon: where it is, and what it exports. */

import { EngineError } from '../errors/index.ts'
import type { Answer, AnswerMemory, Column } from './layout.ts'
import { VERSION } from './version.ts'

/** What the addon exports: `bindings/node`. */
export interface Addon {
  epoch(kernel: number, scalars: BigUint64Array, columns: Column[], output?: Answer): AnswerMemory
  /** The same with columns as arguments, as many as a subnet with one mechanism has. */
  epochOfOne(
    kernel: number,
    scalars: BigUint64Array,
    output: Answer | undefined,
    ...columns: Column[]
  ): AnswerMemory
  epochLaidOut(kernel: number, words: BigUint64Array, output?: Answer): AnswerMemory
  epochs(kernel: number, calls: Column[][]): AnswerMemory[]
  kernels(): string[]
  rules(): number[]
  referenceEpoch(scalars: BigUint64Array, columns: Column[], output?: Answer): AnswerMemory
  emissionFunction(number: number, slots: BigUint64Array, columns: Column[]): Answer
  proof(number: number, slots: BigUint64Array, columns: Column[]): Answer
  storage(number: number, slots: BigUint64Array, columns: Column[]): Answer
  EmissionNetwork: new () => {
    call(method: number, slots: BigUint64Array, columns: Column[]): Answer
  }
  SimulatedSubnet: new () => {
    call(method: number, slots: BigUint64Array, columns: Column[]): Answer
  }
}

/**
 * The names that the addon's file can have on this platform, as `napi build --platform` gives them: two where it is not
 * known whose C library there is.
 */
function platformNames(): readonly string[] {
  const { platform, arch } = process
  if (platform === 'win32') return [`win32-${arch}-msvc`]
  if (platform !== 'linux') return [`${platform}-${arch}`]
  return libraries().map((library) => `linux-${arch}-${library}`)
}

/** Where most systems say whose C library they have: a script of that library. */
const LDD = '/usr/bin/ldd'

/** GNU's library names its version in a report, which Deno has none of, and which takes milliseconds to make. */
function libraries(): readonly string[] {
  const script = ldd()
  if (script.includes('musl')) return ['musl']
  if (script.includes('GNU C Library')) return ['gnu']
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  if (report?.header === undefined) return ['gnu', 'musl']
  return [report.header.glibcVersionRuntime === undefined ? 'musl' : 'gnu']
}

/** What the script holds, nothing where there is none that can be read. */
function ldd(): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(LDD, 'utf8')
  } catch {
    return ''
  }
}

/**
 * From where the addon is looked for: this file. A bundle of CommonJS has no `import.meta.url`, and is looked from
 * itself.
 */
function here(): string {
  return import.meta.url ?? __filename
}

/** Tries the places of the addon: built in this package, and in the package of this platform. */
function* attempts(): Generator<() => unknown> {
  // Not by the name of `require`, and not imported: bundlers would look for files whose name is made up here.
  const load = process.getBuiltinModule('node:module').createRequire(here())
  for (const name of platformNames()) {
    const file = `dist/native/yuma.${name}.node`
    // Right from `ts` and from `dist`.
    yield () => load(`../../${file}`)
    yield () => ofThisVersion(load, `yuma-core-${name}`)
    // A bundle with `node_modules` around it.
    yield () => load(load.resolve('yuma-core/package.json').replace(/package\.json$/, file))
  }
}

/** @throws {EngineError} where a platform's package is of another version than this one: its calls may mean others. */
function ofThisVersion(load: NodeJS.Require, id: string): unknown {
  const { version } = load(`${id}/package.json`) as { version: string }
  if (version === VERSION) return load(id)
  throw new EngineError(
    `${id} is of version ${version} and yuma-core of ${VERSION}: install both of one version`,
  )
}

/** @throws {EngineError} where it is in none of its places, with what each said. */
function loadAddon(): Addon {
  const tried: unknown[] = []
  try {
    for (const attempt of attempts()) {
      try {
        return attempt() as Addon
      } catch (error) {
        tried.push(error)
      }
    }
  } catch (error) {
    // A runtime that does not even say what machine it is on.
    tried.push(error)
  }
  const mismatch = tried.find((error) => error instanceof EngineError)
  const none = `no native addon for ${process.platform}-${process.arch}`
  const reason = mismatch?.message ?? `${none}; run \`npm run build:native\` in a clone`
  throw new EngineError(reason, { cause: new AggregateError(tried) })
}

let loaded: Addon | undefined

/**
 * The addon, loaded once.
 * @throws {EngineError} where there is none for this platform.
 */
export function addon(): Addon {
  loaded ??= loadAddon()
  return loaded
}

/** Why there is no addon; undefined where there is one. */
export function addonFault(): EngineError | undefined {
  try {
    addon()
    return undefined
  } catch (error) {
    return error as EngineError
  }
}
