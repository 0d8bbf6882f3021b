import type { Simulator } from '../../simulator/index.ts'
import { systemClock } from '../../src/clock.ts'
import type { Context } from '../../src/context.ts'
import { loadClient } from '../../src/github/load.ts'
import { createReport } from '../../src/report.ts'
import { readTrigger } from '../../src/trigger.ts'

const silence = () => {}

/** What an operation works with: the real client, talking to the simulator, and a log that nobody reads. */
export async function createContext(simulator: Simulator, env: Record<string, string> = {}): Promise<Context> {
  const { createGitHub } = await loadClient()
  const log = { line: silence, debug: silence, notice: silence, warning: silence }
  const { signal } = new AbortController()
  const deadline = Date.now() + 3_600_000
  const trigger = readTrigger({ GITHUB_REPOSITORY: 'octo/hello', GITHUB_RUN_ID: '1', ...env })
  const github = createGitHub({
    token: 'simulator-token',
    apiUrl: simulator.apiUrl,
    apiVersion: '2026-03-10',
    writeRate: 170,
    clock: systemClock,
    log,
    signal,
    deadline,
  })
  return {
    github,
    repository: { owner: 'octo', repo: 'hello' },
    trigger,
    log,
    addSecret: silence,
    clock: systemClock,
    signal,
    deadline,
    report: createReport(),
  }
}
