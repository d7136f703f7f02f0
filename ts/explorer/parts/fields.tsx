/** Controls: a slider with its number, a switch, a choice. */

import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

interface SliderProps {
  readonly label: string
  readonly value: number
  readonly min?: number
  readonly max: number
  readonly step?: number
  /** The value in words, as people read it. */
  readonly shown: string
  readonly about?: string
  readonly disabled?: boolean
  /** @param more Whether the hand is still at it. */
  readonly onValue: (value: number, more: boolean) => void
}

export function Slider(props: SliderProps): JSX.Element {
  const { label, value, min = 0, max, step = 1, shown, about, disabled = false, onValue } = props
  const id = useId()
  const read = (event: Event, more: boolean): void => {
    const next = (event.currentTarget as HTMLInputElement).valueAsNumber
    if (Number.isFinite(next)) onValue(Math.min(max, Math.max(min, next)), more)
  }
  return (
    <div class="field" title={about}>
      <label for={id}>{label}</label>
      <output for={id}>{shown}</output>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        aria-valuetext={shown}
        onInput={(event) => read(event, true)}
        onChange={(event) => read(event, false)}
      />
      <input
        type="number"
        aria-label={`${label}, as a number`}
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        onChange={(event) => read(event, false)}
      />
    </div>
  )
}

interface SwitchProps {
  readonly label: string
  readonly value: boolean
  readonly about?: string
  readonly onValue: (value: boolean) => void
}

export function Switch({ label, value, about, onValue }: SwitchProps): JSX.Element {
  return (
    <label class="switch" title={about}>
      <input type="checkbox" checked={value} onChange={(event) => onValue(event.currentTarget.checked)} />
      {label}
    </label>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, text: string])[]
  readonly onValue: (value: T) => void
}

export function Choice<T extends string>({ label, value, options, onValue }: ChoiceProps<T>): JSX.Element {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value as T)}>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A group of controls under a name. */
export function Group({
  title,
  children,
}: {
  readonly title: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <section class="group">
      <h3>{title}</h3>
      {children}
    </section>
  )
}
