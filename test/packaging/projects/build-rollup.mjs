// node build-rollup.mjs condition|assets FOLDER
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets'
import { rollup } from 'rollup'

const [way, dir] = process.argv.slice(2)
const plugins = {
  condition: [nodeResolve({ browser: true, exportConditions: ['yuma-inline'] })],
  assets: [nodeResolve({ browser: true }), importMetaAssets()],
}
const bundle = await rollup({ input: 'page.js', plugins: plugins[way] })
await bundle.write({ dir, format: 'es' })
