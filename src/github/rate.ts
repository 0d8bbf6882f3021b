import type { Clock } from '../clock.ts'

const WINDOW_MS = 60_000

/** A rate of starts in any 60 seconds, which a secondary limit lowers for a while. */
export interface Rate {
  /**
   * Milliseconds until one more may start, when `pending` were let through that have not started yet; 0 is now, Infinity
   * when one that is under way has to end first.
   */
  delay(pending: number): number
  started(): void
  finished(): void
  /** Nothing for `ms`, and half the rate from then on. */
  pause(ms: number): void
  /** Milliseconds that are left of a pause; 0 is none. */
  pausedFor(): number
  /** Without limits on the server's side there is no rate to keep; an answer that leaves them out later changes nothing. */
  setLimited(limited: boolean): void
}

/**
 * A window over the writes themselves, not a token bucket: a bucket of n, refilled at n a minute, lets 2n through in the
 * first minute after an idle one. The server sees a write at some time between its start and its answer, so a write
 * counts from its start until a minute after its end: the rate holds by the server's count too.
 *
 * After a secondary limit the rate is halved; each full window without another one doubles it again, up to `rate`.
 *
 * @param rate most starts in any 60 s
 */
export function createRate(rate: number, clock: Clock): Rate {
  const ends: number[] = []
  let active = 0
  let isLimited: boolean | undefined
  let current = rate
  let loweredAt = Number.NEGATIVE_INFINITY
  let pausedUntil = Number.NEGATIVE_INFINITY
  let startedSinceLowered = true

  const recover = (now: number) => {
    while (current < rate && now - loweredAt >= WINDOW_MS) {
      current = Math.min(rate, current * 2)
      loweredAt += WINDOW_MS
    }
  }

  return {
    delay(pending) {
      const now = clock.now()
      if (pausedUntil > now) return pausedUntil - now
      recover(now)
      while (ends.length > 0 && (ends[0] as number) <= now - WINDOW_MS) ends.shift()
      const allowed = isLimited !== false || current < rate ? current : Number.POSITIVE_INFINITY
      // Those that have not started yet count: held up on their way, they would land in somebody else's window.
      const excess = ends.length + active + pending - allowed
      return excess < 0 ? 0 : Math.max(1, (ends[excess] ?? Number.POSITIVE_INFINITY) + WINDOW_MS - now)
    },
    started() {
      active += 1
      startedSinceLowered = true
    },
    finished() {
      active -= 1
      ends.push(clock.now())
    },
    pause(ms) {
      const now = clock.now()
      recover(now)
      // Ten writes in flight meet the same limit, and each is told of twice: that is one halving, not twenty.
      if (pausedUntil <= now && startedSinceLowered) {
        current = Math.max(1, Math.floor(current / 2))
        startedSinceLowered = false
      }
      pausedUntil = Math.max(pausedUntil, now + ms)
      loweredAt = pausedUntil
    },
    pausedFor: () => Math.max(0, pausedUntil - clock.now()),
    setLimited(limited) {
      isLimited = limited || isLimited === true
    },
  }
}
