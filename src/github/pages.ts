import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'

/** GitHub's largest page. */
export const PAGE_SIZE = 100

/** The URL of the next page out of a `Link` header. */
function nextPage(link: unknown): string | undefined {
  return typeof link === 'string' ? /<([^<>]+)>;\s*rel="next"/.exec(link)?.[1] : undefined
}

/** One page of a list that GitHub wraps as `{ total_count, <name>: [...] }`. */
export interface Page {
  items: unknown[]
  totalCount: number
  isLast: boolean
}

/**
 * Reads a list page by page. `next` is followed as the server gives it; the guarded fetch refuses one on another
 * origin. Octokit's own pagination follows it anywhere and takes a 409 for the end of the list.
 *
 * @param url path of the list, relative to the base URL
 * @param name property that holds the items
 * @throws OperationError (`server-error`) for a page that is no list, or that leads nowhere
 */
export async function* readPages(
  { github }: Pick<Context, 'github'>,
  url: string,
  name: string,
  parameters: Record<string, string | number | boolean>,
  request: Record<string, unknown> = {},
): AsyncGenerator<Page> {
  const asked = new Set<string>()
  let next: string | undefined = url
  let query: Record<string, unknown> = { ...parameters, per_page: PAGE_SIZE }
  while (next !== undefined) {
    if (asked.has(next)) {
      throw new OperationError('server-error', `The server's list ${url} goes round in circles. Try again later.`)
    }
    asked.add(next)
    const answer: { data: unknown; headers: { link?: string | undefined } } = await github.request(`GET ${next}`, {
      ...query,
      request,
    })
    const body = answer.data as Record<string, unknown>
    const items = body[name]
    if (!Array.isArray(items)) {
      throw new OperationError(
        'server-error',
        `The server's answer to GET ${url} has no list of \`${name}\`. Try again later.`,
      )
    }
    next = nextPage(answer.headers.link)
    // Octokit would take it for a path of the API.
    if (next !== undefined && !/^https?:\/\//.test(next)) {
      throw new OperationError(
        'server-error',
        `The server's list ${url} goes on at ${next.slice(0, 200)}, which is no URL. Check \`api-url\`, and what stands between the runner and the server.`,
      )
    }
    query = {}
    yield { items, totalCount: Number(body.total_count ?? items.length), isLast: next === undefined }
  }
}

/**
 * Reads a whole list.
 *
 * @throws OperationError (`server-error`) when it ends before as many items came as it says it has
 */
export async function readWholeList(
  context: Pick<Context, 'github'>,
  url: string,
  name: string,
  request: Record<string, unknown> = {},
): Promise<unknown[]> {
  const items: unknown[] = []
  let expected = 0
  for await (const page of readPages(context, url, name, {}, request)) {
    items.push(...page.items)
    expected = Math.max(expected, page.totalCount)
  }
  if (items.length < expected) {
    throw new OperationError(
      'server-error',
      `The server says that the list ${url} has ${expected} ${name}, but sent ${items.length}. Try again later.`,
    )
  }
  return items
}
