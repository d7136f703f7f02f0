import { SYSTEM } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { FakeChain, hashOf, sealed } from './fake-chain.ts'
import type { Changes, Recording, Runtimes } from './shared.ts'
import { StorageWriter } from './writer.ts'

/**
 * A recording as a chain: each epoch's block and the one before it, with the state that the real runtime had at
 * both. The number of the block, which a recording leaves out, is written along; the headers, which it leaves out too,
 * are made up, and the hashes are theirs.
 * @param runtimeOf Under which metadata; our own by default.
 */
export function chainOf(recording: Recording, runtimeOf: Runtimes['of'] = demoRuntime): FakeChain {
  const runtime = runtimeOf(recording.runtime.specVersion)
  const chain = new FakeChain([])
  const numberOf = (number: number): readonly [string, string] => {
    const writer = new StorageWriter(runtime)
    writer.put(SYSTEM.number, [], number)
    return [...writer.state][0]!
  }
  const state = new Map<string, string>()
  const put = (number: number, parentHash: string): string => {
    const block = sealed({ number, parentHash, runtime, state: new Map([...state, numberOf(number)]) })
    chain.put(block)
    return block.hash
  }
  for (const step of recording.steps) {
    apply(state, step.before ?? step.beforeChanges ?? {})
    const parent = put(step.block - 1, hashOf(`before ${step.parent}`))
    apply(state, step.changes)
    put(step.block, parent)
  }
  return chain
}

function apply(state: Map<string, string>, changes: Changes): void {
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) state.delete(key)
    else state.set(key, value)
  }
}
