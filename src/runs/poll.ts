import type { Context } from '../context.ts'
import { jitter } from '../github/retry.ts'
import { explain, isOutage } from './verdict.ts'

const GROWTH = 1.2
const MAX_GROWTH = 6

/** Looks in a row that may fail, each with its own retries used up, before the wait is given up. */
const MAX_FAILED_LOOKS = 5

/** When to look. */
export interface PollSchedule {
  /** Milliseconds before the second look. */
  interval: number
  /** Milliseconds since the epoch after which no look follows; undefined: until the operation ends. */
  until?: number | undefined
}

/**
 * Looks again and again until there is something to see.
 *
 * A server that fails or asks to slow down never ends the wait as success, and as failure only after five looks in a
 * row (docs/behaviour.md, Waits); any other error ends it at once. When `until` passes and no look has succeeded,
 * nothing is known: that is the server's failure, not "not there".
 *
 * @param look gives undefined for "not yet"
 * @returns what `look` gave, or undefined when `until` passed
 */
export async function poll<T>(
  { clock, signal, log }: Context,
  { interval, until = Number.POSITIVE_INFINITY }: PollSchedule,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  let failedLooks = 0
  let hasLooked = false
  for (let factor = 1; ; factor = Math.min(MAX_GROWTH, factor * GROWTH)) {
    let failure: unknown
    try {
      const found = await look()
      if (found !== undefined) return found
      failedLooks = 0
      hasLooked = true
    } catch (error) {
      signal.throwIfAborted()
      failedLooks += 1
      failure = error
      if (!isOutage(error) || failedLooks === MAX_FAILED_LOOKS) throw error
      log.line(
        `Could not look, still waiting (${failedLooks} of ${MAX_FAILED_LOOKS} tries): ${explain(error, '').message}`,
      )
    }
    const left = until - clock.now()
    if (left <= 0) {
      if (!hasLooked) throw failure
      return undefined
    }
    await clock.sleep(Math.min(left, jitter(interval * factor)), signal)
  }
}
