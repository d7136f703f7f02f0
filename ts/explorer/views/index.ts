import type { JSX } from 'preact'
import { Emission } from './emission.tsx'
import { Epochs } from './epochs.tsx'
import { Fairness } from './fairness.tsx'
import type { ViewId } from './ids.ts'
import { Neurons } from './neurons.tsx'
import { NextView } from './next.tsx'
import { Staircase } from './staircase.tsx'
import { Studies } from './studies.tsx'
import { Weights } from './weights.tsx'
import { Why } from './why.tsx'

/** What shows each view. */
export const SHOWN: Readonly<Record<ViewId, () => JSX.Element | null>> = {
  weights: Weights,
  staircase: Staircase,
  why: Why,
  neurons: Neurons,
  epochs: Epochs,
  emission: Emission,
  fairness: Fairness,
  next: NextView,
  studies: Studies,
}
