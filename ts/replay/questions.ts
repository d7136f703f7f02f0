/** What is asked of a lake: SQL views over its tables, described once. docs/questions.md, commands and exports follow from here. */

import { FAIRNESS_VIEW } from './questions-fairness.ts'
import { PAID_BY_DAY_VIEW, PAID_VIEW, POTS_VIEW } from './questions-paid.ts'
import { RULES_VIEW } from './questions-rules.ts'
import { TRUST_VIEW } from './questions-trust.ts'
import { ROOT_YIELD_VIEW, YIELD_VIEW } from './questions-yield.ts'
import type { Column } from './tables.ts'

/** How a value is shown to people: JSON, CSV and Parquet have it as it is. */
export type Shown = 'plain' | 'alpha' | 'tao' | 'u16' | 'part' | 'percent' | 'address'

/** A column of a view. */
export interface ViewColumn extends Column {
  /** How people see it; one that is left out stands in JSON, CSV and Parquet alone. */
  readonly shown?: Shown
}

/** A question as a view. */
export interface View {
  readonly name: string
  /** `yuma history COMMAND`. */
  readonly command: string
  /** A line for the list of commands. */
  readonly summary: string
  /** What one row is, and how it is computed. */
  readonly about: string
  /** Tables without which it cannot be answered. */
  readonly needs: readonly string[]
  /** Tables that it reads where they are kept: what they tell is null otherwise. */
  readonly uses: readonly string[]
  /** Views that it reads. */
  readonly reads: readonly string[]
  readonly columns: readonly ViewColumn[]
  readonly order: readonly string[]
  /** How many blocks before those that are asked for its rows are computed from. */
  readonly before: number
  /** A `SELECT` of its columns in their order, over tables, over {@link PLACES} and over views before it. */
  readonly sql: string
}

/** Every view, each after those that it reads. */
export const VIEWS: readonly View[] = [
  PAID_VIEW,
  PAID_BY_DAY_VIEW,
  POTS_VIEW,
  YIELD_VIEW,
  ROOT_YIELD_VIEW,
  TRUST_VIEW,
  FAIRNESS_VIEW,
  RULES_VIEW,
]

/** The view that others have their epochs from. Not a question itself. */
export const PLACES = 'epoch_places'

/**
 * Each epoch with the blocks that are known without a gap around it, and the epoch before. `covered` has the blocks that
 * the manifest says were replayed, chunks beside one another as one. A netuid that was given anew begins anew.
 */
export const PLACES_SQL: string = `
SELECT e.netuid, e.block, e.time, CAST(e.time AS DATE) AS day, e.spec_version, e.tempo, e.n, e.outcome,
  e.pot, e.pot_least, e.pot_most,
  greatest(c."first", e.registered_at) AS known_from,
  e.outcome NOT IN ('skipped', 'deferred') AS ran
FROM epochs AS e JOIN covered AS c ON c.netuid = e.netuid AND e.block BETWEEN c."first" AND c."last"`
