import type { Context } from '../context.ts'
import { afterWrite, OperationError } from '../errors.ts'
import { writeOnce } from '../github/write.ts'
import type { Values } from '../inputs/declaration.ts'
import type { rerunInputs } from '../inputs/shared.ts'
import { changed, failed, planned, type Reason, skipped, type Verdict } from '../report.ts'
import type { Seen } from './act.ts'
import { poll } from './poll.ts'
import { readRun } from './read.ts'
import { toleratingItself } from './repeated-write.ts'
import type { Run } from './run.ts'
import { isCompleted } from './status.ts'
import { explain } from './verdict.ts'

/** Reasons that a re-run can end with. */
export const rerunReasons: readonly Reason[] = [
  'own-run',
  'not-found',
  'permission',
  'already-running',
  'attempt-limit',
  'too-old',
  'not-rerunnable',
  'not-started',
  'conclusion',
  'timeout',
  'rate-limited',
  'unsupported',
  'server-error',
]

/** GitHub retries no run that never got a job; asking would only spend a request. */
export function refuseUnstarted(run: Run, named: boolean): Verdict | undefined {
  if (run.conclusion !== 'startup_failure') return undefined
  const message =
    'the run never started (startup_failure): GitHub cannot re-run it, mend the workflow file and start a new run'
  return named ? failed('not-rerunnable', message) : skipped('not-rerunnable', message)
}

/** Values of the inputs that every re-run has. */
export type RerunValues = Values<typeof rerunInputs>

/** One re-run, ready to be sent. */
export interface RerunRequest {
  /** What is re-run, as it stands in a sentence: `failed jobs`. */
  what: string
  send(): Promise<unknown>
}

/** What is re-run of a run, and when. */
export interface RerunPlan {
  /** A reason not to re-run the completed run, if there is one. */
  refuse(run: Run): Verdict | undefined
  /** Prepares the re-run, or finds a reason against it that costs requests to find; asked last. */
  prepare(run: Run): Promise<RerunRequest | Verdict>
  /** Re-run again while the new attempt does not pass and `max-attempts` allows it. */
  repeat: boolean
}

/** GitHub shows the new attempt within seconds; in incidents it accepts a re-run and does nothing. */
const START_BOUND_MS = 60_000
const START_INTERVAL_MS = 1_000

const ACCEPTED = 'The re-run was accepted'

const attemptOf = (run: Run): number => run.attempt ?? 1

async function awaitCompletion(context: Context, id: number, seen: Seen, interval: number): Promise<Run> {
  const run = await poll(context, { interval }, async () => {
    const now = seen(await readRun(context, id))
    return isCompleted(now) ? now : undefined
  })
  if (run === undefined) throw new OperationError('timeout', `Run ${id} did not complete in time.`)
  return run
}

/** The re-run that is sent again finds the run running, though no new attempt is seen yet: the first one worked. */
const isOwnEffect = (error: unknown): boolean => explain(error, '').reason === 'already-running'

/** Sends the re-run and returns the run with its new attempt: a 201 alone says that nothing was wrong with the request. */
async function startAttempt(
  context: Context,
  run: Run,
  seen: Seen,
  send: () => Promise<unknown>,
): Promise<Run | undefined> {
  const before = attemptOf(run)
  const hasGrown = (now: Run) => attemptOf(now) > before
  await writeOnce(context, toleratingItself(send, isOwnEffect), async () => hasGrown(await readRun(context, run.id)))
  const until = context.clock.now() + START_BOUND_MS
  return afterWrite(ACCEPTED, () =>
    poll(context, { interval: START_INTERVAL_MS, until }, async () => {
      const now = seen(await readRun(context, run.id))
      return hasGrown(now) ? now : undefined
    }),
  )
}

function judge(run: Run, successConclusions: readonly string[]): Verdict {
  const message = `attempt ${attemptOf(run)} ended with ${run.conclusion ?? 'no conclusion'}`
  return successConclusions.includes(run.conclusion ?? '') ? changed(message) : failed('conclusion', message)
}

/** Prepares the re-run of a completed run, unless there is a reason against it. */
async function prepare(run: Run, values: RerunValues, plan: RerunPlan): Promise<RerunRequest | Verdict> {
  const limit = values['max-attempts']
  const refused = plan.refuse(run)
  if (refused) return refused
  if (limit !== undefined && attemptOf(run) >= limit) {
    return skipped('attempt-limit', `at attempt ${attemptOf(run)}, and \`max-attempts\` is ${limit}`)
  }
  return plan.prepare(run)
}

/** What became of a re-run, with the run where another one may follow. */
interface Round {
  verdict: Verdict
  next?: Run
}

/** Re-runs a completed run once. */
async function rerunOnce(
  context: Context,
  run: Run,
  seen: Seen,
  values: RerunValues,
  { what, send }: RerunRequest,
): Promise<Round> {
  if (values['dry-run']) return { verdict: planned(`would re-run ${what} as attempt ${attemptOf(run) + 1}`) }
  const started = await startAttempt(context, run, seen, send)
  if (started === undefined) {
    const message = `the server accepted the re-run of run ${run.id}, but no new attempt came within 60 s; look at the run's page before trying again`
    return { verdict: failed('not-started', message) }
  }
  const told = `${what} re-run as attempt ${attemptOf(started)}`
  if (!values.wait) return { verdict: changed(told) }
  context.log.line(`Run ${run.id}: ${told}, waiting for it to complete.`)
  const ended = isCompleted(started)
    ? started
    : await afterWrite(ACCEPTED, () => awaitCompletion(context, run.id, seen, values['poll-interval']))
  return { verdict: judge(ended, values['success-conclusions']), next: ended }
}

/** The run, waited for until it has completed if that is asked for. */
async function readCompleted(context: Context, id: number, seen: Seen, values: RerunValues): Promise<Run> {
  const run = seen(await readRun(context, id))
  if (isCompleted(run) || !values.wait || values['dry-run']) return run
  context.log.line(`Run ${id} is ${run.status}: waiting for it to complete before it is re-run.`)
  return awaitCompletion(context, id, seen, values['poll-interval'])
}

/** Further rounds, as long as they are wanted and nothing speaks against one. */
async function repeatUntilPassed(
  context: Context,
  first: Round,
  seen: Seen,
  values: RerunValues,
  plan: RerunPlan,
): Promise<Verdict> {
  for (let round = first; ; ) {
    const { verdict, next } = round
    if (!plan.repeat || next === undefined || verdict.outcome !== 'failed') return verdict
    const request = await prepare(next, values, plan)
    if ('outcome' in request) return verdict
    round = await rerunOnce(context, next, seen, values, request)
  }
}

/**
 * Re-runs a run, makes sure that the new attempt exists and, if asked to, waits for it (docs/behaviour.md, Re-runs).
 *
 * @throws what the server refuses, e.g. the 403 of a run that is too old
 */
export async function rerunRun(
  context: Context,
  id: number,
  seen: Seen,
  values: RerunValues,
  plan: RerunPlan,
): Promise<Verdict> {
  const run = await readCompleted(context, id, seen, values)
  if (!isCompleted(run)) {
    const status = run.status ?? 'not completed'
    return skipped('already-running', `the run is ${status}: use \`wait: true\` to re-run it when it has completed`)
  }
  const request = await prepare(run, values, plan)
  if ('outcome' in request) return request
  const first = await rerunOnce(context, run, seen, values, request)
  return afterWrite(ACCEPTED, () => repeatUntilPassed(context, first, seen, values, plan))
}
