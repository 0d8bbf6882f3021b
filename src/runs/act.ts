import type { Context } from '../context.ts'
import { AfterWriteError, OperationError } from '../errors.ts'
import { isRequestError } from '../github/refusals.ts'
import { failed, type Reason, skipped, type Verdict } from '../report.ts'
import { readRun } from './read.ts'
import { type Run, unreadRun } from './run.ts'
import { runUrl, type Target } from './target.ts'
import { explain, SKIPPED_BY_FILTER, toVerdict } from './verdict.ts'

/** What holds for every run that is acted on. */
export interface ActOptions {
  /** What the token needs, for refusals that do not name it. */
  permission: string
  /** What a run that does not exist is: a failure, or by `if-no-runs-found` nothing to worry about. */
  absent?: 'error' | 'warn' | 'ignore'
  /** Reasons that are `skipped` here, whatever they are elsewhere. */
  skip?: readonly Reason[]
}

/** A write whose endpoint answers 404 although the run is there: this server does not have the endpoint. */
async function clarify(context: Context, id: number, error: unknown): Promise<unknown> {
  if (!isRequestError(error) || error.status !== 404 || error.request.method === 'GET') return error
  const isThere = await readRun(context, id).then(
    () => true,
    () => false,
  )
  if (!isThere) return error
  const { method, url } = error.request
  return new OperationError(
    'unsupported',
    `GitHub answered 404 to ${method} ${new URL(url).pathname} although run ${id} exists: this server does not have the endpoint, or the token may not write. Check the version of the server and the permissions of the token.`,
    { cause: error },
  )
}

function judgeError(error: unknown, named: boolean, { permission, absent, skip }: ActOptions): Verdict {
  const explanation = explain(error, permission)
  const { reason, message } = explanation
  if (error instanceof AfterWriteError) return failed(reason, message)
  const isAbsent = reason === 'not-found' && absent !== undefined && absent !== 'error'
  return isAbsent || skip?.includes(reason) ? skipped(reason, message) : toVerdict(explanation, named)
}

/** Hands on the run that it is given, and remembers it as what was seen last of the target. */
export type Seen = (run: Run) => Run

/**
 * Acts on every target at once; how many requests are in flight, and how fast writes start, is the client's matter. One
 * run's failure never stops the others: each ends in the report with its own outcome, in the order of the targets.
 *
 * @param act throws what the server refused; it becomes the outcome of that run
 */
export async function actOnEach(
  context: Context,
  targets: readonly Target[],
  options: ActOptions,
  act: (target: Target, seen: Seen) => Promise<Verdict>,
): Promise<void> {
  const acted = await Promise.all(
    targets.map(async (target) => {
      let last = target.listed ?? unreadRun(target.id, runUrl(context, target.id))
      const seen: Seen = (run) => {
        last = run
        return run
      }
      const verdict = await act(target, seen).catch(async (error: unknown) => {
        context.log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error))
        return judgeError(await clarify(context, target.id, error), target.named, options)
      })
      announce(context, target.id, verdict, options)
      return { run: last, ...verdict }
    }),
  )
  context.report.runs.push(...acted)
}

/** Is it worth a warning? A run that a filter chose in vain is, and one that does not exist, if that was asked for. */
const isWarned = ({ outcome, reason }: Verdict, { absent }: ActOptions): boolean =>
  outcome === 'skipped' &&
  reason !== null &&
  (SKIPPED_BY_FILTER.includes(reason) || (reason === 'not-found' && absent === 'warn'))

/** A line in the log for what became of a run. */
function announce({ log }: Context, id: number, verdict: Verdict, options: ActOptions): void {
  const { outcome, reason, message } = verdict
  const line = `Run ${id}: ${outcome}${reason ? ` (${reason})` : ''}: ${message}`
  if (isWarned(verdict, options)) log.warning(line)
  else log.line(line)
}
