import { isFailed, planJob, type SimulatedJob } from './job.ts'
import { advance } from './life.ts'
import { type Refusal, refusals } from './refusals.ts'
import type { Attempt, SimulatedRun } from './run.ts'

const DAY = 86_400_000

/** Documented: runs can be re-run up to 30 days after the first attempt. */
const RERUN_DAYS = 30

/** Documented: 50 re-runs of a run, whole and partial together. */
const MAX_ATTEMPTS = 51

/** Which jobs a re-run takes: all, the failed ones, or one; with those that need them. */
export type Choice = 'all' | 'failed' | SimulatedJob

/** Why a run cannot be re-run now; rerun-failed-jobs words one refusal differently. */
export function refuseRerun(run: SimulatedRun, choice: Choice): Refusal | undefined {
  const { spec, createdAt, event, repository } = run.identity
  if (run.isLive) return refusals.alreadyRunning
  if (createdAt < repository.world.timeline.now() - RERUN_DAYS * DAY) {
    return choice === 'failed' ? refusals.tooOldToRetry : refusals.tooOldToRerun
  }
  const impossible =
    spec.rerunnable === false ||
    event === 'dynamic' ||
    run.logs !== 'kept' ||
    run.latest.conclusion === 'startup_failure' ||
    run.latest.jobs.length === 0 ||
    run.latest.number >= MAX_ATTEMPTS ||
    (choice === 'failed' && !run.latest.jobs.some(isFailed))
  return impossible ? refusals.cannotRetry : undefined
}

/** Accepts a re-run: its attempt exists after the delay. */
export function requestRerun(run: SimulatedRun, choice: Choice, login: string): void {
  if (run.ignores('rerun')) return
  const { timeline, settings } = run.repository.world
  run.rerunRequested = true
  timeline.after(settings.delays.rerun, () => {
    run.rerunRequested = false
    if (!run.deleted) startAttempt(run, choice, login)
  })
}

function startAttempt(run: SimulatedRun, choice: Choice, login: string): void {
  const previous = run.attempts.at(-1)
  if (!previous) return
  const now = run.repository.world.timeline.now()
  const attempt: Attempt = {
    number: previous.number + 1,
    triggeringActor: login,
    startedAt: now,
    updatedAt: now,
    status: 'queued',
    conclusion: null,
    jobs: nextJobs(run, previous, chosenJobs(previous.jobs, choice)),
    cancelled: false,
    forceCancelled: false,
  }
  run.attempts.push(attempt)
  run.repository.registerJobs(run, attempt)
  advance(run, attempt)
}

function nextJobs(run: SimulatedRun, previous: Attempt, chosen: Set<number>): SimulatedJob[] {
  const number = previous.number + 1
  return previous.jobs.map((job) => {
    const id = run.repository.world.ids.next('job')
    if (chosen.has(job.index)) return planJob(id, job.spec, job.index, number)
    return { ...job, id, attempt: number }
  })
}

/** Indexes of the jobs that run again. */
function chosenJobs(jobs: SimulatedJob[], choice: Choice): Set<number> {
  const first = jobs.filter((job) => isChosen(job, choice))
  const chosen = new Set(first.map((job) => job.index))
  const names = new Set(first.map((job) => job.name))
  let size = 0
  while (size < chosen.size) {
    size = chosen.size
    for (const job of jobs) {
      if (!job.spec.needs?.some((name) => names.has(name))) continue
      chosen.add(job.index)
      names.add(job.name)
    }
  }
  return chosen
}

function isChosen(job: SimulatedJob, choice: Choice): boolean {
  if (choice === 'all') return true
  return choice === 'failed' ? isFailed(job) : job.index === choice.index
}
