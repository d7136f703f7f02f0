import type { JSX } from 'preact'
import type { Snapshot } from 'yuma-core'
import { named } from './format.ts'

interface Props {
  readonly label: string
  readonly snapshot: Snapshot
  readonly uids: readonly number[]
  readonly value: number | null
  readonly onValue: (uid: number) => void
}

/** A choice among neurons. */
export function NeuronChoice({ label, snapshot, uids, value, onValue }: Props): JSX.Element {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value ?? ''} onChange={(event) => onValue(Number(event.currentTarget.value))}>
        {(value === null || !uids.includes(value)) && (
          <option value={value ?? ''} selected>
            {value === null ? 'choose' : named(snapshot, value)}
          </option>
        )}
        {uids.map((uid) => (
          <option key={uid} value={uid} selected={uid === value}>
            {named(snapshot, uid)}
          </option>
        ))}
      </select>
    </label>
  )
}
