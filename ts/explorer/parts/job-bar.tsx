import type { JSX } from 'preact'
import { percent } from './format.ts'
import type { Job } from './job.ts'

/** A button that starts a job, how far it is, and a button that stops it. */
export function JobBar<T>({
  job,
  label,
  onStart,
}: {
  readonly job: Job<T>
  readonly label: string
  readonly onStart: () => void
}): JSX.Element {
  return (
    <div class="row job">
      {job.done === null ? (
        <button type="button" class="primary" onClick={onStart}>
          {label}
        </button>
      ) : (
        <>
          <progress aria-label={label} max={1} value={job.done} />
          <span role="status">{percent(job.done, 0)}</span>
          <button type="button" onClick={() => job.stop()}>
            Stop
          </button>
        </>
      )}
      {job.fault !== undefined && (
        <p class="note" role="alert">
          {job.fault}
        </p>
      )}
    </div>
  )
}
