import type { RateLimitOptions } from './options.ts'
import type { Timeline } from './timeline.ts'

const HOUR = 3_600_000

interface Budget {
  remaining: number
  /** Epoch ms. */
  resetAt: number
}

/** The primary rate limit: one hourly budget per token. 304 answers are free (docs/github-api.md, Rate limits). */
export class RateLimits {
  readonly #options: RateLimitOptions | null
  readonly #timeline: Timeline
  readonly #budgets = new Map<string, Budget>()

  constructor(options: RateLimitOptions | null, timeline: Timeline) {
    this.#options = options
    this.#timeline = timeline
  }

  get isEnabled(): boolean {
    return this.#options !== null
  }

  isExhausted(token: string): boolean {
    return this.#options !== null && this.#budget(this.#options, token).remaining <= 0
  }

  spend(token: string): void {
    if (this.#options) this.#budget(this.#options, token).remaining -= 1
  }

  /** The x-ratelimit headers, none where the limit is off. */
  headers(token: string): Record<string, string> {
    const state = this.read(token)
    if (!state) return {}
    return {
      'x-ratelimit-limit': String(state.limit),
      'x-ratelimit-remaining': String(state.remaining),
      'x-ratelimit-used': String(state.used),
      'x-ratelimit-reset': String(state.reset),
      'x-ratelimit-resource': 'core',
    }
  }

  /** One entry of GET /rate_limit; `reset` in epoch seconds. */
  read(token: string): { limit: number; remaining: number; used: number; reset: number } | undefined {
    if (!this.#options) return undefined
    const { limit } = this.#options
    const { remaining, resetAt } = this.#budget(this.#options, token)
    const left = Math.max(0, remaining)
    return { limit, remaining: left, used: limit - left, reset: Math.ceil(resetAt / 1000) }
  }

  #budget(options: RateLimitOptions, token: string): Budget {
    const now = this.#timeline.now()
    const known = this.#budgets.get(token)
    if (known && now < known.resetAt) return known
    const first = { remaining: options.remaining ?? options.limit, resetAt: options.resetAt ?? now + HOUR }
    const isFirst = !known && now < first.resetAt
    const budget = isFirst ? first : { remaining: options.limit, resetAt: now + HOUR }
    this.#budgets.set(token, budget)
    return budget
  }
}
