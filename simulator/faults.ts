import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Which requests a fault hits; what is left out matches all. */
export interface FaultMatch {
  method?: string
  /** Path without base path and query. */
  path?: RegExp | string
  host?: 'api' | 'storage'
  /** Matching requests that pass unharmed first; default 0. */
  skip?: number
}

/**
 * Ways to go wrong beside an error status. reset: the connection breaks; hang: no answer ever; truncate: the body ends
 * early, cleanly, without a length to notice it by; half: the connection breaks half-way through the body; stall: the body
 * stops half-way and the connection stays; slow: the body comes in small pieces; broken: JSON that ends in the middle,
 * with a length that is right; mistyped: the true body under another content type; garbage: a 200 whose body is not what
 * it should be.
 */
export type FaultKind = 'reset' | 'hang' | 'truncate' | 'half' | 'stall' | 'slow' | 'broken' | 'mistyped' | 'garbage'

/** What goes wrong. Without any field it is a 500. */
export interface Fault {
  /** Answers with this status instead; default 500 if there is no `kind`. */
  status?: number
  /** JSON body, or text as it is. */
  body?: unknown
  headers?: Record<string, string>
  kind?: FaultKind
  /** Whether the request takes effect before it goes wrong; default 'before': it does not. */
  when?: 'before' | 'after'
  /** Number of requests it hits; default 1. */
  times?: number
  /** truncate, half, stall: bytes that are still sent; default half. */
  cut?: number
  /** Happens in the world right before the request is served, e.g. somebody else deletes the run. */
  first?: () => void
  /** The answer in the place of the true one, which is served under it. */
  rewrite?: (answer: Answer, exchange: Exchange) => Answer
  /** The answer of a server that refuses; the request has no effect. Over `status` and `body`. */
  refuse?: (exchange: Exchange) => Answer
}

interface PlannedFault {
  match: FaultMatch
  fault: Fault
  toSkip: number
  left: number
}

/** The faults that are still to come, oldest first. */
export class Faults {
  readonly #planned: PlannedFault[] = []

  add(match: FaultMatch, fault: Fault): void {
    this.#planned.push({ match, fault, toSkip: match.skip ?? 0, left: fault.times ?? 1 })
  }

  /** The fault for this exchange, used up by one. */
  take(exchange: Exchange): Fault | undefined {
    const matching = this.#planned.filter(({ match }) => hits(match, exchange))
    const planned = matching.find(({ toSkip }) => toSkip === 0)
    for (const other of matching) if (other !== planned && other.toSkip > 0) other.toSkip -= 1
    if (!planned) return undefined
    planned.left -= 1
    if (planned.left <= 0) this.#planned.splice(this.#planned.indexOf(planned), 1)
    return planned.fault
  }
}

function hits(match: FaultMatch, exchange: Exchange): boolean {
  if (match.host !== undefined && match.host !== exchange.host) return false
  if (match.method !== undefined && match.method.toUpperCase() !== exchange.method) return false
  if (match.path === undefined) return true
  return typeof match.path === 'string' ? match.path === exchange.path : exchange.path.search(match.path) >= 0
}

/** Faults of the way back: under them the answer is the true one, as far as it comes. */
const ON_THE_WAY_BACK: readonly (FaultKind | undefined)[] = ['truncate', 'half', 'stall', 'slow', 'broken', 'mistyped']

/** Whether the client gets the true answer, or what is left of it. */
export function isTrueAnswer({ kind, status, body, rewrite, first }: Fault): boolean {
  if (ON_THE_WAY_BACK.includes(kind) || rewrite !== undefined) return true
  return kind === undefined && status === undefined && body === undefined && first !== undefined
}

/** Whether the request takes effect under a fault: a cut answer must be a true one first. */
export function takesEffect(fault: Fault | undefined): boolean {
  return fault === undefined || fault.when === 'after' || isTrueAnswer(fault)
}

/** The answer that a fault puts in place of the real one, if it answers at all. */
export function faultyAnswer(fault: Fault, exchange: Exchange): Answer {
  if (fault.refuse) return fault.refuse(exchange)
  if (fault.kind === 'garbage') {
    const bytes = Buffer.from('<!DOCTYPE html><title>Unicorn! · GitHub</title>\u0000\u0001')
    return { status: fault.status ?? 200, bytes, headers: { 'content-type': 'text/html', ...fault.headers } }
  }
  const headers = fault.headers ?? {}
  const status = fault.status ?? 500
  if (typeof fault.body === 'string') return { status, bytes: Buffer.from(fault.body), headers }
  return { status, body: fault.body ?? { message: 'Server Error', status: String(status) }, headers }
}
