/** A source of simulated time in epoch milliseconds. */
export interface Clock {
  now(): number
}

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves the time forward by `ms` milliseconds. */
  advance(ms: number): void
}

/** A clock that runs `factor` times as fast as real time, from `start` (epoch ms). */
export function scaledClock(factor: number, start: number = Date.now()): Clock {
  const begun = performance.now()
  return { now: () => Math.floor(start + (performance.now() - begun) * factor) }
}

/** A clock for tests: it starts at `start` (epoch ms or ISO 8601) and moves only by `advance`. */
export function manualClock(start: number | string = '2026-06-15T12:00:00Z'): ManualClock {
  let time = toTime(start)
  return {
    now: () => time,
    advance: (ms) => {
      time += ms
    },
  }
}

/** Epoch milliseconds of a moment that is given as such or as ISO 8601 text. */
export function toTime(moment: number | string): number {
  const time = typeof moment === 'number' ? moment : Date.parse(moment)
  if (Number.isNaN(time)) throw new Error(`"${moment}" is not a time: give epoch milliseconds or ISO 8601 text`)
  return time
}

/** The way GitHub writes a moment: UTC, whole seconds. */
export function toIso(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
