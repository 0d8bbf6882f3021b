import type { Environment, Gate } from './environment.ts'
import type { SimulatedJob } from './job.ts'
import { complete, release } from './life.ts'
import { type Attempt, type SimulatedRun, visibleJobs } from './run.ts'
import type { TokenGrant } from './spec.ts'
import { canReviewAsUser } from './tokens.ts'

/** A job of the latest attempt that waits, with the gate it waits at. */
export interface WaitingJob {
  attempt: Attempt
  job: SimulatedJob
  gate: Gate
}

/** What a reviewer decides. */
export interface Verdict {
  state: 'approved' | 'rejected'
  comment: string
}

/** All jobs that wait for an environment. */
export function waitingJobs(run: SimulatedRun): WaitingJob[] {
  const attempt = run.latest
  return visibleJobs(attempt).flatMap((job) =>
    job.status === 'waiting' && job.gate ? [{ attempt, job, gate: job.gate }] : [],
  )
}

/** Whether this token's login may review the gate: a listed user or team member, and not the run's own starter. */
export function mayReview(run: SimulatedRun, gate: Gate, grant: TokenGrant): boolean {
  if (!canReviewAsUser(grant) || gate.review !== 'pending') return false
  const { reviewers, teams, preventSelfReview } = gate.environment
  if (preventSelfReview && run.latest.triggeringActor === grant.login) return false
  return reviewers.includes(grant.login) || teams.some((team) => grant.teams?.includes(team))
}

/** Accepts a review of all given jobs; the jobs go on, or fail, after the delay. */
export function requestReview(run: SimulatedRun, waiting: WaitingJob[], verdict: Verdict, login: string): void {
  const { timeline, settings } = run.repository.world
  for (const { gate } of waiting) gate.review = 'answered'
  timeline.after(settings.delays.review, () => {
    run.approvals.push({ ...verdict, login, environments: environmentsOf(waiting) })
    for (const { attempt, job, gate } of waiting) {
      gate.review = 'approved'
      settleJob(run, attempt, job, verdict.state)
    }
  })
}

/** Accepts the answer of an app to its own custom rule. */
export function requestRuleReview(
  run: SimulatedRun,
  waiting: WaitingJob[],
  slug: string,
  state: Verdict['state'],
): void {
  const { timeline, settings } = run.repository.world
  for (const { gate } of waiting) gate.rules.set(slug, 'answered')
  timeline.after(settings.delays.review, () => {
    for (const { attempt, job, gate } of waiting) {
      gate.rules.set(slug, 'approved')
      settleJob(run, attempt, job, state)
    }
  })
}

function settleJob(run: SimulatedRun, attempt: Attempt, job: SimulatedJob, state: Verdict['state']): void {
  if (job.status !== 'waiting') return
  if (state === 'approved') release(run, attempt, job)
  else complete(run, attempt, job, 'failure')
}

/** The environments of several waiting jobs, each once. */
export function environmentsOf(waiting: WaitingJob[]): Environment[] {
  return [...new Set(waiting.map(({ gate }) => gate.environment))]
}
