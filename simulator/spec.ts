/** One step of a job, as a test describes it. */
export interface StepSpec {
  name: string
  /** Default 'success'; in a failed job without a failed step, the last one fails. */
  conclusion?: string
  /** Default its place, from 1. Gaps are normal on GitHub. */
  number?: number
  /** Text of its log; a list has one text per attempt, the last repeats. Lines are stamped unless the first one is. */
  log?: string | string[]
}

/** One job of a run. */
export interface JobSpec {
  name: string
  id?: number
  /** A list has one conclusion per attempt, the last repeats. */
  conclusion?: string | string[]
  /** State in a frozen run; default the run's. */
  status?: string
  /** Simulated ms from ready (attempt started, needs completed, environment open) to start; default 0. */
  startAfter?: number
  /** Simulated ms from start to end; default 0, and frozen where the run has an explicit status. */
  runFor?: number
  /** Names of the jobs that must pass first. */
  needs?: string[]
  /** Waits for the protection rules of this environment. */
  environment?: string
  /** Like `if: always()`: runs after failed needs, and goes on after a cancel until a force-cancel. */
  ignoresCancel?: boolean
  steps?: StepSpec[]
  /** Text of the whole job log. */
  log?: string
  /** The service lost the log: in no archive, 404 of its own. */
  noLog?: boolean
  /** Name in the log archive, as is; default the sanitised job name. */
  archiveName?: string
  runnerName?: string
  labels?: string[]
}

/** A write that the server accepts and then never acts on, as reported for incidents. */
export type IgnoredWrite = 'cancel' | 'force-cancel' | 'rerun' | 'delete' | 'delete-logs'

/**
 * Shape of the log archive: all parts; whole-job files only; all but step files; or the old service's (negative
 * ordinals, `/` removed instead of replaced, no system.txt).
 */
export type ArchiveLayout = 'full' | 'jobs-only' | 'no-steps' | 'old-service'

/**
 * One workflow run. With `status` or `conclusion` it is frozen: nothing changes until a write (or the `runFor` of a
 * job of a live run). Without, it lives by its jobs' `startAfter` and `runFor`.
 */
export interface RunSpec {
  id?: number
  /** File name, whole path, or `dynamic/...`; default ci.yml. */
  workflow?: string
  workflowName?: string
  /** `name` of the run; default the workflow's. */
  name?: string | null
  title?: string
  branch?: string | null
  headSha?: string
  event?: string
  actor?: string
  number?: number
  /** Latest attempt; older ones exist and are completed. */
  attempt?: number
  status?: string
  /** A list has one conclusion per attempt, the last repeats. */
  conclusion?: string | string[]
  createdAt?: number | string
  updatedAt?: number | string
  /** Start of the latest attempt. */
  startedAt?: number | string
  /** owner/name; null is a deleted fork; default the repository itself. */
  headRepository?: string | null
  /** Numbers of the open pull requests of the head branch. */
  pullRequests?: number[]
  checkSuiteId?: number
  /** Adds `@ref` to `path`. */
  pathRef?: string
  /** Default one job `build`; none for startup_failure and action_required. */
  jobs?: JobSpec[]
  /** false: each re-run is refused as 'This workflow run cannot be retried'. */
  rerunnable?: boolean
  /** Simulated ms that each re-run job without `runFor` takes; default 0, Infinity for ever. */
  rerunTakes?: number
  logs?: 'kept' | 'expired' | 'deleted'
  /** Stuck before it was queued: no jobs, no cancel, no delete, no re-run. */
  wedged?: boolean
  ignores?: IgnoredWrite[]
  /** The log archive as it is sent, per attempt if a function. */
  archive?: Buffer | ((attempt: number) => Buffer)
  archiveLayout?: ArchiveLayout
  /** Names of jobs that are absent from the log archive; their own log is still served. */
  missing?: string[]
}

/** One deployment environment and its protection rules. */
export interface EnvironmentSpec {
  name: string
  /** Logins that may review. */
  reviewers?: string[]
  /** Slugs of teams that may review. */
  teams?: string[]
  /** Minutes. */
  waitTimer?: number
  preventSelfReview?: boolean
  /** Slugs of the GitHub Apps whose custom rule must pass. */
  customRules?: string[]
}

/** One workflow file. */
export interface WorkflowSpec {
  path: string
  name: string
  state?: 'active' | 'deleted' | 'disabled_fork' | 'disabled_inactivity' | 'disabled_manually'
}

/** Who a token speaks for and what it may do. */
export interface TokenGrant {
  kind: 'installation' | 'fine-grained' | 'classic'
  login: string
  permissions: { actions?: 'read' | 'write'; deployments?: 'read' | 'write' }
  /** owner/name of each repository it can see; default all. */
  repositories?: string[]
  /** Slug of the GitHub App, for custom protection rules. */
  app?: string
  /** Slugs of the teams the login is in. */
  teams?: string[]
}

/** The value for an attempt (from 1) of something given once or once per attempt. */
export function perAttempt<T>(value: T | T[] | undefined, attempt: number): T | undefined {
  if (!Array.isArray(value)) return value
  return value[Math.min(attempt, value.length) - 1]
}
