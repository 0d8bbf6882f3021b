import type { Context } from '../context.ts'
import { formatDuration } from '../durations.ts'
import { OperationError } from '../errors.ts'
import { isRequestError, serverText } from '../github/refusals.ts'
import { writeOnce } from '../github/write.ts'
import type { Values } from '../inputs/declaration.ts'
import type { cleanUpInputs } from '../inputs/shared.ts'
import { changed, planned, type Reason, skipped, type Verdict } from '../report.ts'
import { type ActOptions, actOnEach, type Seen } from './act.ts'
import { readRun } from './read.ts'
import { listForCleanUp } from './retention.ts'
import type { Run } from './run.ts'
import { selectRuns } from './select.ts'
import { isCompleted } from './status.ts'
import type { Target } from './target.ts'

/** Reasons that a clean-up can end with. */
export const cleanUpReasons: readonly Reason[] = [
  'own-run',
  'not-found',
  'permission',
  'not-completed',
  'kept',
  'timeout',
  'rate-limited',
  'unsupported',
  'server-error',
]

/** What is deleted of a run. */
export interface Deletion {
  /** As it stands in a sentence: `run`. */
  what: string
  send(runId: number): Promise<unknown>
  /** Is it gone? Asked after a lost answer. */
  isGone(runId: number): Promise<boolean>
}

const WINDOW_MS = 60_000

const isMissing = (error: unknown): boolean => isRequestError(error) && error.status === 404

/** Deletes once. A 404 to a repeated try means that the try before it worked; to the first one, that it was gone before. */
async function remove(context: Context, id: number, { what, send, isGone }: Deletion): Promise<Verdict> {
  let tries = 0
  const sendOnce = () => {
    tries += 1
    return send(id)
  }
  try {
    await writeOnce(context, sendOnce, () => isGone(id))
  } catch (error) {
    if (!isMissing(error)) throw error
    if (tries === 1) {
      if (await isGone(id)) return skipped('not-found', `nothing to delete: the ${what} had gone before`)
      throw error
    }
  }
  return changed(`${what} deleted`)
}

const live = (run: Run): Verdict =>
  skipped('not-completed', `the run is ${run.status ?? 'not completed'}: only completed runs are cleaned up`)

/** The 403 that GitHub gives for a live run is also given for missing rights: the run itself tells which it was. */
async function removeCompleted(context: Context, id: number, seen: Seen, deletion: Deletion): Promise<Verdict> {
  try {
    return await remove(context, id, deletion)
  } catch (error) {
    if (!isRequestError(error) || error.status !== 403 || !/could not delete/i.test(serverText(error))) throw error
    const run = seen(await readRun(context, id))
    if (!isCompleted(run)) return live(run)
    throw new OperationError(
      'permission',
      `GitHub answered 403 ("${serverText(error)}") although run ${id} has completed: the token may not delete it. It needs the permission \`actions: write\`.`,
      { cause: error },
    )
  }
}

/** Says what a dry run would cost: for the plan in the log and in the summary. */
function tellPlan(context: Context, runs: number, rate: number): void {
  const minutes = context.github.state.rateLimit === null ? 0 : Math.floor(Math.max(0, runs - 1) / rate)
  const time =
    minutes > 0 ? `at least ${formatDuration(minutes * WINDOW_MS)} at ${rate} writes a minute` : 'less than a minute'
  const note = `Plan: ${runs} ${runs === 1 ? 'request' : 'requests'} to delete, ${time}.`
  context.log.line(note)
  context.report.notes.push(note)
}

/** One warning for all runs that the rate limit left. */
function tellRest({ report, log }: Context): void {
  const left = report.runs.filter(({ reason }) => reason === 'rate-limited').length
  if (left > 0) log.warning(`The rate limit is used up: ${left} runs are left for the next time.`)
}

async function chooseTargets(context: Context, inputs: Values<typeof cleanUpInputs>): Promise<Target[]> {
  return selectRuns(context, inputs, {
    protectOwnRun: true,
    useEvent: false,
    list: (_context, filter, accept) => listForCleanUp(context, filter, accept, inputs['keep-latest']),
  })
}

/** Deletes something of all runs that the inputs choose; all ids are collected before the first delete. */
export async function cleanUpEach(
  context: Context,
  inputs: Values<typeof cleanUpInputs>,
  deletion: Deletion,
): Promise<void> {
  if (inputs['run-id'] && inputs['keep-latest'] > 0) {
    context.log.warning('Input `run-id` names the runs: `keep-latest` is not used.')
  }
  const targets = await chooseTargets(context, inputs)
  const options: ActOptions = {
    permission: 'actions: write',
    // A run that is gone is as it should be.
    absent: inputs['if-no-runs-found'],
    // Primary rate limit reached: the rest is for the next clean-up, not a failure of this one.
    skip: ['rate-limited'],
  }
  await actOnEach(context, targets, options, async ({ id, listed }, seen) => {
    const run = seen(listed ?? (await readRun(context, id)))
    if (!isCompleted(run)) return live(run)
    if (inputs['dry-run']) return planned(`would delete the ${deletion.what}`)
    return removeCompleted(context, id, seen, deletion)
  })
  tellRest(context)
  if (inputs['dry-run']) {
    const runs = context.report.runs.filter(({ outcome }) => outcome === 'planned').length
    tellPlan(context, runs, inputs['write-rate'])
  }
}
