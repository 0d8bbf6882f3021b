import type { Context } from '../context.ts'
import { oneLine } from '../foreign-text.ts'
import { isRequestError } from '../github/refusals.ts'
import type { Verdict } from '../report.ts'
import { type Job, readJobs, readRun } from './read.ts'
import type { Run } from './run.ts'
import { isCompleted, isFailedJob } from './status.ts'
import { explain, isOutage, toVerdict } from './verdict.ts'

/** A run that is waited for, as it was seen last. */
export interface WatchedRun {
  id: number
  run: Run | undefined
  jobs: Job[]
  /** Set as soon as the wait for this run is over. */
  verdict: Verdict | undefined
}

export const watchRun = (id: number, run?: Run): WatchedRun => ({ id, run, jobs: [], verdict: undefined })

const describeRun = (run: Run): string => `${oneLine(run.workflow ?? 'Run')} #${run.number ?? '?'} (${run.id})`

function describeJobs(jobs: readonly Job[]): string {
  if (jobs.length === 0) return ''
  const completed = jobs.filter(isCompleted).length
  const failedJobs = jobs.filter(isFailedJob).length
  return `, ${completed} of ${jobs.length} jobs completed${failedJobs > 0 ? `, ${failedJobs} failed` : ''}`
}

/** Something that is shown beside a run and refused alone: that says nothing about the run, which is still waited for. */
async function readExtra<T>(read: () => Promise<T>, none: T): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (isRequestError(error) && !isOutage(error) && error.status !== 401) return none
    throw error
  }
}

/**
 * Names of the environments whose protection rules the run waits for.
 *
 * https://docs.github.com/rest/actions/workflow-runs#get-pending-deployments-for-a-workflow-run
 */
async function describeWaiting({ github, repository }: Context, run: Run): Promise<string> {
  if (run.status !== 'waiting') return ''
  const read = () => github.actions.getPendingDeploymentsForRun({ ...repository, run_id: run.id })
  const pending = (await readExtra(read, undefined))?.data ?? []
  const names = pending.map(({ environment }) => oneLine(environment.name ?? '')).join(', ')
  return names === '' ? '' : `, waiting for ${names}`
}

const isSame = (one: Run | undefined, other: Run): boolean =>
  one !== undefined && one.updatedAt === other.updatedAt && one.status === other.status && one.attempt === other.attempt

/** Says when the wait for a run is over, and how it ended. */
export type Judge = (run: Run, jobs: readonly Job[]) => Verdict | undefined

/** How the runs are looked at. */
export interface WatchOptions {
  judge: Judge
  /** Read the jobs even of an unchanged run, to see a job fail at once. */
  failFast: boolean
  /** What the token needs, for refusals that do not name it. */
  permission: string
}

/** Reads a run once: one conditional request, and its jobs only when it changed. A change is a line in the log. */
async function lookAtRun(context: Context, watched: WatchedRun, { judge, failFast }: WatchOptions): Promise<void> {
  const run = await readRun(context, watched.id)
  const isChanged = !isSame(watched.run, run)
  if (isChanged || failFast) watched.jobs = await readExtra(() => readJobs(context, run.id), [])
  if (isCompleted(run) && !watched.jobs.every(isCompleted)) {
    // Jobs that go on in a run that has ended are out of date: something on the way said that nothing had changed.
    watched.jobs = await readExtra(() => readJobs(context, run.id, undefined, { conditional: false }), watched.jobs)
  }
  if (isChanged) {
    const state = isCompleted(run) ? `completed with ${run.conclusion}` : `is ${run.status}`
    context.log.line(`${describeRun(run)} ${state}${describeJobs(watched.jobs)}${await describeWaiting(context, run)}`)
  }
  watched.run = run
  watched.verdict = judge(run, watched.jobs)
}

/**
 * Looks once at each run that is still waited for. A refusal is the end of the wait for that run alone.
 *
 * @throws the first error that says nothing about a run: the server or the network failed
 */
export async function lookAtRuns(
  context: Context,
  watched: Iterable<WatchedRun>,
  options: WatchOptions,
): Promise<void> {
  const pending = [...watched].filter((one) => one.verdict === undefined)
  const looks = await Promise.allSettled(pending.map((one) => lookAtRun(context, one, options)))
  const outages = looks.flatMap((look, index) => {
    const one = pending[index]
    if (look.status === 'fulfilled' || one === undefined) return []
    context.signal.throwIfAborted()
    if (isOutage(look.reason)) return [look.reason]
    one.verdict = toVerdict(explain(look.reason, options.permission), true)
    return []
  })
  if (outages.length > 0) throw outages[0]
}
