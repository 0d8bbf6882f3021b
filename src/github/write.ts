import type { Context } from '../context.ts'
import { AfterWriteError, afterWrite } from '../errors.ts'
import { isRequestError } from './refusals.ts'
import { jitter } from './retry.ts'

const MAX_TRIES = 3
const FIRST_DELAY_MS = 500

/** What is known when the state could not be read after it. */
export const LOST_ANSWER = 'The answer to the write was lost, so it is unknown whether it took effect'
const UNSEEN = `The write was sent ${MAX_TRIES} times and no effect of it was seen, though it may have been late`

/** How a write came to its effect: by an answer that said so, or by an effect that was seen after a lost answer. */
export type WriteOutcome = 'answered' | 'observed'

/** After these nobody knows whether the write took effect: the server failed half-way, or its answer was lost. */
const isUncertain = (error: unknown): boolean => isRequestError(error) && error.status >= 500

/** Sends a write that leaves no trace: never again, and after a lost answer it says so. */
export async function sendOnce({ signal }: Pick<Context, 'signal'>, send: () => Promise<unknown>): Promise<void> {
  try {
    await send()
  } catch (error) {
    throw isUncertain(error) ? new AfterWriteError(LOST_ANSWER, signal.aborted ? signal.reason : error) : error
  }
}

/**
 * Sends a write that must take effect once (docs/behaviour.md, Writes). After a 5xx or a lost connection it first looks
 * whether the write took effect, and sends it again only if it did not; three tries at most.
 *
 * @param send the write; any other error of it is passed on
 * @param tookEffect reads the state that the write changes
 */
export async function writeOnce(
  { clock, signal, log }: Context,
  send: () => Promise<unknown>,
  tookEffect: () => Promise<boolean>,
): Promise<WriteOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send()
      return 'answered'
    } catch (error) {
      if (!isUncertain(error)) throw error
      if (signal.aborted) throw new AfterWriteError(LOST_ANSWER, signal.reason)
      log.debug(`a write ended with ${error}: looking whether it took effect`)
      const isDone = await afterWrite(LOST_ANSWER, async () => {
        await clock.sleep(jitter(FIRST_DELAY_MS * attempt), signal)
        return tookEffect()
      })
      if (isDone) return 'observed'
      if (attempt === MAX_TRIES) throw new AfterWriteError(UNSEEN, error)
    }
  }
}
