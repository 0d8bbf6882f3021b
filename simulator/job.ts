import type { Gate } from './environment.ts'
import { type JobSpec, perAttempt, type RunSpec } from './spec.ts'

/** The six job states of GitHub's schema. */
export type JobStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'

/** The job conclusions of GitHub's schema: a run's have two more, stale and startup_failure. */
export type JobConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'

/** One job of one attempt; times in epoch ms. */
export interface SimulatedJob {
  readonly id: number
  readonly name: string
  readonly attempt: number
  readonly spec: JobSpec
  /** Place among the jobs of the run: what stays the same over attempts, as names may repeat. */
  readonly index: number
  status: JobStatus
  conclusion: JobConclusion | null
  /** undefined: not created yet, since a job it needs is not completed. The API does not show such a job. */
  createdAt: number | undefined
  startedAt: number | undefined
  completedAt: number | undefined
  /** The attempt it really ran in; older than `attempt` where a partial re-run carried it over. */
  ranIn: number
  /** Closed environment it waits at, or has passed. */
  gate: Gate | undefined
}

/** A job that does not exist yet. */
export function planJob(id: number, spec: JobSpec, index: number, attempt: number): SimulatedJob {
  return {
    id: spec.id !== undefined && attempt === 1 ? spec.id : id,
    name: spec.name,
    attempt,
    spec,
    index,
    status: 'queued',
    conclusion: null,
    createdAt: undefined,
    startedAt: undefined,
    completedAt: undefined,
    ranIn: attempt,
    gate: undefined,
  }
}

/** Ends a job, whatever it was doing. */
export function endJob(job: SimulatedJob, conclusion: JobConclusion, time: number): void {
  job.createdAt ??= time
  job.status = 'completed'
  job.conclusion = conclusion
  job.completedAt = time
}

/** Whether jobs that need this one may run. */
export function passed(job: SimulatedJob): boolean {
  return job.conclusion === 'success' || job.conclusion === 'neutral'
}

/** Whether "re-run failed jobs" takes this job. */
export function isFailed(job: SimulatedJob): boolean {
  return job.conclusion === 'failure' || job.conclusion === 'cancelled' || job.conclusion === 'timed_out'
}

const JOB_CONCLUSIONS: readonly string[] = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
]

/** The nearest job conclusion to a run's: schema right for the two that only runs have. */
export function toJobConclusion(conclusion: string): JobConclusion {
  if (JOB_CONCLUSIONS.includes(conclusion)) return conclusion as JobConclusion
  return conclusion === 'stale' ? 'cancelled' : 'failure'
}

/** How a job ends in an attempt, if nobody interferes. */
export function plannedConclusion(run: RunSpec, job: JobSpec, attempt: number): JobConclusion {
  const given = job.conclusion ?? (hasOwnConclusions(run) ? undefined : run.conclusion)
  const conclusion = perAttempt(given, attempt) ?? 'success'
  // Somebody cancelled the attempt that the spec describes; that says nothing about the attempts after it.
  if (conclusion === 'cancelled' && !Array.isArray(given) && attempt > (run.attempt ?? 1)) return 'success'
  return toJobConclusion(conclusion)
}

/** Whether the spec says for any job how it ends, so that the run's conclusion need not be spread over the others. */
export function hasOwnConclusions(run: RunSpec): boolean {
  return run.jobs?.some((job) => job.conclusion !== undefined) ?? false
}
