/** Time as the action sees it. Handed in, so that tests can wait an hour in a millisecond. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms` milliseconds; rejects with `signal.reason` as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /**
   * Calls `act` after `ms` milliseconds, unless the function that it returns is called before. For what should have
   * happened by then; it keeps no process alive. Left out: a timer of Node.
   */
  timer?(ms: number, act: () => void): () => void
}

/** The longest that a timer of Node can wait: one that is set to more goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Starts a timer of the clock, see {@link Clock}. @returns stops it */
export function startTimer(clock: Clock, ms: number, act: () => void): () => void {
  if (clock.timer) return clock.timer(ms, act)
  const timer = setTimeout(act, ms).unref()
  return () => clearTimeout(timer)
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason)
        return
      }
      const stop = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const until = Date.now() + ms
      const wait = () => setTimeout(wake, Math.min(until - Date.now(), LONGEST_TIMER_MS))
      const wake = () => {
        if (Date.now() < until) {
          timer = wait()
          return
        }
        signal.removeEventListener('abort', stop)
        resolve()
      }
      let timer = wait()
      signal.addEventListener('abort', stop, { once: true })
    }),
}
