// `npm test`: everything. Installs what it needs, runs every suite, and ends with one line that sums them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { needPackages, needRust } from './installed.mjs'

needRust()
needPackages()
await askForPackages()

/**
 * As root on Debian scripts can add what this machine lacks to its system. Who sits at the terminal is asked once; the
 * scripts follow the answer, and where nobody is asked they install in CI alone (scripts/may-install.sh).
 */
async function askForPackages() {
  const { YUMA_INSTALL, CI } = process.env
  if (YUMA_INSTALL !== undefined || CI === 'true' || process.getuid?.() !== 0 || !process.stdin.isTTY) return
  const there = (program) => spawnSync('which', [program]).status === 0
  const all = there('chromium') && there('qemu-aarch64') && existsSync('/usr/lib/postgresql')
  if (!there('apt-get') || all) return
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(
    'Install what this system lacks for some tests (Chromium, qemu with a cross linker, PostgreSQL)? Without they are skipped. [y/N] ',
  )
  terminal.close()
  process.env.YUMA_INSTALL = /^y/i.test(answer) ? 'yes' : 'no'
}

/** How a script says that this machine lacks what it needs. */
const UNAVAILABLE = 3
const total = { passed: 0, failed: 0, skipped: 0 }

/**
 * One check that passes or fails as a whole. One that lacks something on this machine, where that is allowed, is skipped
 * and has said so.
 */
function check(name, command, args, { mayLack = false } = {}) {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status === 0) total.passed += 1
  else if (mayLack && status === UNAVAILABLE) total.skipped += 1
  else total.failed += 1
  return status === 0
}

/** Rust suites: every `test result:` line counts; a build that fails is a failure, not silence. */
function rustSuites(name, command, args) {
  console.log(`\n== ${name}`)
  const { status, stdout } = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  console.log(stdout)
  // What cannot be had on this machine has said so.
  if (status === UNAVAILABLE) {
    total.skipped += 1
    return
  }
  let failed = 0
  for (const [, passed, broken, ignored] of stdout.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    total.passed += Number(passed)
    failed += Number(broken)
    total.skipped += Number(ignored)
  }
  total.failed += status === 0 ? failed : Math.max(failed, 1)
}

/** TypeScript suites, counted from vitest's own report. */
function typescriptSuites() {
  console.log('\n== TypeScript tests')
  const report = '.cache/vitest.json'
  mkdirSync('.cache', { recursive: true })
  rmSync(report, { force: true })
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { stdio: 'inherit', shell: process.platform === 'win32' },
  )
  if (!existsSync(report)) {
    total.failed += 1
    return
  }
  const counts = JSON.parse(readFileSync(report, 'utf8'))
  total.passed += counts.numPassedTests
  total.skipped += counts.numPendingTests + counts.numTodoTests
  const failed = counts.numFailedTests + counts.testResults.filter(brokeOutsideTests).length
  total.failed += status === 0 ? failed : Math.max(failed, 1)
}

/** A file that failed before it had a test. */
function brokeOutsideTests({ status, assertionResults }) {
  return status === 'failed' && assertionResults.length === 0
}

check('Rust format', 'cargo', ['fmt', '--all', '--check'])
check('Rust lints', 'cargo', ['clippy', '--workspace', '--all-targets', '--locked', '--', '-D', 'warnings'])
check('Fields', 'npm', ['run', '--silent', 'fields', '--', '--check'])
check('TypeScript types', 'npm', ['run', '--silent', 'check'])
check('TypeScript lints', 'npm', ['run', '--silent', 'lint'])
const built = check('Build', 'npm', ['run', '--silent', 'build'])
check('WebAssembly build', 'npm', ['run', '--silent', 'build:wasm'])
check('Explorer build', 'npm', ['run', '--silent', 'build:explorer'])
check('WebAssembly size', 'npm', ['run', '--silent', 'size'])
rustSuites('Rust tests', 'cargo', ['test', '--workspace', '--locked', '--no-fail-fast'])
rustSuites('NEON, under qemu', 'bash', ['scripts/test-neon.sh', '--tests'])
check('Fuzz targets', 'bash', ['scripts/test-fuzz.sh'], { mayLack: true })
rustSuites('Under Miri', 'bash', ['scripts/test-miri.sh'])
check('Site', 'npm', ['run', '--silent', 'site'], { mayLack: true })
check("Other people's code", 'bash', ['scripts/test-supply.sh'], { mayLack: true })
if (built) typescriptSuites()

console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
)
process.exit(total.failed === 0 ? 0 : 1)
