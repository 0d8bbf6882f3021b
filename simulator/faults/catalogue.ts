import type { Answer } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import type { Fault } from '../faults.ts'

type Item = Record<string, unknown>

const LIST_KEYS = ['workflow_runs', 'jobs', 'workflows'] as const

/** The answer with another JSON body. */
function withBody({ bytes: _bytes, body: _body, ...answer }: Answer, body: unknown): Answer {
  return { ...answer, body }
}

/** The answer with its list changed; other answers as they are. */
function withItems(answer: Answer, change: (items: Item[]) => Item[]): Answer {
  const body = answer.body as Item | undefined
  const key = LIST_KEYS.find((name) => Array.isArray(body?.[name]))
  return body && key ? withBody(answer, { ...body, [key]: change(body[key] as Item[]) }) : answer
}

const nowInSeconds = ({ at }: Exchange): number => Math.floor(at / 1000)

/** The server, or a gateway before it, fails. */
export const outage = (status: number): Fault => ({ status })

/** The secondary limit, in GitHub's words; without `retryAfter` (seconds) no header says how long. */
export const secondaryLimit = (status: 403 | 429, retryAfter?: number): Fault => ({
  status,
  body: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
  headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
})

/** The primary limit is used up by others, and reset in that many seconds of the server's time. */
export function primaryLimit(status: 403 | 429, resetIn: number): Fault {
  const refuse = (exchange: Exchange): Answer => ({
    status,
    body: { message: 'API rate limit exceeded for installation ID 1.' },
    headers: {
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': '1000',
      'x-ratelimit-reset': String(nowInSeconds(exchange) + resetIn),
      'x-ratelimit-resource': 'core',
    },
  })
  return { refuse }
}

/** Says "not modified", whatever has changed. */
export const staleEtag = (): Fault => ({
  rewrite: (answer) => ({ status: 304, headers: answer.headers ?? {} }),
})

/** A list that is refused with a conflict, as GitHub answers for an empty repository. */
export const conflict = (): Fault => ({ status: 409, body: { message: 'Git Repository is empty.', status: '409' } })

/** The next page is said to be at another origin. */
export const linkTo = (origin: string): Fault => ({
  rewrite: (answer) => {
    const link = answer.headers?.link?.replace(/<https?:\/\/[^/]+/g, `<${origin}`)
    return link === undefined ? answer : { ...answer, headers: { ...answer.headers, link } }
  },
})

/** The whole request is sent elsewhere. */
export const redirectTo = (url: string): Fault => ({ status: 302, body: {}, headers: { location: url } })

/** An index that lags behind: each run of the list looks as it did before. */
export const staleEntries = (before: Item): Fault => ({
  rewrite: (answer) => withItems(answer, (items) => items.map((item) => ({ ...item, ...before }))),
})

/** A list that leaves out its first entry and does not say so: its total is the true one. */
export const missingEntry = (): Fault => ({ rewrite: (answer) => withItems(answer, (items) => items.slice(1)) })

/** A list that has its last entry twice. */
export const repeatedEntry = (): Fault => ({
  rewrite: (answer) => withItems(answer, (items) => [...items, ...items.slice(-1)]),
})
