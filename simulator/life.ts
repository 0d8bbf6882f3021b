import { closeGate, isPassed, isProtected } from './environment.ts'
import { endJob, type JobConclusion, passed, plannedConclusion, type SimulatedJob } from './job.ts'
import { type Attempt, type SimulatedRun, visibleJobs } from './run.ts'

/** Job states, least advanced first: a run shows the first that any of its jobs is in (cli/cli#13972). */
const BY_ADVANCE = ['requested', 'queued', 'pending', 'waiting', 'in_progress']

/** Worst first: a run has the first conclusion that any of its jobs has. */
const BY_GRAVITY: JobConclusion[] = ['failure', 'cancelled', 'timed_out', 'action_required']

const MINUTE = 60_000

/** Creates the jobs whose needs are completed, and brings the state of the attempt up to date. */
export function advance(run: SimulatedRun, attempt: Attempt): void {
  let ready = readyJobs(attempt)
  while (ready.length > 0) {
    for (const job of ready) admit(run, attempt, job)
    ready = readyJobs(attempt)
  }
  refresh(run, attempt)
}

function readyJobs(attempt: Attempt): SimulatedJob[] {
  return attempt.jobs.filter(
    (job) => job.createdAt === undefined && needsOf(attempt, job).every((needed) => needed.status === 'completed'),
  )
}

function needsOf(attempt: Attempt, job: SimulatedJob): SimulatedJob[] {
  return attempt.jobs.filter((other) => job.spec.needs?.includes(other.name))
}

function admit(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  const { timeline, ids } = run.repository.world
  job.createdAt = timeline.now()
  if (isLeftOut(attempt, job)) {
    endJob(job, 'skipped', timeline.now())
    return
  }
  const environment = job.spec.environment === undefined ? undefined : run.repository.environment(job.spec.environment)
  if (!environment || !isProtected(environment)) {
    enqueue(run, attempt, job)
    return
  }
  job.status = 'waiting'
  job.gate = closeGate(environment, ids.next('deployment'), timeline.now())
  watchTimer(run, attempt, job)
}

function isLeftOut(attempt: Attempt, job: SimulatedJob): boolean {
  if (attempt.forceCancelled) return true
  if (job.spec.ignoresCancel) return false
  return attempt.cancelled || needsOf(attempt, job).some((needed) => !passed(needed))
}

/** Opens the wait timer's part of a gate when its minutes are over: the one thing that moves a frozen run by itself. */
export function watchTimer(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  const { gate } = job
  if (gate?.timer !== 'pending') return
  run.repository.world.timeline.at(gate.openedAt + gate.environment.waitTimer * MINUTE, () => {
    gate.timer = 'approved'
    release(run, attempt, job)
  })
}

/** Lets a waiting job go on once nothing keeps its gate closed. */
export function release(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  if (job.status !== 'waiting' || !job.gate || !isPassed(job.gate)) return
  enqueue(run, attempt, job)
  advance(run, attempt)
}

function enqueue(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  job.status = 'queued'
  run.repository.world.timeline.after(job.spec.startAfter ?? 0, () => start(run, attempt, job))
}

function start(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  if (job.status !== 'queued') return
  const { timeline } = run.repository.world
  job.status = 'in_progress'
  job.startedAt = timeline.now()
  refresh(run, attempt)
  timeline.after(duration(run, attempt, job), () => {
    if (job.status !== 'in_progress') return
    complete(run, attempt, job, plannedConclusion(run.identity.spec, job.spec, attempt.number))
  })
}

function duration(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): number {
  const { spec } = run.identity
  const isRerun = attempt.number > (spec.attempt ?? 1)
  return job.spec.runFor ?? (isRerun ? (spec.rerunTakes ?? 0) : 0)
}

/** Ends a job and lets those that need it begin. */
export function complete(run: SimulatedRun, attempt: Attempt, job: SimulatedJob, conclusion: JobConclusion): void {
  endJob(job, conclusion, run.repository.world.timeline.now())
  advance(run, attempt)
}

function refresh(run: SimulatedRun, attempt: Attempt): void {
  attempt.status = statusOf(attempt)
  attempt.conclusion = attempt.status === 'completed' ? conclusionOf(attempt) : null
  attempt.updatedAt = run.repository.world.timeline.now()
}

function statusOf(attempt: Attempt): string {
  const jobs = visibleJobs(attempt)
  if (attempt.jobs.every((job) => job.status === 'completed')) return 'completed'
  return BY_ADVANCE.find((status) => jobs.some((job) => job.status === status)) ?? 'queued'
}

/** The conclusion of an attempt whose jobs are all completed. */
export function conclusionOf(attempt: Attempt): string {
  const conclusions = new Set(attempt.jobs.map((job) => job.conclusion))
  if (attempt.cancelled && conclusions.has('cancelled')) return 'cancelled'
  const worst = BY_GRAVITY.find((conclusion) => conclusions.has(conclusion))
  if (worst) return worst
  return conclusions.size === 1 && conclusions.has('skipped') ? 'skipped' : 'success'
}
