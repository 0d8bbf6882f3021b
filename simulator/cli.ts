import { parseArgs } from 'node:util'
import { scaledClock } from './clock.ts'
import { addDemoRuns } from './demo.ts'
import { startSimulator } from './server.ts'
import { DEFAULT_TOKEN } from './tokens.ts'

const USAGE = `node simulator/cli.ts [--port N] [--latency MS] [--time-scale N] [--demo]

  --port        API port on 127.0.0.1, default any free one
  --latency     milliseconds before each answer, default 0
  --time-scale  how many times faster than real time runs live, default 1
  --demo        start with runs in every state`

/** A number option, or a usage error. */
function readNumber(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (Number.isFinite(value) && value >= 0 && text !== '') return value
  throw new Error(`--${name} ${text} is not a number\n\n${USAGE}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      latency: { type: 'string' },
      'time-scale': { type: 'string' },
      demo: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const clock = scaledClock(readNumber('time-scale', values['time-scale'], 1))
  const simulator = await startSimulator({
    clock,
    port: readNumber('port', values.port, 0),
    latency: readNumber('latency', values.latency, 0),
  })
  simulator.addToken('reviewer-token', {
    kind: 'fine-grained',
    login: 'octocat',
    permissions: { actions: 'write', deployments: 'write' },
  })
  const repository = simulator.repository()
  if (values.demo) addDemoRuns(repository, clock.now())
  console.log(`# GitHub Enterprise Server, simulated; logs come from ${simulator.storageUrl}. Ctrl-C ends it.`)
  console.log(`# The token reviewer-token speaks for octocat, who may review deployments.`)
  console.log(`export GITHUB_API_URL=${simulator.apiUrl}`)
  console.log(`export GITHUB_SERVER_URL=${simulator.serverUrl}`)
  console.log(`export GITHUB_REPOSITORY=${repository.fullName}`)
  console.log(`export GITHUB_TOKEN=${DEFAULT_TOKEN}`)
  process.once('SIGINT', () => simulator.close())
  process.once('SIGTERM', () => simulator.close())
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
})
