// `npm run size`: prints the sizes of the WebAssembly modules, and fails where one is above its budget.
import { reportSizes } from './wasm-files.mjs'

process.exit(reportSizes() ? 0 : 1)
