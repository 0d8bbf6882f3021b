import type { Clock } from './clock.ts'

/** Simulated ms until an accepted write shows; 0 shows at the next request. */
export interface Delays {
  cancel?: number
  forceCancel?: number
  rerun?: number
  review?: number
  /** How long a new run stays invisible to filtered lists, which real GitHub serves from a lagging index. */
  index?: number
}

/** Primary rate limit of each token. */
export interface RateLimitOptions {
  /** Requests per hour. */
  limit: number
  /** Requests left in the first hour; default `limit`. */
  remaining?: number
  /** End of the first hour in epoch ms; default one hour from the first request. */
  resetAt?: number
}

/** What the simulator calls itself. */
export interface PublicUrls {
  api: string
  server: string
  /** Start of signed URLs. */
  storage: string
}

/** What `startSimulator` takes; each default is that of GitHub Enterprise Server 3.21. */
export interface SimulatorOptions {
  /** Simulated time; default the real one. */
  clock?: Clock
  /** Real ms before each answer, of the storage host too; default 0. */
  latency?: number
  /** null, the default as on GHES: no x-ratelimit headers, and GET /rate_limit is a 404. */
  rateLimit?: RateLimitOptions | null
  /** Accepted X-GitHub-Api-Version values; default 2022-11-28 and 2026-03-10. */
  apiVersions?: string[]
  /** X-GitHub-Enterprise-Version header, null for github.com; default 3.21.0. */
  enterpriseVersion?: string | null
  /** Path before each API route; default /api/v3, '' for github.com. */
  basePath?: string
  delays?: Delays
  /** Page past the 1,000th result of a filtered list: reports differ, so both are here. Default 'empty'. */
  overflow?: 'empty' | '422'
  /** API port on 127.0.0.1; default any free one. */
  port?: number
  /** Path of a unix socket that serves both hosts too, told apart by the Host header: for clients that take no port. */
  socketPath?: string
  /** What it calls itself in bodies and Link headers, as behind a proxy; default the addresses it listens on. */
  publicUrls?: Partial<PublicUrls> | ((own: PublicUrls) => Partial<PublicUrls>)
}

/** Options with all defaults filled in. */
export interface Settings {
  clock: Clock
  latency: number
  rateLimit: RateLimitOptions | null
  apiVersions: string[]
  enterpriseVersion: string | null
  basePath: string
  delays: Required<Delays>
  overflow: 'empty' | '422'
  port: number
  socketPath: string | undefined
  publicUrls: SimulatorOptions['publicUrls']
}

/** Fills in the defaults. */
export function withDefaults(options: SimulatorOptions): Settings {
  return {
    clock: options.clock ?? { now: () => Date.now() },
    latency: options.latency ?? 0,
    rateLimit: options.rateLimit ?? null,
    apiVersions: options.apiVersions ?? ['2022-11-28', '2026-03-10'],
    enterpriseVersion: options.enterpriseVersion === undefined ? '3.21.0' : options.enterpriseVersion,
    basePath: options.basePath ?? '/api/v3',
    delays: { cancel: 0, forceCancel: 0, rerun: 0, review: 0, index: 0, ...options.delays },
    overflow: options.overflow ?? 'empty',
    port: options.port ?? 0,
    socketPath: options.socketPath,
    publicUrls: options.publicUrls,
  }
}
