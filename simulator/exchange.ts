/** One request and its answer, as a test sees it. */
export interface Exchange {
  host: 'api' | 'storage'
  method: string
  /** Without base path and query. */
  path: string
  query: Record<string, string>
  requestHeaders: Record<string, string>
  /** Parsed JSON, or undefined. */
  requestBody: unknown
  /** 0 while it is in flight and after a broken connection. */
  status: number
  responseHeaders: Record<string, string>
  /** Parsed JSON; undefined where the body is empty or not JSON. */
  responseBody: unknown
  /** Simulated time of arrival, epoch ms. */
  at: number
  /** Real time of arrival, epoch ms. */
  startedAt: number
  /** Real time of the answer, epoch ms; 0 while it is in flight. */
  endedAt: number
}

const READS = ['GET', 'HEAD', 'OPTIONS']

/** All exchanges in order of arrival, and how many API requests were in flight at once. */
export class ExchangeLog {
  readonly exchanges: Exchange[] = []
  readonly peak = { all: 0, writes: 0 }
  /** To both hosts. */
  readonly #open = new Set<Exchange>()

  /** Requests that have not been answered. */
  get inFlight(): number {
    return this.#open.size
  }

  begin(exchange: Exchange): void {
    this.exchanges.push(exchange)
    this.#open.add(exchange)
    const atApi = [...this.#open].filter(({ host }) => host === 'api')
    const writes = atApi.filter(({ method }) => !READS.includes(method)).length
    this.peak.all = Math.max(this.peak.all, atApi.length)
    this.peak.writes = Math.max(this.peak.writes, writes)
  }

  /** Called right before the answer goes out, or when the client is gone; the second call changes nothing. */
  end(exchange: Exchange): void {
    this.#open.delete(exchange)
    if (exchange.endedAt === 0) exchange.endedAt = Date.now()
  }
}
