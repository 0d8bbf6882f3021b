import type { Run } from './runs/run.ts'

/**
 * Why a run, or the operation as a whole, ended as it did (docs/behaviour.md, Outcomes); the text goes into the reference.
 */
export const REASONS = {
  'own-run': 'the run is the one this step runs in',
  'not-found': 'no such run, or nothing matched',
  permission: 'the token may not do this',
  'not-completed': 'the run has not completed',
  'already-completed': 'the run had completed before it could be cancelled',
  'already-running': 'the run is still running, so it cannot be re-run',
  'nothing-failed': 'no job of the run failed',
  'attempt-limit': 'the run has reached `max-attempts`',
  'pattern-not-matched': 'no log line of a failed job matches `failure-pattern`',
  'too-old': 'GitHub re-runs a run for 30 days only',
  'not-rerunnable': 'GitHub cannot retry this run (invalid workflow file, no jobs, logs gone)',
  'not-started': 'the re-run was accepted but no new attempt came',
  wedged: 'the run has no jobs and can be neither cancelled, deleted nor re-run',
  superseded: 'a newer run of the same workflow, event and branch exists',
  'over-age': 'the run is older than `stale-after`',
  kept: 'the run is among the newest that `keep-latest` keeps',
  'no-pending-deployment': 'no environment waits for a review',
  'not-a-reviewer': 'the owner of the token may not review the environment',
  conclusion: 'the conclusion does not pass',
  timeout: 'the time ran out, or the step was cancelled',
  'rate-limited': 'the rate limit would have to be waited for too long',
  'logs-expired': 'the logs are past their retention',
  'logs-unavailable': 'the run has no logs, or not yet',
  'logs-incomplete': 'a job that was asked for has no log',
  'corrupt-archive': 'the log archive is damaged',
  'unsafe-archive': 'the log archive has an entry that would leave the folder',
  'too-large': 'the logs exceed `max-size` or 10,000 files',
  unsupported: 'this server does not have the endpoint',
  'server-error': 'the server or the network failed',
} as const

/** A key of {@link REASONS}. */
export type Reason = keyof typeof REASONS

/** `matched` by a read, `planned` by a dry run; the other three say what became of a write or of a wait. */
export type Outcome = 'matched' | 'planned' | 'changed' | 'skipped' | 'failed'

/** What became of one run, with the sentence that says so. */
export interface Verdict {
  outcome: Outcome
  reason: Reason | null
  message: string
}

/** One run and what became of it. */
export interface RunOutcome extends Verdict {
  run: Run
}

/** A job as it appears in `jobs` of `result`; times are ISO 8601 in UTC. */
export interface JobReport {
  id: number
  name: string
  attempt: number
  status: string
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  url: string
  failedSteps: string[]
}

/** One review in the history of a run. */
export interface ReviewReport {
  runId: number
  state: string
  comment: string
  /** Login. */
  user: string | null
  environments: string[]
}

/** One job's log in the manifest (docs/behaviour.md, Logs). */
export interface JobLog {
  jobId: number
  name: string
  attempt: number
  conclusion: string | null
  source: 'steps' | 'job' | 'api' | 'none'
  files: string[]
  bytes: number
  reason: string | null
}

/** `manifest.json`: where the log of each job of one run is. */
export interface LogManifest {
  runId: number
  attempt: number
  jobs: JobLog[]
}

/** The lines around the error of a failed step. */
export interface FailureExcerpt {
  runId: number
  job: string
  step: string | null
  lines: string[]
  url: string
}

/**
 * Everything that an operation has to say, filled in as it goes along: when the step is cancelled half-way, what has
 * been done by then is still published.
 */
export interface Report {
  runs: RunOutcome[]
  /** Set when the operation as a whole ended badly and no run carries the reason. */
  failure: { reason: Reason | null; message: string } | null
  /** Sentences for the summary that belong to no single run. */
  notes: string[]
  /** The conclusions were waited for and judged, so they have a common one even where there are several runs. */
  judged?: boolean
  jobs?: JobReport[]
  environments?: string[]
  reviews?: ReviewReport[]
  logs?: LogManifest[]
  logsPath?: string
  failures?: FailureExcerpt[]
}

/** @returns a report with nothing in it yet */
export function createReport(): Report {
  return { runs: [], failure: null, notes: [] }
}

/** How many runs of the report ended with the given outcomes. */
export function countOutcomes(report: Report, ...outcomes: Outcome[]): number {
  return report.runs.filter((entry) => outcomes.includes(entry.outcome)).length
}

export const changed = (message: string, reason: Reason | null = null): Verdict => ({
  outcome: 'changed',
  reason,
  message,
})
export const skipped = (reason: Reason, message: string): Verdict => ({ outcome: 'skipped', reason, message })
export const failed = (reason: Reason, message: string): Verdict => ({ outcome: 'failed', reason, message })
export const planned = (message: string, reason: Reason | null = null): Verdict => ({
  outcome: 'planned',
  reason,
  message,
})
export const matched = (message: string): Verdict => ({ outcome: 'matched', reason: null, message })
