import type { Context } from '../context.ts'
import { Interruption, OperationError } from '../errors.ts'
import { type Explanation, explainRefusal, isRequestError } from '../github/refusals.ts'
import { failed, type Reason, skipped, type Verdict } from '../report.ts'
import { type Run, unreadRun } from './run.ts'
import { runUrl, type Target } from './target.ts'

/** What an error means: the contract's reason and a sentence. */
export function explain(error: unknown, permission: string): Explanation {
  if (error instanceof OperationError) return { reason: error.reason, message: error.message }
  if (error instanceof Interruption) return { reason: 'timeout', message: error.message }
  if (isRequestError(error)) return explainRefusal(error, permission)
  const said = error instanceof Error ? error.message : String(error)
  return { reason: 'server-error', message: `Unexpected error: ${said}. Please report it, with the step's debug log.` }
}

/** Does the error say nothing about what was asked, only that the server or the network could not answer now? */
export function isOutage(error: unknown): boolean {
  const { reason } = explain(error, '')
  return reason === 'server-error' || reason === 'rate-limited'
}

/** Refusals that say "there is nothing to do here", for every run. */
const ALWAYS_SKIPPED: readonly Reason[] = ['already-running', 'already-completed', 'nothing-failed', 'attempt-limit']

/** Refusals that are a failure only for a run that the author meant. */
const SKIPPED_BY_FILTER: readonly Reason[] = ['too-old', 'not-rerunnable', 'wedged', 'not-completed']

/** Turns a refusal into the outcome of a run (contract, section 3). */
export function toVerdict({ reason, message }: Explanation, named: boolean): Verdict {
  const isSkipped = ALWAYS_SKIPPED.includes(reason) || (!named && SKIPPED_BY_FILTER.includes(reason))
  return isSkipped ? skipped(reason, message) : failed(reason, message)
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
  permission: string,
  act: (target: Target, seen: Seen) => Promise<Verdict>,
): Promise<void> {
  const acted = await Promise.all(
    targets.map(async (target) => {
      let last = target.listed ?? unreadRun(target.id, runUrl(context, target.id))
      const seen: Seen = (run) => {
        last = run
        return run
      }
      const verdict = await act(target, seen).catch((error: unknown) => {
        context.log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error))
        return toVerdict(explain(error, permission), target.named)
      })
      announce(context, target.id, verdict)
      return { run: last, ...verdict }
    }),
  )
  context.report.runs.push(...acted)
}

/** A line in the log for what became of a run; a run that a filter chose in vain is worth a warning. */
function announce({ log }: Context, id: number, { outcome, reason, message }: Verdict): void {
  const line = `Run ${id}: ${outcome}${reason ? ` (${reason})` : ''}: ${message}`
  if (outcome === 'skipped' && reason !== null && SKIPPED_BY_FILTER.includes(reason)) log.warning(line)
  else log.line(line)
}
