const SECOND = 1000
const DAY = 86_400_000
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/

/** An interval in epoch ms, both ends inclusive. */
interface Span {
  from: number
  to: number
}

/**
 * A predicate for the `created` filter: a day, a moment, `>=`, `<=`, `>`, `<`, `A..B` (both ends inclusive), `A..*` and
 * `*..B`, in whole seconds. What cannot be read matches nothing: so does a raw `+08:00`, whose plus arrives as a space.
 */
export function createdFilter(text: string): (createdAt: number) => boolean {
  const span = readSpan(text)
  if (!span) return () => false
  return (createdAt) => {
    const second = Math.floor(createdAt / SECOND) * SECOND
    return second >= span.from && second <= span.to
  }
}

function readSpan(text: string): Span | undefined {
  const range = /^(.+)\.\.(.+)$/.exec(text)
  if (range) return between(range[1] ?? '', range[2] ?? '')
  const [, operator = '', operand = ''] = /^(>=|<=|>|<|)(.*)$/.exec(text) ?? []
  const span = readMoment(operand)
  if (!span) return undefined
  switch (operator) {
    case '>=':
      return { from: span.from, to: Infinity }
    case '>':
      return { from: span.to + 1, to: Infinity }
    case '<=':
      return { from: -Infinity, to: span.to }
    case '<':
      return { from: -Infinity, to: span.from - 1 }
    default:
      return span
  }
}

function between(first: string, last: string): Span | undefined {
  const from = first === '*' ? -Infinity : readMoment(first)?.from
  const to = last === '*' ? Infinity : readMoment(last)?.to
  return from === undefined || to === undefined ? undefined : { from, to }
}

/** A date is its whole UTC day; a moment is its second. */
function readMoment(text: string): Span | undefined {
  if (!MOMENT.test(text)) return undefined
  const isDay = text.length === 10
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10))
  const from = Date.parse(isDay || hasZone ? text : `${text}Z`)
  return Number.isNaN(from) ? undefined : { from, to: from + (isDay ? DAY : SECOND) - 1 }
}
