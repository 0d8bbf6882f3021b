import { toTime } from './clock.ts'
import { closeGate } from './environment.ts'
import { shaOf } from './ids.ts'
import {
  endJob,
  hasOwnConclusions,
  type JobConclusion,
  type JobStatus,
  passed,
  planJob,
  plannedConclusion,
  type SimulatedJob,
} from './job.ts'
import { advance, conclusionOf, watchTimer } from './life.ts'
import type { Repository } from './repository.ts'
import { type Attempt, type RunIdentity, SimulatedRun } from './run.ts'
import { type JobSpec, perAttempt, type RunSpec } from './spec.ts'

/** A typical duration for a run that was over before the simulator saw it, in ms. */
const PAST_DURATION = 60_000

/** Makes a run from its description, with all its attempts, and starts it if it is a scripted one. */
export function createRun(repository: Repository, spec: RunSpec): SimulatedRun {
  refuseUnknownNeeds(spec)
  const run = new SimulatedRun(identify(repository, spec))
  const latest = spec.attempt ?? 1
  for (let number = 1; number <= latest; number++) {
    const attempt = createAttempt(run, number, number === latest)
    run.attempts.push(attempt)
    repository.registerJobs(run, attempt)
  }
  const { timeline } = repository.world
  const attempt = run.attempts[latest - 1]
  if (attempt && isAlive(spec)) timeline.at(attempt.startedAt, () => advance(run, attempt))
  return run
}

function identify(repository: Repository, spec: RunSpec): RunIdentity {
  const { ids, timeline } = repository.world
  const workflow = repository.workflowOf(spec)
  const id = spec.id ?? ids.next('run')
  const number = spec.number ?? workflow.lastNumber + 1
  workflow.lastNumber = Math.max(workflow.lastNumber, number)
  return {
    id,
    number,
    workflow,
    repository,
    spec,
    createdAt: spec.createdAt === undefined ? timeline.now() : toTime(spec.createdAt),
    checkSuiteId: spec.checkSuiteId ?? ids.next('checkSuite'),
    headSha: spec.headSha ?? shaOf(`run ${id}`),
    event: spec.event ?? (workflow.path.startsWith('dynamic/') ? 'dynamic' : 'push'),
    actor: spec.actor ?? 'octocat',
    branch: spec.branch === undefined ? 'main' : spec.branch,
  }
}

function refuseUnknownNeeds(spec: RunSpec): void {
  const names = new Set(spec.jobs?.map((job) => job.name))
  for (const job of spec.jobs ?? []) {
    const unknown = job.needs?.find((name) => !names.has(name))
    if (unknown) throw new Error(`job "${job.name}" needs "${unknown}", which the run does not have`)
  }
}

/** Whether anything can happen without a write: not in a run that is frozen as completed. */
function isAlive(spec: RunSpec): boolean {
  if (spec.wedged || isCompleted(spec)) return false
  if (spec.status === undefined) return true
  return spec.jobs?.some((job) => job.runFor !== undefined) ?? false
}

function isCompleted(spec: RunSpec): boolean {
  return spec.status === 'completed' || (spec.status === undefined && spec.conclusion !== undefined)
}

function createAttempt(run: SimulatedRun, number: number, isLatest: boolean): Attempt {
  const { spec, createdAt, actor, repository } = run.identity
  const startedAt = isLatest && spec.startedAt !== undefined ? toTime(spec.startedAt) : createdAt
  const completed = !isLatest || isCompleted(spec)
  const given = perAttempt(spec.conclusion, number) ?? (isLatest ? 'success' : 'failure')
  const attempt: Attempt = {
    number,
    triggeringActor: actor,
    startedAt,
    updatedAt: completed ? endOf(run, startedAt) : startedAt,
    status: completed ? 'completed' : (spec.status ?? 'queued'),
    conclusion: completed ? given : null,
    jobs: [],
    cancelled: false,
    forceCancelled: false,
  }
  if (spec.wedged) attempt.status = 'queued'
  if (isLatest && spec.updatedAt !== undefined) attempt.updatedAt = toTime(spec.updatedAt)
  attempt.jobs = jobSpecs(spec).map((job, index) =>
    planJob(job.id !== undefined && isLatest ? job.id : repository.world.ids.next('job'), job, index, number),
  )
  if (completed) completeAll(spec, attempt)
  else if (spec.status !== undefined) freezeAll(run, attempt)
  return attempt
}

