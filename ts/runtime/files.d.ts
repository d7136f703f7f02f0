/** What the build of the modules writes into dist/wasm. */

declare module '*-inline.js' {
  /** The module's bytes. */
  export const bytes: Uint8Array<ArrayBuffer>
}

declare module '*.wasm' {
  /** The module, as the tool that resolves the import has it. */
  const source: import('./source.ts').WasmSource
  export default source
}
