import type { Clock } from './clock.ts'

interface DueEvent {
  at: number
  act: () => void
}

/**
 * Everything that happens by itself: an ordered queue of due events, processed when somebody looks (each request, each
 * read of a run), so that a clock that jumps loses nothing and no real timer is needed.
 */
export class Timeline {
  readonly #clock: Clock
  /** Latest first, so that the next event is popped from the end. */
  readonly #events: DueEvent[] = []
  #eventTime: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Epoch ms; while an event acts, the moment it was due, so that late processing leaves no trace in timestamps. */
  now(): number {
    return this.#eventTime ?? this.#clock.now()
  }

  /** Plans an act for a moment in epoch ms; an infinite one never comes. Equal moments keep the order of planning. */
  at(time: number, act: () => void): void {
    if (!Number.isFinite(time)) return
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle]?.at ?? 0) > time) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, { at: time, act })
  }

  /** Plans an act for `delay` ms from now. */
  after(delay: number, act: () => void): void {
    this.at(this.now() + delay, act)
  }

  /** Lets all events happen that are due by now. Inside an event it does nothing: the outer call goes on. */
  settle(): void {
    if (this.#eventTime !== undefined) return
    const now = this.#clock.now()
    try {
      let next = this.#events.at(-1)
      while (next && next.at <= now) {
        this.#events.pop()
        this.#eventTime = next.at
        next.act()
        next = this.#events.at(-1)
      }
    } finally {
      this.#eventTime = undefined
    }
  }
}
