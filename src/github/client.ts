import { GitHub as BaseOctokit, getOctokitOptions } from '@actions/github/lib/utils'
import { throttling } from '@octokit/plugin-throttling'
import type { Clock } from '../clock.ts'
import { OperationError } from '../errors.ts'
import type { Log } from '../io.ts'
import { addConditionalRequests } from './conditional.ts'
import { createGuardedFetch, type Fetch, type ServerState } from './fetch.ts'
import { createWritePacer, type WritePacer } from './pacing.ts'
import { isRequestError, serverText } from './refusals.ts'
import { awaitLimits, type RetryContext, withRetries } from './retry.ts'
import { createTransport } from './transport.ts'

/** GHES 3.17 to 3.20 know only this version (github/rest-api-description, file list). */
const FALLBACK_VERSION = '2022-11-28'

const ThrottledOctokit = BaseOctokit.plugin(throttling)

type Octokit = InstanceType<typeof ThrottledOctokit>

/** GitHub's REST API, with everything that holds for every request. */
export interface GitHub {
  /** The endpoints of Actions, by their names in the REST documentation. */
  actions: Octokit['rest']['actions']
  /** Any endpoint by its URL, e.g. the next page of a list. */
  request: Octokit['request']
  /** A request that is none to the API: without token, not counted. */
  transport: Fetch
  state: ServerState
  /** Base URL of the API, without trailing slash. */
  apiUrl: string
  /** The server's time, in milliseconds since the epoch. */
  now(): number
}

/** What the client has to know. */
export interface ClientOptions {
  token: string
  apiUrl: string
  apiVersion: string
  /** Most writes in any 60 s. */
  writeRate: number
  clock: Clock
  log: Log
  signal: AbortSignal
  /** Milliseconds since the epoch. */
  deadline: number
}

/** The part of a Bottleneck group that the throttling plugin uses for writes. */
const pacedGroup = (pacer: WritePacer) => ({
  key: () => ({
    async schedule(_options: unknown, job: () => Promise<unknown>) {
      await pacer.acquire()
      return job()
    },
  }),
})

/** An answer that says JSON but is none reaches Octokit's caller as text, and a connection lost half-way as nothing. */
function checkBody(response: { status: number; data: unknown }, options: { method: string; url: string }): void {
  const { status, data } = response
  const isJson = typeof data === 'object' && data !== null && !(data instanceof ArrayBuffer)
  // A write may be answered without a body, a read may not.
  const isSound = isJson || (options.method !== 'GET' && (data === '' || data === undefined))
  if (status >= 200 && status < 300 && status !== 204 && !isSound) {
    throw Object.assign(new Error('the answer is broken or is no JSON'), {
      name: 'HttpError',
      status: 502,
      request: options,
      response: { headers: {}, data: 'The answer is broken or is no JSON' },
    })
  }
}

function addRetries(octokit: Octokit, context: RetryContext): void {
  octokit.hook.wrap('request', (request, options) =>
    withRetries(
      options.method,
      async () => {
        try {
          const response = await request(options)
          checkBody(response, options)
          return response
        } catch (error) {
          // What the guard refused was not lost on the way, as Octokit has it.
          throw isRequestError(error) && error.cause instanceof OperationError ? error.cause : error
        }
      },
      context,
    ),
  )
}

function addApiVersion(octokit: Octokit, wanted: string, log: Log): void {
  let version = wanted
  octokit.hook.wrap('request', async (request, options) => {
    const send = async (asked: string) => {
      options.headers['x-github-api-version'] = asked
      return request(options)
    }
    const asked = version
    try {
      return await send(asked)
    } catch (error) {
      const unsupported = isRequestError(error) && error.status === 400 && /supported version/i.test(serverText(error))
      if (!unsupported || asked === FALLBACK_VERSION) throw error
      if (version !== FALLBACK_VERSION) {
        version = FALLBACK_VERSION
        log.notice(`This server does not know API version ${asked}: using ${FALLBACK_VERSION}.`)
      }
      return send(FALLBACK_VERSION)
    }
  })
}

/**
 * Builds the client.
 *
 * Each layer wraps the one before: transport (proxy-aware), guard, throttling, retries, conditional requests, API
 * version.
 */
export function createGitHub(options: ClientOptions): GitHub {
  const { token, apiUrl, clock, log, signal, deadline } = options
  const transport = createTransport(apiUrl)
  const state: ServerState = {
    requests: { total: 0, writes: 0, notModified: 0, retries: 0 },
    rateLimit: null,
    clockSkew: 0,
  }
  const limits = { state, clock, log, signal, deadline }
  const pacer = createWritePacer(options.writeRate, clock, signal, (pausedFor) => awaitLimits(limits, pausedFor))
  const octokit = new ThrottledOctokit({
    ...getOctokitOptions(token, { userAgent: 'workflow-run-operations' }),
    baseUrl: apiUrl,
    request: { fetch: createGuardedFetch(transport, new URL(apiUrl).origin, { state, pacer, clock, signal }) },
    log: { debug: log.debug, info: log.debug, warn: log.debug, error: log.debug },
    throttle: {
      write: pacedGroup(pacer) as never,
      // The plugin tells which limit was met; when to send again is decided in one place, for every method: retry.ts.
      onRateLimit: () => false,
      onSecondaryRateLimit: (seconds) => {
        pacer.pause(seconds * 1000)
        return false
      },
    },
  })
  octokit.hook.before('request', (request) => {
    request.headers.accept = 'application/vnd.github+json'
  })
  addRetries(octokit, { ...limits, pacer })
  addConditionalRequests(octokit)
  addApiVersion(octokit, options.apiVersion, log)
  return {
    actions: octokit.rest.actions,
    request: octokit.request,
    transport,
    state,
    apiUrl,
    now: () => clock.now() + state.clockSkew,
  }
}
