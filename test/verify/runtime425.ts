import { expect } from 'vitest'
import type { FakeRuntime } from '../chain/fake-chain.ts'
import { realRuntime } from '../chain/shared.ts'

/** A version with the storage of 424, which 425 has: its metadata with the version's number raised. */
export function runtimeOf(spec: number): FakeRuntime {
  const { specName, metadata } = realRuntime(424)
  const name = Buffer.from(specName).toString('hex')
  const version = new RegExp(`(${name}[0-9a-f]{2}${name}[0-9a-f]{8})a8010000`)
  const raised = metadata.replace(version, `$1${littleEndian(spec)}`)
  expect(raised).not.toBe(metadata)
  return { specName, specVersion: spec, metadata: raised }
}

function littleEndian(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes.toString('hex')
}