/** The end of a run that is over: a usual while after the start, yet never in the future. */
function endOf(run: SimulatedRun, startedAt: number): number {
  return Math.max(startedAt, Math.min(startedAt + PAST_DURATION, run.repository.world.timeline.now()))
}

/** A run that could not start, or that still needs an approval, has no jobs. */
function jobSpecs(spec: RunSpec): JobSpec[] {
  if (spec.wedged) return []
  if (spec.jobs) return spec.jobs
  const conclusion = perAttempt(spec.conclusion, spec.attempt ?? 1)
  return conclusion === 'startup_failure' || conclusion === 'action_required' ? [] : [{ name: 'build' }]
}

function completeAll(spec: RunSpec, attempt: Attempt): void {
  for (const job of attempt.jobs) {
    const skipped = job.spec.conclusion === undefined && !job.spec.ignoresCancel && failedNeed(spec, attempt, job)
    const conclusion = skipped ? 'skipped' : pastConclusion(spec, attempt, job)
    job.createdAt = attempt.startedAt
    job.startedAt = attempt.startedAt
    endJob(job, conclusion, conclusion === 'skipped' ? attempt.startedAt : attempt.updatedAt)
  }
  if (spec.conclusion === undefined && hasOwnConclusions(spec)) attempt.conclusion = conclusionOf(attempt)
}

function failedNeed(spec: RunSpec, attempt: Attempt, job: SimulatedJob): boolean {
  const needed = attempt.jobs.filter((other) => job.spec.needs?.includes(other.name))
  return needed.some((other) => other.conclusion !== null && !passed(other)) || needed.some(isWaitingForFailure)

  // A need that stands later in the list is not completed yet; its spec tells how it will be.
  function isWaitingForFailure(other: SimulatedJob): boolean {
    return other.conclusion === null && pastConclusion(spec, attempt, other) !== 'success'
  }
}

function pastConclusion(spec: RunSpec, attempt: Attempt, job: SimulatedJob): JobConclusion {
  // An older attempt of a run whose attempts have no conclusions of their own must have failed: it was re-run.
  if (!hasOwnConclusions(spec) && spec.conclusion === undefined && attempt.conclusion === 'failure') return 'failure'
  return plannedConclusion(spec, job.spec, attempt.number)
}

/** Puts each job of a live run into the state it is frozen in; jobs with `runFor` are left to be started. */
function freezeAll(run: SimulatedRun, attempt: Attempt): void {
  for (const job of attempt.jobs) {
    if (job.spec.runFor === undefined && !isPlanned(attempt, job)) freeze(run, attempt, job)
  }
}

/** A job whose needs are open does not exist yet, unless the spec gives it a state. */
function isPlanned(attempt: Attempt, job: SimulatedJob): boolean {
  if (job.spec.status !== undefined || job.spec.conclusion !== undefined) return false
  const needed = attempt.jobs.filter((other) => job.spec.needs?.includes(other.name))
  return needed.some((other) => other.status !== 'completed')
}

function freeze(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  const status = frozenStatus(attempt, job)
  job.createdAt = attempt.startedAt
  if (status === 'completed') {
    job.startedAt = attempt.startedAt
    endJob(job, plannedConclusion(run.identity.spec, job.spec, attempt.number), attempt.updatedAt)
    return
  }
  job.status = status
  if (status === 'in_progress') job.startedAt = attempt.startedAt
  if (status === 'waiting' && job.spec.environment !== undefined) waitAt(run, attempt, job)
}

function frozenStatus(attempt: Attempt, job: SimulatedJob): JobStatus {
  if (job.spec.status !== undefined) return job.spec.status as JobStatus
  if (job.spec.conclusion !== undefined) return 'completed'
  const othersWait = attempt.jobs.some((other) => other.spec.environment !== undefined)
  if (attempt.status === 'waiting' && job.spec.environment === undefined && othersWait) return 'completed'
  return attempt.status as JobStatus
}

function waitAt(run: SimulatedRun, attempt: Attempt, job: SimulatedJob): void {
  const { world } = run.repository
  const environment = run.repository.environment(job.spec.environment ?? '')
  job.gate = closeGate(environment, world.ids.next('deployment'), attempt.startedAt)
  watchTimer(run, attempt, job)
}
