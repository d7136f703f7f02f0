// `npm start`: installs, builds what is missing or older than its sources, and runs an epoch on the bundled subnet.
import { existsSync } from 'node:fs'
import { run } from './run.mjs'

if (!existsSync('node_modules')) run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
run('npm', ['run', '--silent', 'build'])
run(process.execPath, ['dist/cli/main.js', 'epoch', 'examples/subnet.json.gz', ...process.argv.slice(2)])
