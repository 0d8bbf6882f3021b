import { type Clock, startTimer } from '../clock.ts'
import { OperationError } from '../errors.ts'
import { type RateLimit, readRateLimit, readRetryAfter } from './limits.ts'
import type { WritePacer } from './pacing.ts'

/** The `fetch` of the web, as far as Octokit uses it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What has passed between the action and the server; part of `result`. */
export interface RequestCounts {
  /** Requests to the API, retries included; downloads from a log storage are not. */
  total: number
  writes: number
  notModified: number
  retries: number
}

/** What the server's answers say beside their bodies. */
export interface ServerState {
  requests: RequestCounts
  rateLimit: RateLimit | null
  /** Server time minus ours in milliseconds, from the `Date` header: a runner's clock may be minutes off. */
  clockSkew: number
}

/** GitHub ends a request after 10 s by itself; a connection that says nothing for three times that is dead. */
const REQUEST_TIMEOUT_MS = 30_000

/** How long a write in flight may still take when the step is cancelled: its outcome is worth knowing. */
const LAST_WRITE_MS = 1_200

const MAX_REDIRECTS = 5
const REDIRECTS = [301, 302, 303, 307, 308]

const isWrite = (init: RequestInit): boolean => init.method !== 'GET' && init.method !== 'HEAD'

/** Aborts a while after `signal`, not with it. */
function afterGrace(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const later = () => setTimeout(() => controller.abort(signal.reason), LAST_WRITE_MS).unref()
  if (signal.aborted) controller.abort(signal.reason)
  else signal.addEventListener('abort', later, { once: true })
  return controller.signal
}

/** Aborts a request, or the reading of its answer, that takes too long. */
function silence(clock: Clock): AbortSignal {
  const controller = new AbortController()
  const message = `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`
  startTimer(clock, REQUEST_TIMEOUT_MS, () => controller.abort(new DOMException(message, 'TimeoutError')))
  return controller.signal
}

/** Where a redirect leads, when it may be followed: a write is only repeated by the codes that keep its method. */
function redirectTarget(response: Response, url: string, init: RequestInit): string | undefined {
  const location = response.headers.get('location')
  if (!location || !URL.canParse(location, url)) return undefined
  if (isWrite(init) && response.status !== 307 && response.status !== 308) return undefined
  return new URL(location, url).href
}

/** Octokit takes every answer below 400 for a success; a write that was answered with a redirect has not been done. */
const deadEnd = (response: Response, url: string, init: RequestInit): OperationError =>
  new OperationError(
    'server-error',
    `The server answered ${init.method} ${new URL(url).pathname} with a redirect (${response.status}) that cannot be followed, so nothing was done. Check \`repository\`, which may have been renamed, and \`api-url\`.`,
  )

function observe(response: Response, state: ServerState, pacer: WritePacer, clock: Clock): void {
  const { status } = response
  if (status === 304) state.requests.notModified += 1
  // A gateway's error page says nothing of GitHub's limits.
  if (status >= 500) return
  const headers = Object.fromEntries(response.headers)
  const rateLimit = readRateLimit(headers)
  // Known before the body is read: until then each refused write would let another one start.
  const retryAfter = status === 403 || status === 429 ? readRetryAfter(headers, clock.now()) : undefined
  if (retryAfter !== undefined && rateLimit?.remaining !== 0) pacer.pause(retryAfter)
  state.rateLimit = rateLimit ?? state.rateLimit
  pacer.serverLimits(rateLimit !== undefined)
  const date = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(date)) state.clockSkew = date - clock.now()
}

/**
 * Wraps the transport: every request goes to the API's origin or not at all, since each one carries the token (a `Link`
 * header or a redirect could name another host); each is counted, bounded in time and ended by `signal`.
 *
 * @param origin origin of the API
 */
export function createGuardedFetch(
  transport: Fetch,
  origin: string,
  { state, pacer, clock, signal }: { state: ServerState; pacer: WritePacer; clock: Clock; signal: AbortSignal },
): Fetch {
  const writeSignal = afterGrace(signal)

  const send = async (url: string, init: RequestInit): Promise<Response> => {
    if (new URL(url).origin !== origin) {
      throw new OperationError(
        'server-error',
        `The server pointed to ${new URL(url).origin}, which is not the API's origin ${origin}: not followed, since the request would carry the token.`,
      )
    }
    state.requests.total += 1
    const own = init.signal ?? (isWrite(init) ? writeSignal : signal)
    const bounded = AbortSignal.any([own, silence(clock)])
    const response = await transport(url, { ...init, redirect: 'manual', signal: bounded })
    observe(response, state, pacer, clock)
    return response
  }

  const follow = async (url: string, init: RequestInit): Promise<Response> => {
    let response = await send(url, init)
    let from = url
    for (let hop = 0; hop < MAX_REDIRECTS; hop += 1) {
      if (init.redirect === 'manual' || !REDIRECTS.includes(response.status)) return response
      const target = redirectTarget(response, from, init)
      await response.body?.cancel()
      if (target === undefined) throw deadEnd(response, from, init)
      response = await send(target, init)
      from = target
    }
    throw new OperationError('server-error', `The server redirected more than ${MAX_REDIRECTS} times from ${url}.`)
  }

  return async (url, init) => {
    if (!isWrite(init)) return follow(url, init)
    pacer.started()
    state.requests.writes += 1
    try {
      return await follow(url, init)
    } finally {
      pacer.finished()
    }
  }
}
