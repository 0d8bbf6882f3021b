import type { Reason } from '../report.ts'

/** The error that Octokit throws: any answer of 400 and above, and a connection that failed (status 500, no response). */
export interface RequestError extends Error {
  status: number
  request: { method: string; url: string }
  response?: { headers: Record<string, string | number | undefined>; data: unknown }
}

/** Not `instanceof`: the bundle may hold the class more than once. */
export function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === 'HttpError' && typeof (error as RequestError).status === 'number'
}

/** Characters of a server's message at most: it stands in the log, in the summary and in `result`. */
const SHOWN_LENGTH = 500

/** Cuts between words: half of a secret that a server repeats would not be known for one any more. */
function shorten(text: string): string {
  if (text.length <= SHOWN_LENGTH) return text
  return text.slice(0, SHOWN_LENGTH).replace(/\S+$/, '').trimEnd() || `a word of ${text.length} characters`
}

function describeErrors(errors: unknown): string[] {
  if (typeof errors === 'string') return [errors]
  if (!Array.isArray(errors)) return []
  return errors.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) return String(item)
    const { message, field, code } = item as Record<string, unknown>
    return String(message ?? [field, code].filter(Boolean).join(' '))
  })
}

/**
 * What the server itself said: its message and its `errors`, which may be a string (422 of pending deployments) that
 * Octokit leaves out of its own message.
 */
export function serverText(error: RequestError): string {
  const body = error.response?.data
  if (typeof body !== 'object' || body === null || body instanceof ArrayBuffer) {
    return typeof body === 'string' && body !== '' ? shorten(body) : error.message
  }
  const { message, errors } = body as { message?: unknown; errors?: unknown }
  const said = [message, ...describeErrors(errors)].filter((part) => typeof part === 'string' && part !== '')
  return shorten(said.join(': ')) || 'no message'
}

/** One refusal of the server, told by its status and by its words: GitHub answers 403 to a dozen different things. */
interface Refusal {
  status: readonly number[]
  says?: RegExp
  reason: Reason
  advice: string
}

/**
 * The refusals that have a meaning whatever the operation. First match wins. Their texts (docs/github-api.md) come from
 * live answers; they are matched loosely because GitHub words one refusal in several ways.
 */
const REFUSALS: readonly Refusal[] = [
  {
    status: [401],
    reason: 'permission',
    advice:
      'The token is missing, expired, revoked or made for another server. Check `token`, and `api-url` if the runs are on another server.',
  },
  {
    status: [403, 429],
    says: /rate limit|abuse detection/i,
    reason: 'rate-limited',
    advice: 'Run the step again later, with a larger `timeout` or a token with a higher limit.',
  },
  { status: [429], reason: 'rate-limited', advice: 'Run the step again later or with a larger `timeout`.' },
  {
    status: [403],
    says: /already running/i,
    reason: 'already-running',
    advice: 'A run can be re-run when it has completed: use `wait: true`, or run the step later.',
  },
  {
    status: [403],
    says: /created over a month ago/i,
    reason: 'too-old',
    advice: 'GitHub re-runs a run for 30 days after its creation. Start a new run instead.',
  },
  {
    status: [403],
    says: /cannot be (retried|rerun|re-run)/i,
    reason: 'not-rerunnable',
    advice:
      'GitHub does not retry runs without jobs (invalid workflow file, cancelled before any job), runs it made itself, runs whose logs are gone, and runs with 50 re-runs. Start a new run instead.',
  },
  {
    status: [403],
    says: /could not delete/i,
    reason: 'not-completed',
    advice: 'A run can be deleted when it has completed: cancel it first.',
  },
  {
    status: [409],
    says: /(is|been) completed|not in progress/i,
    reason: 'already-completed',
    advice: 'Nothing is left to cancel.',
  },
  {
    status: [409],
    says: /not (been |yet )?queued/i,
    reason: 'wedged',
    advice: 'GitHub cannot cancel, delete or re-run it; it goes away by itself, or through GitHub Support.',
  },
  {
    status: [422],
    says: /no pending deployment requests/i,
    reason: 'no-pending-deployment',
    advice: 'Nothing waits that the owner of this token may review.',
  },
  { status: [403], reason: 'permission', advice: 'The token may not do this.' },
  {
    status: [404],
    reason: 'not-found',
    advice:
      'It does not exist, was deleted, or the token cannot see it: GitHub answers 404 for what a token may not read. Check `repository` and the id.',
  },
  {
    status: [500, 502, 503, 504],
    reason: 'server-error',
    advice: 'The server failed. Check its status page and run the step again.',
  },
]

/** What a refusal means: the reason, and the sentences for people. */
export interface Explanation {
  reason: Reason
  message: string
}

const path = (url: string): string => {
  const { pathname } = new URL(url, 'http://unknown')
  return pathname
}

/** The permission that GitHub asks for, in the words of a workflow's `permissions:` block. */
function neededPermission(error: RequestError, permission: string): string {
  const accepted = error.response?.headers['x-accepted-github-permissions']
  const needed = typeof accepted === 'string' && accepted !== '' ? accepted.replaceAll('=', ': ') : permission
  return `It needs the permission \`${needed}\`: add it under \`permissions:\` in the workflow, or use a token that has it.`
}

/** What an error and those that led to it say, first the error itself; the code is that of the first cause. */
export function causesOf(error: unknown): { messages: string[]; code: string | undefined } {
  const messages: string[] = []
  let code: string | undefined
  let cause: unknown = error
  while (typeof cause === 'object' && cause !== null) {
    const { message, code: ownCode } = cause as { message?: unknown; code?: unknown }
    if (typeof message === 'string' && message !== '') messages.push(message)
    if (typeof ownCode === 'string') code = ownCode
    cause = (cause as { cause?: unknown }).cause
  }
  return { messages, code }
}

/** What broke a connection: the first cause. A name with several addresses has one for each, and no message of its own. */
export function describeBreak(error: Error): string {
  const { messages, code } = causesOf(error)
  const said = messages.at(-1) ?? ''
  const isNew = code !== undefined && !said.includes(code)
  return [said, isNew ? code : ''].filter(Boolean).join(', ') || 'the connection failed'
}

/**
 * Says what was seen, what it means and what to do.
 *
 * @param permission what the operation needs, for refusals whose answer does not name it
 */
export function explainRefusal(error: RequestError, permission: string): Explanation {
  const { method, url } = error.request
  if (error.response === undefined) {
    return {
      reason: 'server-error',
      message: `No answer to ${method} ${path(url)} from ${new URL(url).origin}: ${describeBreak(error)}. Check the network of the runner, its proxy settings and \`api-url\`.`,
    }
  }
  const said = serverText(error)
  const known = REFUSALS.find(({ status, says }) => status.includes(error.status) && (says?.test(said) ?? true))
  const wantsPermission = known?.reason === 'permission' || known?.reason === 'not-found'
  const advice = [
    known?.advice ?? 'The server refused the request.',
    ...(wantsPermission && error.status !== 401 ? [neededPermission(error, permission)] : []),
  ].join(' ')
  return {
    reason: known?.reason ?? 'server-error',
    message: `GitHub answered ${error.status} to ${method} ${path(url)}: ${said.replace(/\.?$/, '.')} ${advice}`,
  }
}
