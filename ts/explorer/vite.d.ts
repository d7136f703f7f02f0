// What Vite makes importable beside code.

declare module '*.css'
declare module '*?worker&inline' {
  const InlineWorker: new (options?: WorkerOptions) => Worker
  export default InlineWorker
}
