import type { Clock } from '../clock.ts'
import { formatDuration } from '../durations.ts'
import { OperationError } from '../errors.ts'
import type { Log } from '../io.ts'
import type { ServerState } from './fetch.ts'
import { readRetryAfter } from './limits.ts'
import type { WritePacer } from './pacing.ts'
import { isRequestError, serverText } from './refusals.ts'

const MAX_RETRIES = 5
const FIRST_DELAY_MS = 400

/** GitHub's advice for a secondary limit that names no time: at least a minute. */
const SECONDARY_LIMIT_MS = 60_000

/** What the retries need to know of the operation. */
export interface RetryContext {
  state: ServerState
  pacer: WritePacer
  clock: Clock
  log: Log
  signal: AbortSignal
  /** Milliseconds since the epoch at which `timeout` ends the operation. */
  deadline: number
}

/** Milliseconds until the rate limit lets a request through again; undefined when the error is no rate limit. */
export function rateLimitDelay(error: unknown, state: ServerState, now: number): number | undefined {
  if (!isRequestError(error) || (error.status !== 403 && error.status !== 429)) return undefined
  const headers = error.response?.headers ?? {}
  const retryAfter = readRetryAfter(headers, now)
  const exhausted = headers['x-ratelimit-remaining'] === '0' && state.rateLimit !== null
  const isSecondary = /\bsecondary rate\b|\babuse detection\b/i.test(serverText(error))
  if (error.status === 403 && retryAfter === undefined && !exhausted && !isSecondary) return undefined
  if (retryAfter !== undefined) return retryAfter
  if (exhausted && state.rateLimit) return Math.max(0, state.rateLimit.resetAt - (now + state.clockSkew)) + 1000
  return SECONDARY_LIMIT_MS
}

/** 0.8 to 1.2 times the delay, so that many jobs that failed together do not come back together. */
export const jitter = (ms: number): number => ms * (0.8 + Math.random() * 0.4)

function outageDelay(error: unknown, method: string, attempt: number, now: number): number | undefined {
  if (method !== 'GET' || !isRequestError(error) || error.status < 500) return undefined
  return readRetryAfter(error.response?.headers ?? {}, now) ?? jitter(FIRST_DELAY_MS * 2 ** attempt)
}

const rateLimited = (delay: number, left: number, cause?: unknown): OperationError =>
  new OperationError(
    'rate-limited',
    `The rate limit of the token lets the next request through in ${formatDuration(delay)}, but \`timeout\` leaves ${formatDuration(Math.max(0, left))}. Run the step again later, give it a larger \`timeout\`, or a token with a higher limit.`,
    { cause },
  )

/** Waits while the primary limit is known to be used up, instead of asking to be refused. */
async function waitForPrimaryLimit({ state, clock, signal, deadline, log }: RetryContext): Promise<void> {
  const now = clock.now()
  if (state.rateLimit?.remaining !== 0) return
  const delay = state.rateLimit.resetAt - (now + state.clockSkew) + 1000
  if (delay <= 1000) return
  if (now + delay > deadline) throw rateLimited(delay, deadline - now)
  log.line(`The rate limit is used up: waiting ${formatDuration(delay)} until it is reset.`)
  await clock.sleep(delay, signal)
  state.rateLimit = null
}

/** How long to wait before the request is sent again; throws when it must not be. */
function delayBeforeRetry(error: unknown, method: string, attempt: number, context: RetryContext): number {
  const { state, pacer, clock, signal, deadline, log } = context
  signal.throwIfAborted()
  if (attempt >= MAX_RETRIES) throw error
  const now = clock.now()
  const limit = rateLimitDelay(error, state, now)
  const delay = limit ?? outageDelay(error, method, attempt, now)
  if (delay === undefined) throw error
  if (limit !== undefined) {
    if (now + limit > deadline) throw rateLimited(limit, deadline - now, error)
    pacer.pause(limit)
    log.line(`The server asks to slow down: the request is sent again in ${formatDuration(limit)}.`)
  } else if (now + delay > deadline) throw error
  return delay
}

/**
 * Sends a request again when that is safe: any request that a rate limit refused, since it had no effect; after a 5xx,
 * a broken answer or a network error only a GET, since a write may have taken effect (see `writeOnce`). At most five
 * times, never past the deadline.
 *
 * @param send one try
 */
export async function withRetries<T>(method: string, send: () => Promise<T>, context: RetryContext): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    await waitForPrimaryLimit(context)
    try {
      return await send()
    } catch (error) {
      const delay = delayBeforeRetry(error, method, attempt, context)
      context.log.debug(`${method}: ${error}; again in ${Math.round(delay)} ms`)
      await context.clock.sleep(delay, context.signal)
      context.state.requests.retries += 1
    }
  }
}
