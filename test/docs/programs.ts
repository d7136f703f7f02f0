import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { run } from '../process.ts'
import { type Example, ROOT } from './extract.ts'

/** The examples that are programs: type-checked together, then run one after the other in one process. */

/** What an example may use without saying where it is from: a page says that once. */
const NAMES: Readonly<Record<string, string>> = {
  createLake: `import { createLake } from 'yuma-core/replay'`,
  connect: `import { connect } from 'yuma-core/chain'`,
  epochJson: `import { epochJson } from 'yuma-core'`,
  loadEngine: `import { loadEngine } from 'yuma-core'`,
  loadEmission: `import { loadEmission } from 'yuma-core/emission'`,
  metagraph: `import { metagraph } from 'yuma-core/metagraph'`,
  readSnapshot: `import { readSnapshot } from 'yuma-core/snapshot/node'`,
  rowOf: `import { rowOf } from 'yuma-core/snapshot'`,
  rows: `import { rows } from 'yuma-core/snapshot'`,
  verifyBlock: `import { verifyBlock } from 'yuma-core/verify'`,
  verifyEpoch: `import { verifyEpoch } from 'yuma-core/verify'`,
  withWeight: `import { withWeight } from 'yuma-core/snapshot'`,
  engine: 'const engine = await loadEngine()',
  emission: 'const emission = await loadEmission()',
  simulator: `const simulator = await (await import('yuma-core/simulate')).loadSimulator()`,
  snapshot: `const snapshot = await readSnapshot('examples/subnet.json.gz')`,
  snapshots: 'const snapshots = [snapshot, snapshot]',
  result: 'const result = engine.epoch(snapshot, { trace: true })',
  chain: `const chain = await connect('ws://demo')`,
  signal: 'const signal = AbortSignal.timeout(60_000)',
}

/** In which order they can be written. */
const ORDER = Object.keys(NAMES)

/** A program as it is compiled: with what it takes as given, and the demo in the place of finney. */
function programOf({ text }: Example, demo: { readonly url: string; readonly block: number }): string {
  const needed = new Set<string>()
  const look = (code: string): void => {
    for (const name of ORDER) {
      if (needed.has(name) || !uses(code, name)) continue
      needed.add(name)
      look(NAMES[name]!)
    }
  }
  look(text)
  const given = ORDER.filter((name) => needed.has(name)).map((name) => NAMES[name]!)
  return `${[...given, text].join('\n')}\nexport {}\n`
    .replace(/(['"])wss?:\/\/[^'"]*\1/g, `'${demo.url}'`)
    .replace(/\b[48]_?\d{3}_?\d{3}\b/g, String(demo.block))
}

function uses(code: string, name: string): boolean {
  const plain = code.replace(/\/\/.*$/gm, '').replace(/'[^'\n]*'/g, "''")
  const declared = new RegExp(
    `(?:const|let|function|using)\\s+(?:[[{][^=;]*\\b${name}\\b[^=;]*=|${name}\\b)|import\\s*\\{[^}]*\\b${name}\\b[^}]*\\}`,
  )
  return new RegExp(`(?<![.\\w])${name}\\b(?!\\s*:)`).test(plain) && !declared.test(plain)
}

const FOLDER = '.cache/docs'

/** Compiles and runs examples; the faults by place. */
export async function runPrograms(
  programs: readonly Example[],
  demo: { readonly url: string; readonly block: number },
): Promise<ReadonlyMap<string, string>> {
  rmSync(`${ROOT}/${FOLDER}`, { recursive: true, force: true })
  mkdirSync(`${ROOT}/${FOLDER}`, { recursive: true })
  const faults = new Map<string, string>()
  for (const [at, example] of programs.entries())
    writeFileSync(`${ROOT}/${FOLDER}/p${at}.ts`, programOf(example, demo))
  writeFileSync(`${ROOT}/${FOLDER}/tsconfig.json`, JSON.stringify(CONFIG))
  const tsc = await run('npx', ['tsc', '-p', FOLDER], { cwd: ROOT, timeout: 120_000 })
  for (const [, at, what] of tsc.out.matchAll(/p(\d+)\.ts\(\d+,\d+\): (.*)/g)) {
    const { place } = programs[Number(at)]!
    faults.set(place, `${faults.get(place) ?? ''}${what}\n`)
  }
  if (tsc.code !== 0 && faults.size === 0) throw new Error(tsc.out + tsc.err)
  const running = programs.flatMap(({ notRun }, at) => (notRun === undefined ? [at] : []))
  writeFileSync(`${ROOT}/${FOLDER}/run.mjs`, RUNNER)
  // What an example writes lands there too, and what it reads of the repository is found.
  symlinkSync('../../examples', `${ROOT}/${FOLDER}/examples`)
  const ran = await run(process.execPath, ['run.mjs', ...running.map(String)], {
    cwd: `${ROOT}/${FOLDER}`,
    timeout: 120_000,
  })
  const done = new Map([...ran.out.matchAll(/^== (\d+) (.*)$/gm)].map(([, at, said]) => [Number(at), said]))
  for (const at of running) {
    const said = done.get(at) ?? `the process ended: ${ran.err}`
    if (said !== 'done') faults.set(programs[at]!.place, `${faults.get(programs[at]!.place) ?? ''}${said}`)
  }
  return faults
}

const CONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'dom', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ['node'],
    noEmitOnError: false,
    rootDir: '.',
  },
  include: ['*.ts'],
}

/** Runs programs one after the other; what they write themselves goes nowhere. */
const RUNNER = `
console.log = () => {}
for (const at of process.argv.slice(2)) {
  try {
    await import('./p' + at + '.js')
    process.stdout.write('== ' + at + ' done\\n')
  } catch (error) {
    process.stdout.write('== ' + at + ' ' + String(error?.stack ?? error).split('\\n').slice(0, 2).join(' ') + '\\n')
  }
}
process.exit()
`
