import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { writeOnce } from '../github/write.ts'
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

/** How a run is re-run. */
export interface RerunOptions {
  dryRun: boolean
  wait: boolean
  /** No re-run of a run that is at this attempt already. */
  maxAttempts: number | undefined
  pollInterval: number
  successConclusions: readonly string[]
  /** What is re-run, as it stands in a sentence: `failed jobs`. */
  what: string
  /** Re-run again while the new attempt does not pass and `maxAttempts` allows it. */
  repeat: boolean
  /** Sends the re-run. */
  send(): Promise<unknown>
  /** A reason not to re-run the completed run, if there is one. */
  refuse(run: Run): Promise<Verdict | undefined> | Verdict | undefined
  /** The same for a reason that costs requests to find; asked last. */
  refuseByLogs?(run: Run): Promise<Verdict | undefined>
}

/** GitHub shows the new attempt within seconds; in incidents it accepts a re-run and does nothing. */
const START_BOUND_MS = 60_000
const START_INTERVAL_MS = 1_000

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
  return poll(context, { interval: START_INTERVAL_MS, until }, async () => {
    const now = seen(await readRun(context, run.id))
    return hasGrown(now) ? now : undefined
  })
}

function judge(run: Run, successConclusions: readonly string[]): Verdict {
  const message = `attempt ${attemptOf(run)} ended with ${run.conclusion ?? 'no conclusion'}`
  return successConclusions.includes(run.conclusion ?? '') ? changed(message) : failed('conclusion', message)
}

async function refusal(run: Run, options: RerunOptions): Promise<Verdict | undefined> {
  const { maxAttempts } = options
  const refused = await options.refuse(run)
  if (refused) return refused
  if (maxAttempts !== undefined && attemptOf(run) >= maxAttempts) {
    return skipped('attempt-limit', `at attempt ${attemptOf(run)}, and \`max-attempts\` is ${maxAttempts}`)
  }
  return options.refuseByLogs?.(run)
}

/** Re-runs a completed run once. @returns the verdict, with the run where another round may follow */
async function rerunOnce(
  context: Context,
  run: Run,
  seen: Seen,
  options: RerunOptions,
): Promise<{ verdict: Verdict; next?: Run }> {
  const { what, wait, pollInterval, successConclusions, dryRun } = options
  if (dryRun) return { verdict: planned(`would re-run ${what} as attempt ${attemptOf(run) + 1}`) }
  const started = await startAttempt(context, run, seen, options.send)
  if (started === undefined) {
    const message = `the server accepted the re-run of run ${run.id}, but no new attempt came within 60 s; look at the run's page before trying again`
    return { verdict: failed('not-started', message) }
  }
  const told = `${what} re-run as attempt ${attemptOf(started)}`
  if (!wait) return { verdict: changed(told) }
  context.log.line(`Run ${run.id}: ${told}, waiting for it to complete.`)
  const ended = isCompleted(started) ? started : await awaitCompletion(context, run.id, seen, pollInterval)
  return { verdict: judge(ended, successConclusions), next: ended }
}

/**
 * Re-runs a run, makes sure that the new attempt exists and, if asked to, waits for it (docs/behaviour.md, Re-runs).
 *
 * @throws what the server refuses, e.g. the 403 of a run that is too old
 */
export async function rerunRun(context: Context, id: number, seen: Seen, options: RerunOptions): Promise<Verdict> {
  let run = seen(await readRun(context, id))
  context.report.judged = options.wait
  if (!isCompleted(run)) {
    if (!options.wait || options.dryRun) {
      return skipped(
        'already-running',
        `the run is ${run.status ?? 'not completed'}: use \`wait: true\` to re-run it when it has completed`,
      )
    }
    context.log.line(`Run ${id} is ${run.status}: waiting for it to complete before it is re-run.`)
    run = await awaitCompletion(context, id, seen, options.pollInterval)
  }
  let last = await refusal(run, options)
  while (last === undefined) {
    const { verdict, next } = await rerunOnce(context, run, seen, options)
    const again =
      options.repeat &&
      next !== undefined &&
      verdict.outcome === 'failed' &&
      (await refusal(next, options)) === undefined
    if (!again) last = verdict
    else run = next
  }
  return last
}
