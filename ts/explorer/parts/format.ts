/** How the page shows values: exactly where it is asked to, else to a few digits. */

import type { MechanismResult, Snapshot } from 'yuma-core'
import { shortAddress } from '../../cli/format.ts'

export { alpha, fixed, grouped, proportion, shortAddress } from '../../cli/format.ts'

/** What 1 is in I32F32 bits. */
const ONE = 2 ** 32
const MOST = 65_535

/** I32F32 bits as numbers to draw with, not to compute with. */
export function shares({ buffer, byteOffset, length }: BigInt64Array): Float64Array {
  // By words: a bigint for each entry would take most of a frame.
  const whole = new Int32Array(buffer, byteOffset, 2 * length)
  const rest = new Uint32Array(buffer, byteOffset, 2 * length)
  return Float64Array.from({ length }, (_, i) => whole[2 * i + 1]! + rest[2 * i]! / ONE)
}

/** I32F32 bits as a number to draw with. */
export function share(bits: bigint): number {
  return Number(bits) / ONE
}

/** A u16 proportion as a number to draw with. */
export function part(value: number): number {
  return value / MOST
}

/** A part of 1 in per cent. */
export function percent(value: number, digits = 2): string {
  return `${(100 * value).toFixed(digits)} %`
}

/** Texts of an axis to so much: as many digits as tell its ticks apart. */
export function percentTicks(most: number): (value: number) => string {
  const digits = most < 0.005 ? 3 : most < 0.05 ? 2 : most < 0.5 ? 1 : 0
  return (value) => percent(value, digits)
}

/** With its sign, which is a real minus. */
export function signed(text: string): string {
  if (text.startsWith('-')) return `−${text.slice(1)}`
  return /^[0.,]*$/.test(text) ? text : `+${text}`
}

/** Stake as the epoch counts it, in rao. */
export function stakeOf({ totalStake }: Snapshot, uid: number): bigint {
  return totalStake[2 * uid + 1] ?? 0n
}

/** A neuron by its uid, and its hotkey where it is known. */
export function named({ hotkeys }: Snapshot, uid: number): string {
  const hotkey = hotkeys?.[uid]
  return hotkey === undefined ? `uid ${uid}` : `uid ${uid} · ${shortAddress(hotkey)}`
}

/** Whether a neuron's weights count, or it had a permit. */
export function validates({ trace, dividends, validatorPermit }: MechanismResult, uid: number): boolean {
  const rows = trace?.weights.rowStart
  const weighs = rows !== undefined && rows[uid + 1]! > rows[uid]!
  return weighs || dividends[uid]! > 0 || validatorPermit[uid] === 1
}
