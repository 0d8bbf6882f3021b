import { type ManualClock, manualClock } from '../../simulator/clock.ts'
import type { SimulatorOptions } from '../../simulator/options.ts'
import type { Repository } from '../../simulator/repository.ts'
import { type Simulator, startSimulator } from '../../simulator/server.ts'

/** An answer as a client sees it; `body` is JSON where it is JSON, else text. */
export interface Reply {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of many shapes; the schema test checks the shapes.
  body: any
}

/** What a request may carry besides method and path. */
export interface Extras {
  token?: string | null
  body?: unknown
  headers?: Record<string, string>
}

/** A simulator with a clock that stands still, and a way to call it. */
export interface Bench {
  simulator: Simulator
  clock: ManualClock
  repository: Repository
  /** `path` is below /repos/octo/hello/actions, or absolute with a leading `!`. */
  call(method: string, path: string, extras?: Extras): Promise<Reply>
  get(path: string, extras?: Extras): Promise<Reply>
  post(path: string, body?: unknown, extras?: Extras): Promise<Reply>
}

const open: Simulator[] = []

/** Starts a simulator; `closeBenches` ends it. */
export async function startBench(options: SimulatorOptions = {}): Promise<Bench> {
  const clock = manualClock('2026-06-15T12:00:00Z')
  const simulator = await startSimulator({ clock, ...options })
  open.push(simulator)
  const call: Bench['call'] = async (method, path, { token = 'simulator-token', body, headers } = {}) => {
    const url = path.startsWith('!') ? path.slice(1) : `/repos/octo/hello/actions${path}`
    const response = await fetch(url.startsWith('http') ? url : simulator.apiUrl + url, {
      method,
      redirect: 'manual',
      headers: { ...(token === null ? {} : { authorization: `token ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: parse(await response.text()) }
  }
  return {
    simulator,
    clock,
    repository: simulator.repository(),
    call,
    get: (path, extras) => call('GET', path, extras),
    post: (path, body, extras) => call('POST', path, { ...extras, body }),
  }
}

/** Ends all simulators of this test. */
export async function closeBenches(): Promise<void> {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
