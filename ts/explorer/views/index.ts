import type { JSX } from 'preact'
import type { ViewId } from './ids.ts'
import { Neurons } from './neurons.tsx'
import { Staircase } from './staircase.tsx'
import { Weights } from './weights.tsx'
import { Why } from './why.tsx'

/** What shows each view. */
export const SHOWN: Readonly<Record<ViewId, () => JSX.Element | null>> = {
  weights: Weights,
  staircase: Staircase,
  why: Why,
  neurons: Neurons,
}
