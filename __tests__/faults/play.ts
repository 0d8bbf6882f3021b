import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Exchange, type Fault, type Simulator, startSimulator } from '../../simulator/index.ts'
import { type OperationEnd, runInProcess } from '../support/in-process.ts'
import type { NamedFault } from './catalogue.ts'
import { simulatedClock } from './clock.ts'
import { CANARY, type Scenario } from './scenario.ts'

/** One request of the clean run: the n-th of its kind. */
export interface Place {
  exchange: Exchange
  nth: number
}

/** A scenario with one fault at one of its requests. */
export interface Case {
  scenario: Scenario
  fault: NamedFault
  place: Place
}

/** What a run of a scenario left behind. */
export interface Played {
  end: OperationEnd | undefined
  /** What `main` threw: it never should. */
  crash: unknown
  simulator: Simulator
  /** Runs before. */
  before: number[]
  /** The fault was met. */
  isHit: boolean
  /** Files that were written, by name. */
  files: Record<string, string>
  folder: string
  /** Sleepers and requests that are left. */
  pending: string[]
}

const keyOf = ({ host, method, path }: Exchange): string => `${host} ${method} ${host === 'storage' ? '/logs' : path}`

/** The requests of a run of a scenario, each told from others of its kind by its place among them. */
export function placesOf(exchanges: readonly Exchange[]): Place[] {
  const counts = new Map<string, number>()
  return exchanges.map((exchange) => {
    const nth = counts.get(keyOf(exchange)) ?? 0
    counts.set(keyOf(exchange), nth + 1)
    return { exchange, nth }
  })
}

async function readFiles(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = files.map(async (file) => [file.slice(folder.length), await readFile(file, 'utf8')])
  return Object.fromEntries(await Promise.all(texts))
}

function plan(simulator: Simulator, { fault, place: { exchange, nth } }: Case): () => boolean {
  const { host, method, path } = exchange
  let isHit = false
  const made = fault.make(simulator, exchange)
  const first = () => {
    isHit = true
    made.first?.()
  }
  // Only a fault without anything else may lack its own `first`: see isTrueAnswer.
  const watched: Fault = made.first || Object.keys(made).length > 0 ? { ...made, first } : { status: 500, first }
  simulator.failNext({ host, method, ...(host === 'api' && { path }), skip: nth }, watched)
  return () => isHit
}

async function waitUntilClosed(simulator: Simulator): Promise<number> {
  for (let look = 0; look < 20 && simulator.inFlight > 0; look += 1) await sleep(2)
  return simulator.inFlight
}

/** Jitter that is the same in each play (mulberry32): so the n-th request of a case is the n-th of the clean run. */
function seedJitter(): void {
  let state = 1
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const PERMISSIONS = { actions: 'write', deployments: 'write' } as const

/** Plays a scenario in a world of its own; at most one of its requests goes wrong. */
export async function play(scenario: Scenario, faulty?: Case): Promise<Played> {
  seedJitter()
  const clock = simulatedClock()
  const folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const simulator = await startSimulator({ rateLimit: { limit: 1000 }, ...scenario.options, clock: clock.time })
  simulator.addToken(CANARY, { kind: 'installation', login: 'github-actions[bot]', permissions: PERMISSIONS })
  scenario.prepare(simulator)
  const before = simulator.repository().runs.map(({ id }) => id)
  const isHit = faulty ? plan(simulator, faulty) : () => true
  clock.watch(simulator)
  let end: OperationEnd | undefined
  let crash: unknown
  const inputs = { operation: scenario.operation, token: CANARY, ...scenario.inputs }
  const path = scenario.operation === 'download-logs' ? { path: join(folder, 'logs') } : {}
  try {
    end = await runInProcess(simulator, { ...inputs, ...path }, { clock, env: { GITHUB_RUN_ID: '1' } })
  } catch (error) {
    crash = error
  }
  const open = await waitUntilClosed(simulator)
  clock.stop()
  // What was accepted takes its time, which a clock that was set back takes longer to reach.
  simulator.setClockSkew(0)
  clock.time.advance(720_000)
  simulator.settle()
  const pending = [
    ...(clock.sleeping > 0 ? [`${clock.sleeping} sleepers`] : []),
    ...(open > 0 ? [`${open} requests`] : []),
  ]
  const files = await readFiles(folder)
  await simulator.close()
  await rm(folder, { recursive: true, force: true })
  return { end, crash, simulator, before, isHit: isHit(), files, folder, pending }
}
