import type { Clock } from '../clock.ts'
import { formatDuration } from '../durations.ts'
import { OperationError } from '../errors.ts'
import type { Log } from '../io.ts'
import type { ServerState } from './fetch.ts'
import { type RateLimit, readRetryAfter } from './limits.ts'
import type { WritePacer } from './pacing.ts'
import { isRequestError, type RequestError, serverText } from './refusals.ts'

const MAX_RETRIES = 5
const FIRST_DELAY_MS = 400

/** GitHub's advice for a secondary limit that names no time: at least a minute. */
const SECONDARY_LIMIT_MS = 60_000

/** A `retry-after` of 0 would use up the retries in no time. */
const LEAST_DELAY_MS = 1_000

/** What a wait for a limit needs to know of the operation. */
export interface LimitContext {
  state: ServerState
  clock: Clock
  log: Log
  signal: AbortSignal
  /** Milliseconds since the epoch at which `timeout` ends the operation. */
  deadline: number
}

/** What the retries need to know beside. */
export interface RetryContext extends LimitContext {
  pacer: WritePacer
}

/** A refusal of another kind may have cost the last request of the hour: the number alone proves nothing. */
const isPrimaryLimit = (error: RequestError): boolean =>
  error.response?.headers['x-ratelimit-remaining'] === '0' &&
  (error.status === 429 || /rate limit/i.test(serverText(error)))

/** Milliseconds until the rate limit lets a request through again; undefined when the error is no rate limit. */
export function rateLimitDelay(error: unknown, state: ServerState, now: number, attempt = 0): number | undefined {
  if (!isRequestError(error) || (error.status !== 403 && error.status !== 429)) return undefined
  const headers = error.response?.headers ?? {}
  const retryAfter = readRetryAfter(headers, now)
  const isSecondary = /\bsecondary rate\b|\babuse detection\b/i.test(serverText(error))
  const exhausted = isPrimaryLimit(error)
  if (error.status === 403 && retryAfter === undefined && !exhausted && !isSecondary) return undefined
  if (retryAfter !== undefined) return Math.max(retryAfter, LEAST_DELAY_MS)
  if (exhausted && state.rateLimit) return Math.max(0, state.rateLimit.resetAt - (now + state.clockSkew)) + 1000
  return isSecondary ? SECONDARY_LIMIT_MS : jitter(FIRST_DELAY_MS * 2 ** attempt)
}

/** 0.8 to 1.2 times the delay, so that many jobs that failed together do not come back together. */
export const jitter = (ms: number): number => ms * (0.8 + Math.random() * 0.4)

function outageDelay(error: unknown, method: string, attempt: number, now: number): number | undefined {
  if (method !== 'GET' || !isRequestError(error) || error.status < 500) return undefined
  // A `retry-after: 0` is no reason to hurry a server that has just failed.
  return readRetryAfter(error.response?.headers ?? {}, now) || jitter(FIRST_DELAY_MS * 2 ** attempt)
}

const rateLimited = (delay: number, left: number, cause?: unknown): OperationError =>
  new OperationError(
    'rate-limited',
    `The rate limit of the token lets the next request through in ${formatDuration(delay)}, but \`timeout\` leaves ${formatDuration(Math.max(0, left))}. Run the step again later, give it a larger \`timeout\`, or a token with a higher limit.`,
    { cause },
  )

/** Limits whose wait the log tells of: a hundred requests may wait for the same one. */
const announced = new WeakSet<RateLimit>()

/** Waits while the primary limit is known to be used up, instead of asking to be refused. */
async function waitForPrimaryLimit({ state, clock, signal, deadline, log }: LimitContext): Promise<void> {
  const now = clock.now()
  const limit = state.rateLimit
  if (limit?.remaining !== 0) return
  const delay = limit.resetAt - (now + state.clockSkew) + 1000
  if (delay <= 1000) return
  if (now + delay > deadline) throw rateLimited(delay, deadline - now)
  if (!announced.has(limit)) log.line(`The rate limit is used up: waiting ${formatDuration(delay)} until it is reset.`)
  announced.add(limit)
  await clock.sleep(delay, signal)
  if (state.rateLimit === limit) state.rateLimit = null
}

/**
 * Waits until the limits let a write start.
 *
 * @param pausedFor milliseconds that are left of a pause which the server asked for
 * @throws OperationError (`rate-limited`) when that is later than the deadline
 */
export async function awaitLimits(context: LimitContext, pausedFor: number): Promise<void> {
  const left = context.deadline - context.clock.now()
  if (pausedFor > left) throw rateLimited(pausedFor, left)
  await waitForPrimaryLimit(context)
}

/** How long to wait before the request is sent again; throws when it must not be. */
function delayBeforeRetry(error: unknown, method: string, attempt: number, context: RetryContext): number {
  const { state, pacer, clock, signal, deadline, log } = context
  // A write that was under way may have taken effect: its caller is told what became of it.
  if (signal.aborted) throw method === 'GET' ? signal.reason : error
  if (attempt >= MAX_RETRIES) throw error
  const now = clock.now()
  const limit = rateLimitDelay(error, state, now, attempt)
  const delay = limit ?? outageDelay(error, method, attempt, now)
  if (delay === undefined) throw error
  if (limit !== undefined) {
    if (now + limit > deadline) throw rateLimited(limit, deadline - now, error)
    if (!isPrimaryLimit(error as RequestError)) pacer.pause(limit)
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
    // A write waits in the pacer, where it learns what those before it met.
    if (method === 'GET') await waitForPrimaryLimit(context)
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
