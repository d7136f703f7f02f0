export * from '../../ts/demo/encode.ts'
