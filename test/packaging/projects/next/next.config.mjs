import { resolve } from 'node:path'

// Where Next itself is installed.
const root = resolve(process.env.TOOLS)
export default { turbopack: { root }, outputFileTracingRoot: root, distDir: process.env.DIST }
