import { AfterWriteError, Interruption, OperationError } from '../errors.ts'
import { type Explanation, explainRefusal, isRequestError } from '../github/refusals.ts'
import { failed, type Reason, skipped, type Verdict } from '../report.ts'

/** What an error means: the reason and a sentence. */
export function explain(error: unknown, permission: string): Explanation {
  if (error instanceof AfterWriteError) {
    const { reason, message } = explain(error.cause, permission)
    return { reason, message: `${error.message}. ${message}` }
  }
  if (error instanceof OperationError) return { reason: error.reason, message: error.message }
  if (error instanceof Interruption) return { reason: 'timeout', message: error.message }
  if (isRequestError(error)) return explainRefusal(error, permission)
  const said = error instanceof Error ? error.message : String(error)
  return { reason: 'server-error', message: `Unexpected error: ${said}. Please report it, with the step's debug log.` }
}

/** Does the error say nothing about what was asked, only that the server or the network could not answer now? */
export function isOutage(error: unknown): boolean {
  const isKnown = error instanceof Interruption || error instanceof AfterWriteError || error instanceof OperationError
  const { reason } = explain(error, '')
  // What is none of these is a mistake of our own, and looking again does not mend it.
  return (isKnown || isRequestError(error)) && (reason === 'server-error' || reason === 'rate-limited')
}

/** Refusals that say "there is nothing to do here", for every run. */
const ALWAYS_SKIPPED: readonly Reason[] = ['already-running', 'already-completed', 'nothing-failed', 'attempt-limit']

/** Refusals that are a failure only for a run that the author meant. */
export const SKIPPED_BY_FILTER: readonly Reason[] = ['too-old', 'not-rerunnable', 'wedged', 'not-completed']

/** Turns a refusal into the outcome of a run (docs/behaviour.md, Outcomes). */
export function toVerdict({ reason, message }: Explanation, named: boolean): Verdict {
  const isSkipped = ALWAYS_SKIPPED.includes(reason) || (!named && SKIPPED_BY_FILTER.includes(reason))
  return isSkipped ? skipped(reason, message) : failed(reason, message)
}
