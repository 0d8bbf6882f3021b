import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Which requests a fault hits; what is left out matches all. */
export interface FaultMatch {
  method?: string
  /** Path without base path and query. */
  path?: RegExp | string
  host?: 'api' | 'storage'
}

/** What goes wrong. */
export interface Fault {
  /** Answers with this status instead; default 500 if there is no `kind`. */
  status?: number
  /** JSON body, or text as it is. */
  body?: unknown
  headers?: Record<string, string>
  /**
   * reset: the connection breaks; hang: no answer ever; truncate: the body ends early, cleanly, without a length to
   * notice it by; garbage: a 200 whose body is not what it should be.
   */
  kind?: 'reset' | 'hang' | 'truncate' | 'garbage'
  /** Whether the request takes effect before it goes wrong; default 'before': it does not. */
  when?: 'before' | 'after'
  /** Number of requests it hits; default 1. */
  times?: number
  /** truncate: bytes that are still sent; default half. */
  cut?: number
}

interface PlannedFault {
  match: FaultMatch
  fault: Fault
  left: number
}

/** The faults that are still to come, oldest first. */
export class Faults {
  readonly #planned: PlannedFault[] = []

  add(match: FaultMatch, fault: Fault): void {
    this.#planned.push({ match, fault, left: fault.times ?? 1 })
  }

  /** The fault for this exchange, used up by one. */
  take(exchange: Exchange): Fault | undefined {
    const planned = this.#planned.find(({ match }) => hits(match, exchange))
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

/** Whether the request takes effect under a fault: a cut answer must be a true one first. */
export function takesEffect(fault: Fault | undefined): boolean {
  return fault === undefined || fault.when === 'after' || fault.kind === 'truncate'
}

/** The answer that a fault puts in place of the real one, if it answers at all. */
export function faultyAnswer(fault: Fault): Answer {
  if (fault.kind === 'garbage') {
    const bytes = Buffer.from('<!DOCTYPE html><title>Unicorn! · GitHub</title>\u0000\u0001')
    return { status: fault.status ?? 200, bytes, headers: { 'content-type': 'text/html', ...fault.headers } }
  }
  const headers = fault.headers ?? {}
  const status = fault.status ?? 500
  if (typeof fault.body === 'string') return { status, bytes: Buffer.from(fault.body), headers }
  return { status, body: fault.body ?? { message: 'Server Error', status: String(status) }, headers }
}
