import type { Answer } from './answer.ts'
import type { Call } from './call.ts'
import { refusals, refuse } from './refusals.ts'

const DEFAULT_PER_PAGE = 30
const MAX_PER_PAGE = 100

/** Which part of a list is asked for. */
export interface Page {
  perPage: number
  page: number
}

/** Documented defaults; a larger page is cut to 100 without a word. */
export function readPage(query: URLSearchParams): Page {
  const perPage = readCount(query.get('per_page')) ?? DEFAULT_PER_PAGE
  return { perPage: Math.min(perPage, MAX_PER_PAGE), page: readCount(query.get('page')) ?? 1 }
}

function readCount(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

/** The items of one page. */
export function pageOf<T>(items: T[], { perPage, page }: Page): T[] {
  return items.slice((page - 1) * perPage, page * perPage)
}

/** A page of a list as GitHub wraps it, with its Link header. */
export function answerPage<T>(call: Call, key: string, items: T[], toBody: (item: T) => unknown): Answer {
  const page = readPage(call.query)
  const body = { total_count: items.length, [key]: pageOf(items, page).map(toBody) }
  return { status: 200, body, headers: linkHeader(call, page, items.length) }
}

/** The Link header in GitHub's order; its URLs are absolute and name the repository by id. */
export function linkHeader(call: Call, { page, perPage }: Page, total: number): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / perPage))
  const links: string[] = []
  const add = (rel: string, number: number) => links.push(`<${pageUrl(call, number)}>; rel="${rel}"`)
  if (page > 1) add('prev', Math.min(page - 1, last))
  if (page < last) add('next', page + 1)
  if (page < last) add('last', last)
  if (page > 1) add('first', 1)
  return links.length > 0 ? { link: links.join(', ') } : {}
}

function pageUrl(call: Call, page: number): string {
  const query = new URLSearchParams(call.query)
  query.set('page', String(page))
  return `${call.world.addresses.api}/repositories/${call.repository.id}${call.subpath}?${query}`
}

/** Results of a filtered list, documented; and of an unfiltered one, as measured (apache/devlake#8842). */
const MAX_FILTERED = 1000
const MAX_UNFILTERED = 40_000

/** Cuts a list of runs to what GitHub is willing to show of it. */
export function capped<T>(items: T[], isFiltered: boolean): T[] {
  return items.slice(0, isFiltered ? MAX_FILTERED : MAX_UNFILTERED)
}

/** The refusal of a page that is too deep. Past 1,000 filtered results reports differ: empty or 422, an option. */
export function refuseDepth(call: Call, isFiltered: boolean): Answer | undefined {
  const { page, perPage } = readPage(call.query)
  const refusesFiltered = call.world.settings.overflow === '422'
  const limit = isFiltered ? MAX_FILTERED : MAX_UNFILTERED
  const firstResult = (page - 1) * perPage
  const isTooDeep = isFiltered ? refusesFiltered && firstResult >= limit : page * perPage > limit
  return isTooDeep ? refuse(refusals.tooDeep) : undefined
}
