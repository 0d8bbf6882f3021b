import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { readWholeList } from '../github/pages.ts'
import { isRequestError } from '../github/refusals.ts'
import type { JobReport } from '../report.ts'
import { type Run, toRun } from './run.ts'
import { isFailedJob } from './status.ts'

/** How a run is read. */
export interface ReadOptions {
  excludePullRequests?: boolean
  /** Ends the request in the place of the operation's own signal. */
  signal?: AbortSignal
}

/**
 * Reads a run as it is now. Always a conditional request: whoever reads the same run again pays nothing for "unchanged".
 *
 * https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run
 */
export async function readRun({ github, repository }: Context, id: number, options: ReadOptions = {}): Promise<Run> {
  const { data } = await github.actions.getWorkflowRun({
    ...repository,
    run_id: id,
    ...(options.excludePullRequests && { exclude_pull_requests: true }),
    request: { conditional: true, ...(options.signal && { signal: options.signal }) },
  })
  return sameRun(toRun(data), id)
}

/**
 * Reads one attempt of a run.
 *
 * https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run-attempt
 */
export async function readAttempt(
  { github, repository }: Context,
  id: number,
  attempt: number,
  { excludePullRequests }: Pick<ReadOptions, 'excludePullRequests'> = {},
): Promise<Run> {
  const { data } = await github.actions.getWorkflowRunAttempt({
    ...repository,
    run_id: id,
    attempt_number: attempt,
    ...(excludePullRequests && { exclude_pull_requests: true }),
  })
  return sameRun(toRun(data), id)
}

/** Does the run not exist (any more)? */
export async function isRunGone(context: Context, id: number): Promise<boolean> {
  try {
    await readRun(context, id)
    return false
  } catch (error) {
    if (isRequestError(error) && error.status === 404) return true
    throw error
  }
}

/** A cache on the way may answer with something else; acting on the wrong run would be worse than failing. */
function sameRun(run: Run, id: number): Run {
  if (run.id === id) return run
  throw new OperationError('server-error', `The server sent run ${run.id} when asked for run ${id}. Try again later.`)
}

/** A job, as much of it as the action uses. */
export interface Job extends JobReport {
  runId: number
  steps: Step[]
}

/** A step of a job; `number` is the one in the names of log files. */
export interface Step {
  number: number
  name: string
  status: string
  conclusion: string | null
}

type Json = Record<string, unknown>

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function toStep(answer: Json): Step {
  return {
    number: Number(answer.number ?? 0),
    name: text(answer.name) ?? '',
    status: text(answer.status) ?? '',
    conclusion: text(answer.conclusion),
  }
}

/** Reads a job from an answer of the API. */
export function toJob(answer: unknown): Job {
  const job = answer as Json
  const steps = Array.isArray(job.steps) ? (job.steps as Json[]).map(toStep) : []
  return {
    id: Number(job.id),
    runId: Number(job.run_id),
    name: text(job.name) ?? '',
    attempt: Number(job.run_attempt ?? 1),
    status: text(job.status) ?? '',
    conclusion: text(job.conclusion),
    startedAt: text(job.started_at),
    completedAt: text(job.completed_at),
    url: text(job.html_url) ?? '',
    failedSteps: steps.filter(isFailedJob).map((step) => step.name),
    steps,
  }
}

/** Each job once: a page that shifts while the list is read shows one twice. */
const toJobs = (items: unknown[]): Job[] => [
  ...new Map(items.map(toJob).map((job): [number, Job] => [job.id, job])).values(),
]

/** The job without what only the log operations need. */
export function toJobReport({ steps: _steps, runId: _runId, ...job }: Job): JobReport {
  return job
}

/**
 * Reads the jobs of one attempt, all pages, by conditional requests.
 *
 * @param attempt undefined: the latest
 */
export async function readJobs(
  context: Context,
  runId: number,
  attempt?: number,
  { conditional = true } = {},
): Promise<Job[]> {
  const { owner, repo } = context.repository
  const run = `/repos/${owner}/${repo}/actions/runs/${runId}`
  const list = attempt === undefined ? `${run}/jobs` : `${run}/attempts/${attempt}/jobs`
  return toJobs(await readWholeList(context, list, 'jobs', { conditional }))
}

/** Reads the jobs of all attempts of a run. */
export async function readAllJobs(context: Context, runId: number): Promise<Job[]> {
  const { owner, repo } = context.repository
  const list = `/repos/${owner}/${repo}/actions/runs/${runId}/jobs?filter=all`
  return toJobs(await readWholeList(context, list, 'jobs'))
}

/**
 * Reads one job.
 *
 * https://docs.github.com/rest/actions/workflow-jobs#get-a-job-for-a-workflow-run
 */
export async function readJob({ github, repository }: Context, id: number): Promise<Job> {
  const { data } = await github.actions.getJobForWorkflowRun({ ...repository, job_id: id })
  return toJob(data)
}
