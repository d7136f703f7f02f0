/** What a run recorded, from the implementation's answer. */

import type { AnswerSections } from '../runtime/answer.ts'
import type { SparseRows } from '../snapshot/types.ts'
import { isOwn, recordedType } from './recorded.ts'
import type { RecordedColumn, RecordedColumns, RecordedEpoch, Recording } from './types.ts'

type Values = RecordedColumns[RecordedColumn]
type Draft = { [K in RecordedColumn]?: Values }

function valuesOf(sections: AnswerSections, column: RecordedColumn): Values {
  switch (recordedType(column)) {
    case 'u8':
      return sections.u8s()
    case 'u16':
      return sections.u16s()
    case 'u64':
      return sections.u64s()
    case 'i64':
      return sections.i64s()
    case 'rows':
      return { rowStart: sections.u32s(), uid: sections.u16s(), value: sections.u16s() }
  }
}

/** What of a run is not in the columns. */
interface Run {
  readonly columns: readonly RecordedColumn[]
  readonly mechanisms: number
  readonly epochs: number
  readonly stopped: boolean
}

/** A recording from the sections of an answer, in the order in which its columns were asked for. */
export function recordingOf(sections: AnswerSections, run: Run): Recording {
  const epoch = sections.u32s()
  const block = sections.u64s()
  const start = sections.u32s()
  const subnet: Draft = {}
  const mechanisms: Draft[] = Array.from({ length: run.mechanisms }, () => ({}))
  for (const column of run.columns) {
    if (!isOwn(column)) subnet[column] = valuesOf(sections, column)
    if (isOwn(column) || run.mechanisms > 1) {
      for (const own of mechanisms) own[column] = valuesOf(sections, column)
    }
  }
  if (run.mechanisms === 1) {
    Object.assign(subnet, mechanisms[0])
    mechanisms[0] = subnet
  }
  const columns = subnet as RecordedColumns
  const owns = mechanisms as readonly RecordedColumns[]
  const at = (record: number): RecordedEpoch => {
    const [from, to] = [start[record]!, start[record + 1]!]
    const of = (all: RecordedColumns): RecordedColumns => part(all, from, to)
    const own = run.mechanisms === 1 ? undefined : owns.map(of)
    const shared = of(columns)
    return {
      epoch: epoch[record]!,
      block: block[record]!,
      n: to - from,
      columns: shared,
      mechanisms: own ?? [shared],
    }
  }
  const { epochs, stopped } = run
  return { epochs, stopped, epoch, block, start, columns, mechanisms: owns, at }
}

/** The columns of the uids of one epoch. */
function part(columns: RecordedColumns, from: number, to: number): RecordedColumns {
  const parts = Object.entries(columns).map(([name, values]) => [
    name,
    'rowStart' in values ? rowsBetween(values, from, to) : values.subarray(from, to),
  ])
  return Object.fromEntries(parts) as RecordedColumns
}

function rowsBetween({ rowStart, uid, value }: SparseRows, from: number, to: number): SparseRows {
  const first = rowStart[from]!
  const last = rowStart[to]!
  return {
    rowStart: rowStart.slice(from, to + 1).map((start) => start - first),
    uid: uid.subarray(first, last),
    value: value.subarray(first, last),
  }
}
