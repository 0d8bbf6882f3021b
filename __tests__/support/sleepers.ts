import type { ManualClock } from '../../simulator/index.ts'

/** Somebody who sleeps until a moment of simulated time. */
export interface Sleeper {
  ms: number
  /** Milliseconds since the epoch. */
  due: number
  wake(): void
}

/**
 * The sleepers of a clock that is handed in: each leaves when it is woken, or when its signal is aborted.
 *
 * @param fellAsleep told of each new sleeper
 */
export function createSleepers(time: ManualClock, fellAsleep: () => void = () => {}) {
  const sleepers = new Set<Sleeper>()
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal.throwIfAborted()
      const leave = () => {
        sleepers.delete(sleeper)
        signal.removeEventListener('abort', stop)
      }
      const stop = () => {
        leave()
        reject(signal.reason)
      }
      const wake = () => {
        leave()
        resolve()
      }
      const sleeper: Sleeper = { ms, due: time.now() + ms, wake }
      sleepers.add(sleeper)
      signal.addEventListener('abort', stop, { once: true })
      fellAsleep()
    })
  return { sleepers, sleep }
}
