import { afterEach } from '@jest/globals'
import {
  DEFAULT_TOKEN,
  type Fault,
  manualClock,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../simulator/index.ts'
import type { Clock } from '../../src/clock.ts'
import type { Context } from '../../src/context.ts'
import { createGitHub, type GitHub } from '../../src/github/client.ts'

/** A clock whose sleepers wait only for each other: when nothing else happens, time jumps to the one that is due next. */
export interface EagerClock extends Clock {
  advance(ms: number): void
  /** Lengths of all sleeps, in milliseconds. */
  readonly slept: number[]
  /** Says whether answers are still on their way: they arrive before time goes on. */
  isBusy: () => boolean
}

interface Sleeper {
  due: number
  wake(): void
}

/** Real milliseconds of silence after which nothing more will happen at this moment of the clock's time. */
const SILENCE_MS = 5

/** On a busy machine silence may only mean that nobody had a turn: then the timer comes late, and it does not count. */
async function silence(clock: EagerClock): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const start = performance.now()
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS))
    const isLate = performance.now() - start > 2 * SILENCE_MS
    quiet = clock.isBusy() || isLate ? 0 : quiet + 1
  }
}

/** @returns a {@link EagerClock} at 2026-06-15T12:00:00Z */
export function eagerClock(): EagerClock {
  const time = manualClock()
  const sleepers = new Set<Sleeper>()
  let isRunning = false
  const run = async () => {
    if (isRunning) return
    isRunning = true
    while (sleepers.size > 0) {
      await silence(clock)
      const [next] = [...sleepers].sort((one, other) => one.due - other.due)
      if (!next) break
      time.advance(Math.max(0, next.due - time.now()))
      sleepers.delete(next)
      next.wake()
    }
    isRunning = false
  }
  const clock: EagerClock = {
    slept: [],
    isBusy: () => false,
    now: () => time.now(),
    advance: (ms) => time.advance(ms),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { due: time.now() + ms, wake: resolve }
        clock.slept.push(ms)
        sleepers.add(sleeper)
        const stop = () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        }
        signal.addEventListener('abort', stop, { once: true })
        void run()
      }),
  }
  return clock
}

/** A client, the simulator it talks to, and what it said. */
export interface Bench {
  simulator: Simulator
  github: GitHub
  clock: EagerClock
  log: string[]
  stop: AbortController
  context: Context
  /** Reads run 5, which exists. */
  read(): Promise<unknown>
  /** Cancels run 5, which is in progress. */
  cancel(id?: number): Promise<unknown>
  fail(method: string, fault: Fault): void
}

/** How a bench differs from the plain one. */
export interface BenchOptions extends SimulatorOptions {
  writeRate?: number
  /** Milliseconds until `timeout`. */
  timeout?: number
  apiVersion?: string
  apiUrl?: string
}

const open: Simulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()))
})

/** Starts a simulator with run 5 in progress, and a client for it; both live in the same time. */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const { writeRate = 170, timeout = 86_400_000, apiVersion = '2026-03-10', apiUrl, ...simulated } = options
  const clock = eagerClock()
  const simulator = await startSimulator({ clock, ...simulated })
  open.push(simulator)
  simulator.repository().addRun({ id: 5, status: 'in_progress' })
  const log: string[] = []
  const say = (kind: string) => (text: string) => log.push(`${kind}: ${text}`)
  const stop = new AbortController()
  const lines = { line: say('line'), debug: () => {}, notice: say('notice'), warning: say('warning') }
  const deadline = clock.now() + timeout
  const github = createGitHub({
    token: DEFAULT_TOKEN,
    apiUrl: apiUrl ?? simulator.apiUrl,
    apiVersion,
    writeRate,
    clock,
    log: lines,
    signal: stop.signal,
    deadline,
  })
  clock.isBusy = () =>
    simulator.requests.length < github.state.requests.total || simulator.requests.some(({ endedAt }) => endedAt === 0)
  const repository = { owner: 'octo', repo: 'hello' }
  return {
    simulator,
    github,
    clock,
    log,
    stop,
    context: { github, repository, log: lines, clock, signal: stop.signal, deadline } as unknown as Context,
    read: () => github.actions.getWorkflowRun({ ...repository, run_id: 5 }),
    cancel: (id = 5) => github.actions.cancelWorkflowRun({ ...repository, run_id: id }),
    fail: (method, fault) => simulator.failNext({ method }, fault),
  }
}

/** Seeded random numbers from 0 up to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
