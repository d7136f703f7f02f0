// `npm start`: installs, builds what is missing or older than its sources, runs an epoch on the bundled subnet, and
// verifies one of a demo chain.
import { needPackages, needRust } from './installed.mjs'
import { run } from './run.mjs'

needRust()
needPackages()
run('npm', ['run', '--silent', 'build'])
run(process.execPath, ['dist/cli/main.js', 'epoch', 'examples/subnet.json.gz', ...process.argv.slice(2)])

const { startDemo } = await import('../dist/demo/index.js')
const { runCli } = await import('../dist/cli/cli.js')
console.log(
  '\nA chain of two generated subnets on this machine, as `yuma demo` serves it, and its last epoch checked:\n',
)
const demo = await startDemo({ port: 0, subnets: 2 })
try {
  process.exitCode = await runCli(['verify', '--netuid', '1', '--endpoint', demo.url])
} finally {
  await demo.close()
}
