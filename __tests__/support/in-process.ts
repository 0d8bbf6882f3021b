import { DEFAULT_TOKEN, type ManualClock, manualClock, type Simulator } from '../../simulator/index.ts'
import type { Clock } from '../../src/clock.ts'
import type { Context } from '../../src/context.ts'
import { createGitHub } from '../../src/github/client.ts'
import type { Io } from '../../src/io.ts'
import { main } from '../../src/main.ts'
import { createReport } from '../../src/report.ts'
import { readTrigger } from '../../src/trigger.ts'
import type { StepTraces } from './checks.ts'
import { createSleepers } from './sleepers.ts'

/** A clock whose sleepers never wait: time jumps to the moment of the next one that is due. */
export interface JumpingClock extends Clock {
  /** The same time, for the simulator. */
  readonly time: ManualClock
  /** Lengths of the sleeps that ended by themselves, in milliseconds. */
  readonly slept: number[]
}

/**
 * A clock for a whole operation. The operation's `timeout` sleeps all the time, so one sleeper alone never moves the time:
 * the operation then works. As soon as it sleeps too, the earliest of the sleepers wakes.
 */
export function jumpingClock(time: ManualClock = manualClock()): JumpingClock {
  const slept: number[] = []
  const wakeNext = () => {
    const next = [...sleepers].sort((one, other) => one.due - other.due)[0]
    if (sleepers.size < 2 || next === undefined) return
    time.advance(Math.max(0, next.due - time.now()))
    slept.push(next.ms)
    next.wake()
  }
  const { sleepers, sleep } = createSleepers(time, () => setImmediate(wakeNext))
  return { time, slept, now: () => time.now(), sleep }
}

/** What an operation that ran in this process left behind. */
export interface OperationEnd extends StepTraces {
  /** Last line of the step, if it failed. */
  failure: string | undefined
  warnings: string[]
  /** The parsed `result` output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  result: any
}

/** A runner that only remembers what it is told; files it is asked to write come last in `stdout`. */
function recordingIo(inputs: Record<string, string>) {
  const lines: string[] = []
  const warnings: string[] = []
  const outputs: Record<string, string> = {}
  const written = { summary: '', failure: undefined as string | undefined }
  const io: Io = {
    readInput: (name) => inputs[name] ?? '',
    addSecret: (value) => lines.push(`::add-mask::${value}`),
    line: (text) => lines.push(text),
    debug: (text) => lines.push(text),
    notice: (text) => lines.push(text),
    warning: (text) => {
      warnings.push(text)
      lines.push(text)
    },
    error: (text, title) => lines.push(`${title}: ${text}`),
    setOutput: (name, value) => {
      outputs[name] = value
    },
    writeSummary: async (markdown) => {
      written.summary += markdown
    },
    writeTemporaryFile: async (name, content) => {
      lines.push(content)
      return `/memory/${name}`
    },
    fail: (text) => {
      written.failure = text
    },
  }
  const end = (): OperationEnd => ({
    stdout: lines.join('\n'),
    stderr: '',
    summary: written.summary,
    outputs,
    failure: written.failure,
    warnings,
    result: outputs.result === undefined ? undefined : JSON.parse(outputs.result),
  })
  return { io, end }
}

/**
 * Runs an operation in this process, over real HTTP to the simulator, so that its waits take no time. The simulator should
 * be started with `clock.time`.
 */
export async function runInProcess(
  simulator: Simulator,
  inputs: Record<string, string>,
  { clock, env = {} }: { clock: Clock; env?: Record<string, string> },
): Promise<OperationEnd> {
  const { io, end } = recordingIo({ token: DEFAULT_TOKEN, repository: 'octo/hello', ...inputs })
  const surroundings = {
    GITHUB_REPOSITORY: 'octo/hello',
    GITHUB_RUN_ID: '1',
    GITHUB_API_URL: simulator.apiUrl,
    GITHUB_SERVER_URL: simulator.serverUrl,
    ...env,
  }
  await main({ io, env: surroundings, clock, stop: new AbortController().signal })
  return end()
}

/** What the parts of an operation work with, over real HTTP to the simulator; with `clock.time` as its clock no wait takes time. */
export function createContext(simulator: Simulator, clock: JumpingClock = jumpingClock()): Context {
  const { io } = recordingIo({})
  const { signal } = new AbortController()
  const timeout = 3_600_000
  // Stands for the operation's `timeout`: see jumpingClock.
  void clock.sleep(timeout, signal)
  const deadline = clock.now() + timeout
  const github = createGitHub({
    token: DEFAULT_TOKEN,
    apiUrl: simulator.apiUrl,
    apiVersion: '2026-03-10',
    writeRate: 170,
    clock,
    log: io,
    signal,
    deadline,
  })
  const trigger = readTrigger({ GITHUB_REPOSITORY: 'octo/hello', GITHUB_RUN_ID: '1' })
  const repository = { owner: 'octo', repo: 'hello' }
  return {
    github,
    repository,
    trigger,
    log: io,
    addSecret: io.addSecret,
    clock,
    signal,
    deadline,
    report: createReport(),
  }
}
