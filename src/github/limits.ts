/** What the server last said of the primary rate limit; null where it says nothing (GHES default: limits are off). */
export interface RateLimit {
  limit: number
  remaining: number
  /** Milliseconds since the epoch. */
  resetAt: number
}

type Headers = Record<string, string | number | undefined>

const number = (value: string | number | undefined): number | undefined =>
  value === undefined || value === '' || Number.isNaN(Number(value)) ? undefined : Number(value)

/** Reads `x-ratelimit-*`; undefined when the headers are missing. */
export function readRateLimit(headers: Headers): RateLimit | undefined {
  const limit = number(headers['x-ratelimit-limit'])
  const remaining = number(headers['x-ratelimit-remaining'])
  const reset = number(headers['x-ratelimit-reset'])
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined
  return { limit, remaining, resetAt: reset * 1000 }
}

/** `retry-after` in milliseconds: seconds, or a date. */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const value = headers['retry-after']
  const seconds = number(value)
  if (seconds !== undefined) return Math.max(0, seconds * 1000)
  const date = Date.parse(String(value ?? ''))
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
