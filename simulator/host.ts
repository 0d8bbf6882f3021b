import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import type { Exchange, ExchangeLog } from './exchange.ts'
import { sendPart, sendSlowly } from './faults/body.ts'
import { type Fault, faultyAnswer, isTrueAnswer, takesEffect } from './faults.ts'
import type { World } from './world.ts'

/** One request as the routes see it. */
export interface Incoming {
  exchange: Exchange
  search: URLSearchParams
  bytes: Buffer
}

/** One of the two listeners. */
export interface Host {
  name: 'api' | 'storage'
  world: World
  log: ExchangeLog
  /** Taken off the path of each request that has it. */
  basePath: string
  respond(incoming: Incoming): Answer
}

/** The listener of a host: records the exchange, lets due events happen, and applies faults and latency. */
export function listenerOf(host: Host): RequestListener {
  return (request, response) => {
    serve(host, request, response).catch((error: unknown) => {
      // A defect of the simulator itself: show it, since a dead connection would look like a planned fault.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(error instanceof Error ? error.stack : String(error))
    })
  }
}

async function serve(host: Host, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { world, log } = host
  const url = new URL(request.url ?? '/', 'http://localhost')
  const exchange = describeRequest(host, request, url)
  log.begin(exchange)
  response.once('close', () => log.end(exchange))
  const bytes = await readAll(request)
  exchange.requestBody = parseLoosely(bytes)
  world.timeline.settle()
  const fault = world.faults.take(exchange)
  fault?.first?.()
  const answer = takesEffect(fault) ? host.respond({ exchange, search: url.searchParams, bytes }) : { status: 500 }
  if (isAcceptedWrite(exchange, answer)) world.acceptedWrites.push(exchange)
  if (world.settings.latency > 0) await sleep(world.settings.latency)
  if (fault) deliverFaulty(response, host, exchange, { answer, fault })
  else deliver(response, host, exchange, answer)
}

const isAcceptedWrite = ({ method }: Exchange, { status }: Answer): boolean =>
  method !== 'GET' && method !== 'HEAD' && status < 300

function describeRequest(host: Host, request: IncomingMessage, url: URL): Exchange {
  const isBelow = url.pathname === host.basePath || url.pathname.startsWith(`${host.basePath}/`)
  return {
    host: host.name,
    method: request.method ?? 'GET',
    path: isBelow ? url.pathname.slice(host.basePath.length) : url.pathname,
    query: Object.fromEntries(url.searchParams),
    requestHeaders: joinHeaders(request.headers),
    requestBody: undefined,
    status: 0,
    responseHeaders: {},
    responseBody: undefined,
    at: host.world.settings.clock.now(),
    startedAt: Date.now(),
    endedAt: 0,
  }
}

function joinHeaders(headers: Record<string, string | string[] | number | undefined>): Record<string, string> {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function parseLoosely(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function deliver(response: ServerResponse, host: Host, exchange: Exchange, answer: Answer): void {
  const bytes = bodyOf(answer)
  exchange.responseBody = answer.body
  const headers = { 'content-length': String(bytes.length), ...headersOf(answer, host) }
  response.writeHead(answer.status, headers)
  finish(response, host, exchange, { headers, bytes })
}

function deliverFaulty(
  response: ServerResponse,
  host: Host,
  exchange: Exchange,
  outcome: { answer: Answer; fault: Fault },
): void {
  const { answer, fault } = outcome
  if (fault.kind === 'hang') return
  if (fault.kind === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  if (!isTrueAnswer(fault)) deliver(response, host, exchange, faultyAnswer(fault, exchange))
  else if (fault.rewrite) deliver(response, host, exchange, fault.rewrite(answer, exchange))
  else if (fault.kind) deliverPart(response, host, exchange, { answer, fault })
  else deliver(response, host, exchange, answer)
}

/** The true answer, as far as the fault lets it through. */
function deliverPart(
  response: ServerResponse,
  host: Host,
  exchange: Exchange,
  { answer, fault }: { answer: Answer; fault: Fault },
): void {
  const bytes = bodyOf(answer)
  const half = bytes.subarray(0, fault.cut ?? Math.floor(bytes.length / 2))
  const { 'content-length': _hidden, ...headers } = headersOf(answer, host)
  if (fault.kind === 'broken') deliver(response, host, exchange, { ...answer, headers, bytes: half })
  else if (fault.kind === 'mistyped') {
    deliver(response, host, exchange, { ...answer, bytes, headers: { ...headers, 'content-type': 'text/plain' } })
  } else if (fault.kind === 'truncate') {
    // No length: node sends the rest chunked, and the early end looks like a proper one.
    response.writeHead(answer.status, headers)
    response.flushHeaders()
    finish(response, host, exchange, { headers, bytes: half })
  } else {
    const whole = { ...headers, 'content-length': String(bytes.length) }
    response.writeHead(answer.status, whole)
    exchange.status = answer.status
    exchange.responseHeaders = whole
    if (fault.kind === 'slow') sendSlowly(response, bytes)
    else sendPart(response, half, fault.kind === 'half')
  }
}

function finish(
  response: ServerResponse,
  host: Host,
  exchange: Exchange,
  { headers, bytes }: { headers: Record<string, string>; bytes: Buffer },
): void {
  exchange.status = response.statusCode
  exchange.responseHeaders = headers
  // Before the bytes leave: a client may send its next request before node reports this response as closed.
  host.log.end(exchange)
  response.end(bytes)
}

function headersOf(answer: Answer, host: Host): Record<string, string> {
  return {
    // The server's clock, not the machine's: a client may count from it.
    date: new Date(host.world.settings.clock.now()).toUTCString(),
    ...(answer.body !== undefined ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...answer.headers,
  }
}

function bodyOf(answer: Answer): Buffer {
  if (answer.bytes) return answer.bytes
  return answer.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.body))
}
