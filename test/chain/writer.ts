export * from '../../ts/demo/writer.ts'
