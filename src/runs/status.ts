import type { Run } from './run.ts'

/** Statuses of a run that has not ended (api: workflow run statuses). `pending`: concurrency limit; `waiting`: deployment protection rule. */
export const ACTIVE_STATUSES = ['queued', 'in_progress', 'waiting', 'pending', 'requested'] as const

/** How a completed run can have ended. */
export const CONCLUSIONS = [
  'success',
  'failure',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
  'neutral',
  'stale',
  'startup_failure',
] as const

/** Every word that the `status` input takes. */
export const STATUS_WORDS: readonly string[] = ['completed', ...ACTIVE_STATUSES, ...CONCLUSIONS]

/** Conclusions for which "re-run failed jobs" has nothing to do. */
const NOTHING_FAILED: readonly (string | null)[] = ['success', 'neutral', 'skipped']

/** Conclusions of a job that count as a failure of it. */
const FAILED_JOB: readonly (string | null)[] = ['failure', 'timed_out', 'startup_failure']

/** A run has ended only when its status says so: an unknown status is "not yet", never "done". */
export const isCompleted = (run: Pick<Run, 'status'>): boolean => run.status === 'completed'

export const hasNothingFailed = (run: Pick<Run, 'conclusion'>): boolean => NOTHING_FAILED.includes(run.conclusion)

export const isFailedJob = (job: { conclusion: string | null }): boolean => FAILED_JOB.includes(job.conclusion)

/** Does the run have one of these statuses or conclusions? */
export const hasStatus = (run: Pick<Run, 'status' | 'conclusion'>, words: readonly string[]): boolean =>
  words.includes(run.status ?? '') || (isCompleted(run) && words.includes(run.conclusion ?? ''))
