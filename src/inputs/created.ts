import type { Kind } from './kinds.ts'

/** A span of creation times in whole seconds since the epoch, both ends included; an open end is undefined. */
export interface CreatedRange {
  from?: number
  to?: number
}

const DAY = 86_400

/** First and last second that a date (`2026-01-01`) or a time (`2026-01-01T00:00:00Z`, or with an offset) stands for. */
function parseMoment(value: string): { first: number; last: number } | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value)) return undefined
  const first = Math.floor(Date.parse(value) / 1000)
  if (Number.isNaN(first)) return undefined
  // Date.parse lets 2026-02-31 roll over into March; GitHub does not.
  const date = value.slice(0, 10)
  if (new Date(date).toISOString().slice(0, 10) !== date) return undefined
  const isDate = value === date
  return { first, last: isDate ? first + DAY - 1 : first }
}

function parseBetween(lower: string, upper: string): CreatedRange | undefined {
  const from = parseMoment(lower)
  const to = parseMoment(upper)
  if ((lower !== '*' && !from) || (upper !== '*' && !to)) return undefined
  // The server would find nothing and not say why.
  if (from && to && from.first > to.last) return undefined
  return { ...(from && { from: from.first }), ...(to && { to: to.last }) }
}

/** GitHub's date syntax: a day, `>=`, `>`, `<=`, `<`, or `A..B` where `*` is an open end. */
export function parseCreated(value: string): CreatedRange | undefined {
  const between = /^(.+?)\.\.(.+)$/.exec(value)
  if (between) return parseBetween(between[1] ?? '', between[2] ?? '')
  const [, operator, date] = /^(>=|<=|>|<|)(.+)$/.exec(value) ?? []
  const moment = parseMoment(date ?? '')
  if (!moment) return undefined
  switch (operator) {
    case '>=':
      return { from: moment.first }
    case '>':
      return { from: moment.last + 1 }
    case '<=':
      return { to: moment.last }
    case '<':
      return { to: moment.first - 1 }
    default:
      return { from: moment.first, to: moment.last }
  }
}

/** The `created` input. */
export const createdRange: Kind<CreatedRange> = {
  expects: 'GitHub date syntax such as `>=2026-01-01`, `2026-01-01..2026-01-31` or `<2026-01-01T12:00:00Z`',
  parse: parseCreated,
}

/** The span that lies in both. */
export function intersect(one: CreatedRange, other: CreatedRange): CreatedRange {
  const from = Math.max(one.from ?? Number.NEGATIVE_INFINITY, other.from ?? Number.NEGATIVE_INFINITY)
  const to = Math.min(one.to ?? Number.POSITIVE_INFINITY, other.to ?? Number.POSITIVE_INFINITY)
  return { ...(Number.isFinite(from) && { from }), ...(Number.isFinite(to) && { to }) }
}

const toIso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/**
 * The span in the syntax of the API's `created` parameter, always in UTC with `Z`: a `+` in an offset arrives as a
 * space and matches nothing (github/rest-api-description#2542).
 */
export function formatCreated({ from, to }: CreatedRange): string | undefined {
  if (from !== undefined && to !== undefined) return `${toIso(from)}..${toIso(to)}`
  if (from !== undefined) return `>=${toIso(from)}`
  return to === undefined ? undefined : `<=${toIso(to)}`
}
