import type { Clock } from '../clock.ts'
import { createRate } from './rate.ts'

/** Writes in flight at once: far below GitHub's 100 concurrent requests, enough to hide the latency. */
const MAX_IN_FLIGHT = 10

/** Lets writes start. Each `acquire` is followed by one `started` and one `finished`. */
export interface WritePacer {
  /** Resolves when one more write may start; writes start in the order in which they asked. */
  acquire(): Promise<void>
  started(): void
  finished(): void
  /** The server sends rate-limit headers or it does not: without them there is no rate to keep. */
  serverLimits(present: boolean): void
  /** A secondary limit was hit: no write for `ms`, and half the rate from then on. */
  pause(ms: number): void
}

/** Resolves when `wake` is called, rejects when the signal is aborted. */
function createBell(signal: AbortSignal) {
  let ring: (() => void) | undefined
  const heard = () =>
    new Promise<void>((resolve, reject) => {
      const stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      ring = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
    })
  return { heard, ring: () => ring?.() }
}

/**
 * Keeps writes below a rate in any 60 seconds, and at most ten in flight.
 *
 * @param writeRate most starts in any 60 s
 * @param awaitLimits called before a write starts with what is left of a pause; waits for other limits, and throws when
 * the wait would be too long
 */
export function createWritePacer(
  writeRate: number,
  clock: Clock,
  signal: AbortSignal,
  awaitLimits: (pausedFor: number) => Promise<void> = async () => {},
): WritePacer {
  const rate = createRate(writeRate, clock)
  const finishedOne = createBell(signal)
  let pending = 0
  let inFlight = 0
  let turn: Promise<void> = Promise.resolve()

  const admit = async () => {
    signal.throwIfAborted()
    while (pending + inFlight >= MAX_IN_FLIGHT) await finishedOne.heard()
    for (;;) {
      await awaitLimits(rate.pausedFor())
      const ms = rate.delay(pending)
      if (ms === 0) break
      await (Number.isFinite(ms) ? clock.sleep(ms, signal) : finishedOne.heard())
    }
    pending += 1
  }

  return {
    acquire() {
      const mine = turn.then(admit)
      turn = mine.catch(() => {})
      return mine
    },
    started() {
      pending -= 1
      inFlight += 1
      rate.started()
    },
    finished() {
      inFlight -= 1
      rate.finished()
      finishedOne.ring()
    },
    serverLimits: rate.setLimited,
    pause: rate.pause,
  }
}
