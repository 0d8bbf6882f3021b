import type { Context } from '../context.ts'
import { formatDuration } from '../durations.ts'
import { afterWrite } from '../errors.ts'
import { isRequestError, serverText } from '../github/refusals.ts'
import { writeOnce } from '../github/write.ts'
import type { Values } from '../inputs/declaration.ts'
import type { cancelInputs } from '../inputs/shared.ts'
import { changed, failed, planned, type Reason, skipped, type Verdict } from '../report.ts'
import type { Seen } from './act.ts'
import { actOnEach } from './act.ts'
import { listActiveRuns } from './active.ts'
import { poll } from './poll.ts'
import { readJobs, readRun } from './read.ts'
import { toleratingItself } from './repeated-write.ts'
import type { Run } from './run.ts'
import { selectRuns } from './select.ts'
import { isCompleted } from './status.ts'
import { explain } from './verdict.ts'

/** Reasons that a cancel can end with. */
export const cancelReasons: readonly Reason[] = [
  'own-run',
  'not-found',
  'permission',
  'already-completed',
  'wedged',
  'timeout',
  'rate-limited',
  'unsupported',
  'server-error',
]

/** How a run is cancelled. */
export interface CancelOptions {
  /** Past `always()` conditions. */
  force: boolean
  dryRun: boolean
  /** Wait until the run has completed. */
  wait: boolean
  /** Milliseconds after which a cancelled run that still runs is force-cancelled. */
  forceAfter: number | undefined
  pollInterval: number
  /** Why this run, for the report. */
  because: Reason | null
}

const MAX_QUEUE_TRIES = 3
const QUEUE_DELAY_MS = 2_000

/** GitHub refuses to cancel what it has not queued yet: for a moment after a re-run, for ever on a run without jobs. */
const isNotQueued = (error: unknown): boolean =>
  isRequestError(error) && error.status === 409 && /not (been |yet )?queued/i.test(serverText(error))

const isTooLate = (error: unknown): boolean => explain(error, '').reason === 'already-completed'

/**
 * Asks the server to cancel.
 *
 * https://docs.github.com/rest/actions/workflow-runs#cancel-a-workflow-run (202: accepted, not done)
 */
async function requestCancel(context: Context, id: number, force: boolean): Promise<void> {
  const { github, repository, clock, signal } = context
  const parameters = { ...repository, run_id: id }
  const send = () =>
    force ? github.actions.forceCancelWorkflowRun(parameters) : github.actions.cancelWorkflowRun(parameters)
  const hasEnded = async () => isCompleted(await readRun(context, id))
  const isOwnEffect = async (error: unknown) =>
    isTooLate(error) && (await readRun(context, id)).conclusion === 'cancelled'
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeOnce(context, toleratingItself(send, isOwnEffect), hasEnded)
      return
    } catch (error) {
      const isPassing = isNotQueued(error) && attempt < MAX_QUEUE_TRIES && (await readJobs(context, id)).length > 0
      if (!isPassing) throw error
      await clock.sleep(QUEUE_DELAY_MS * attempt, signal)
    }
  }
}

/** Asks for force after a cancel. @returns false when the cancel came to its end just before */
async function requestForce(context: Context, id: number): Promise<boolean> {
  try {
    await requestCancel(context, id, true)
    return true
  } catch (error) {
    if (!isTooLate(error)) throw error
    return false
  }
}

/** Reads until the run has completed, or `within` milliseconds have passed. */
async function awaitEnd(
  context: Context,
  id: number,
  seen: Seen,
  interval: number,
  within?: number,
): Promise<Run | undefined> {
  const until = within === undefined ? undefined : context.clock.now() + within
  return poll(context, { interval, until }, async () => {
    const run = seen(await readRun(context, id))
    return isCompleted(run) ? run : undefined
  })
}

const ended = (run: Run, how: string, because: Reason | null): Verdict =>
  changed(`${how}, ended with ${run.conclusion ?? 'no conclusion'}`, because)

/**
 * Cancels a run, and as far as it is asked to, sees to it that it ends.
 *
 * @throws what the server refuses, e.g. the 409 of a run that has completed
 */
export async function cancelRun(context: Context, id: number, seen: Seen, options: CancelOptions): Promise<Verdict> {
  const { force, dryRun, wait, forceAfter, because } = options
  const verb = force ? 'force-cancel' : 'cancel'
  if (dryRun) return planned(`would ${verb}`, because)
  await requestCancel(context, id, force)
  if (!wait && forceAfter === undefined) return changed(`${verb} requested`, because)
  return afterWrite(`The ${verb} was accepted`, () => seeToEnd(context, id, seen, options))
}

/** Waits for the end of a run whose cancel was accepted; where it does not come, by force. */
async function seeToEnd(context: Context, id: number, seen: Seen, options: CancelOptions): Promise<Verdict> {
  const { force, forceAfter, pollInterval, because } = options
  const requested = force ? 'force-cancel requested' : 'cancel requested'
  const run = await awaitEnd(context, id, seen, pollInterval, forceAfter)
  if (run) return ended(run, requested, because)
  context.log.line(`Run ${id} still runs ${formatDuration(forceAfter ?? 0)} after the cancel: force-cancelling it.`)
  if (!(await requestForce(context, id))) {
    return ended(seen(await readRun(context, id)), requested, because)
  }
  const forced = await awaitEnd(context, id, seen, pollInterval)
  return forced
    ? ended(forced, 'force-cancel requested', because)
    : failed('timeout', 'the force-cancelled run did not end')
}

/** Cancels all runs that the inputs choose. A run that has completed by then is told so without a write. */
export async function cancelEach(
  context: Context,
  inputs: Values<typeof cancelInputs>,
  { force, forceAfter }: Pick<CancelOptions, 'force' | 'forceAfter'>,
): Promise<void> {
  // Without `status` only what can be cancelled is looked for, in the fewest requests.
  const list = inputs.status === undefined ? { list: listActiveRuns } : {}
  const targets = await selectRuns(context, inputs, { protectOwnRun: true, ...list })
  await actOnEach(context, targets, { permission: 'actions: write' }, async ({ id, listed }, seen) => {
    const run = seen(listed ?? (await readRun(context, id)))
    if (isCompleted(run)) return skipped('already-completed', `the run ended with ${run.conclusion} already`)
    return cancelRun(context, id, seen, {
      force,
      forceAfter,
      dryRun: inputs['dry-run'],
      wait: inputs.wait,
      pollInterval: inputs['poll-interval'],
      because: null,
    })
  })
}
