import { existsSync, readFileSync } from 'node:fs'
import { afterEach } from '@jest/globals'
import {
  DEFAULT_TOKEN,
  type Exchange,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../simulator/index.ts'
import { createExchangeValidator } from '../../simulator/openapi/validator.ts'
import { removeFolders, runAgainst, type Step, type StepEnd } from './action.ts'

const validator = createExchangeValidator()

/** Every true answer of the simulator carries a request id; what a planned fault puts in its place does not. */
function isFaulty({ host, status, responseHeaders, responseBody }: Exchange): boolean {
  if (host === 'storage') return false
  const isCut = responseHeaders['content-type']?.includes('json') === true && responseBody === undefined
  return status === 0 || isCut || responseHeaders['x-github-request-id'] === undefined
}

/**
 * Every request that the action sent, and every answer that it got, is one that GitHub describes. The answers of planned
 * faults are no answers of GitHub: there only the request counts.
 */
export function assertDescribed(simulator: Simulator): void {
  const violations = simulator.requests.flatMap((exchange) => {
    const messages = validator.check(exchange)
    const told = isFaulty(exchange) ? messages.filter((message) => message.startsWith('request:')) : messages
    return told.map((message) => `${exchange.method} ${exchange.path}: ${message}`)
  })
  if (violations.length > 0) throw new Error(`not as GitHub describes its API:\n${violations.join('\n')}`)
}

/** What a step left behind, as far as a secret could be in it. */
export type StepTraces = Pick<StepEnd, 'stdout' | 'stderr' | 'summary' | 'outputs'>

function readResultFile(path: string | undefined): string {
  return path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** No secret stands in anything that the step wrote, but in the lines that tell the runner to mask it. */
export function assertNoSecrets({ stdout, stderr, summary, outputs }: StepTraces, secrets: readonly string[]): void {
  const places: Record<string, string> = {
    stdout: stdout.replaceAll(/^::add-mask::.*$/gm, ''),
    stderr,
    summary,
    ...Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`the output ${name}`, value])),
    'the result file': readResultFile(outputs['result-path']),
  }
  for (const [place, text] of Object.entries(places)) {
    if (secrets.some((secret) => text.includes(secret))) throw new Error(`a secret stands in ${place}:\n${text}`)
  }
}

/** Starts simulators and runs steps against them; see {@link useSimulators}. */
export interface CheckedSimulators {
  start(options?: SimulatorOptions): Promise<Simulator>
  /** As `runAgainst`. */
  run(simulator: Simulator, step: Step): Promise<StepEnd>
  /** Hands in what a step left behind that was run in another way. */
  check<T extends StepTraces>(end: T): T
}

/**
 * For a file of tests: after each test, every exchange of its simulators is held to GitHub's description, what its steps
 * left behind is searched for secrets, and everything is closed.
 *
 * @param secrets beside the default token and those given as `token` to a step
 */
export function useSimulators(secrets: readonly string[] = []): CheckedSimulators {
  const simulators: Simulator[] = []
  const ends: StepTraces[] = []
  const tokens = new Set([DEFAULT_TOKEN, ...secrets])
  const check = <T extends StepTraces>(end: T): T => {
    ends.push(end)
    return end
  }
  afterEach(async () => {
    const [used, ended] = [simulators.splice(0), ends.splice(0)]
    await Promise.all(used.map((simulator) => simulator.close()))
    try {
      for (const simulator of used) assertDescribed(simulator)
      for (const end of ended) assertNoSecrets(end, [...tokens])
    } finally {
      await removeFolders()
    }
  })
  return {
    async start(options) {
      const simulator = await startSimulator(options)
      simulators.push(simulator)
      return simulator
    },
    async run(simulator, step) {
      if (step.with.token) tokens.add(step.with.token)
      return check(await runAgainst(simulator, step))
    },
    check,
  }
}
