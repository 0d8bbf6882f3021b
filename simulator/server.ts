import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerApi } from './api.ts'
import { type Exchange, ExchangeLog } from './exchange.ts'
import type { Fault, FaultMatch } from './faults.ts'
import { listenerOf } from './host.ts'
import { type SimulatorOptions, withDefaults } from './options.ts'
import type { Repository } from './repository.ts'
import type { TokenGrant } from './spec.ts'
import { answerStorage } from './storage.ts'
import { World } from './world.ts'

/** A running simulator of GitHub. */
export interface Simulator {
  /** REST base URL: what goes into GITHUB_API_URL. */
  readonly apiUrl: string
  /** Start of each html_url. */
  readonly serverUrl: string
  /** The other origin, where signed log URLs lead. */
  readonly storageUrl: string
  /** All requests to both hosts, in order of arrival. */
  readonly requests: Exchange[]
  /** Most API requests, and most writes among them, that were in flight at once. */
  readonly peakInFlight: { readonly all: number; readonly writes: number }
  /** Requests to both hosts that have not been answered, hanging ones included. */
  readonly inFlight: number
  /** Writes that the server accepted, in order, whatever the client was told. */
  readonly acceptedWrites: readonly Exchange[]
  /** owner/name, made on first use; default octo/hello. */
  repository(fullName?: string): Repository
  /** Makes a token known, or changes what it may do. `simulator-token` is known from the start. */
  addToken(token: string, grant: TokenGrant): void
  /** Makes a token unknown: it has expired, or was revoked. */
  removeToken(token: string): void
  /** Puts the server's clock that many milliseconds before the clock of everybody else. */
  setClockSkew(ms: number): void
  /** Renames a repository; its old name redirects. */
  rename(oldName: string, newName: string): void
  /** Breaks the next matching request, or several. */
  failNext(match: FaultMatch, fault: Fault): void
  /** Lets everything happen that is due by now. */
  settle(): void
  /** Ends both listeners and all connections. */
  close(): Promise<void>
}

/** Starts a GitHub on 127.0.0.1, by default a GitHub Enterprise Server 3.21 with one token and no repository. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = withDefaults(options)
  let skew = 0
  const world = new World({ ...settings, clock: { now: () => settings.clock.now() + skew } })
  const log = new ExchangeLog()
  const { basePath, port, socketPath, publicUrls } = world.settings
  const listeners = {
    api: listenerOf({ name: 'api', world, log, basePath, respond: (incoming) => answerApi(world, incoming) }),
    storage: listenerOf({ name: 'storage', world, log, basePath: '', respond: (asked) => answerStorage(world, asked) }),
  }
  const api = await listen(createServer(listeners.api), port)
  const storage = await listen(createServer(listeners.storage), 0)
  const servers = [api, storage]
  const own = { api: originOf(api) + basePath, server: originOf(api), storage: originOf(storage) }
  world.addresses = { ...own, ...(typeof publicUrls === 'function' ? publicUrls(own) : publicUrls) }
  if (socketPath !== undefined) {
    const storageHost = new URL(own.storage).host
    const choose: RequestListener = (request, response) =>
      listeners[request.headers.host === storageHost ? 'storage' : 'api'](request, response)
    servers.push(await listen(createServer(choose), socketPath))
  }
  return {
    apiUrl: own.api,
    serverUrl: own.server,
    storageUrl: own.storage,
    requests: log.exchanges,
    get inFlight() {
      return log.inFlight
    },
    acceptedWrites: world.acceptedWrites,
    peakInFlight: log.peak,
    repository: (fullName = 'octo/hello') => world.repository(fullName),
    addToken: (token, grant) => world.tokens.set(token, grant),
    removeToken: (token) => world.tokens.delete(token),
    setClockSkew: (ms) => {
      skew = ms
    },
    rename: (oldName, newName) => world.rename(oldName, newName),
    failNext: (match, fault) => world.faults.add(match, fault),
    settle: () => world.timeline.settle(),
    close: async () => {
      await Promise.all(servers.map(closeServer))
    },
  }
}

/** Listens on a port of 127.0.0.1, or on a unix socket. */
function listen(server: Server, place: number | string): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  server.once('error', reject)
  server.listen(typeof place === 'string' ? { path: place } : { port: place, host: '127.0.0.1' }, () => resolve(server))
  return promise
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  // A hanging answer (a planned fault) would keep the listener open for ever.
  server.closeAllConnections()
  return promise
}
