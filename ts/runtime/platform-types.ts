/** Types that the library `dom` has, for projects without it: there they are what nobody has a value of. */

/** Bytes, as the platform takes them. */
export type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>

/** A compiled WebAssembly module. */
export type WasmCompiled = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : never

/** A worker of a page. */
export type WebWorker = typeof globalThis extends { Worker: { prototype: infer Worker } } ? Worker : never
