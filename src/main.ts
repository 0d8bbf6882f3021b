import type { Clock } from './clock.ts'
import type { Context } from './context.ts'
import { formatDuration } from './durations.ts'
import { Interruption, UsageError } from './errors.ts'
import { loadClient } from './github/load.ts'
import type { Inputs } from './inputs/declaration.ts'
import { apiUrl, flag, isLoopback } from './inputs/kinds.ts'
import { parseInputs } from './inputs/parse.ts'
import { commonInputs } from './inputs/shared.ts'
import type { Io } from './io.ts'
import type { CommonValues, Operation, PreparedOperation } from './operation.ts'
import { findOperation, operations } from './operations/index.ts'
import { publish } from './publish.ts'
import { createReport, type Report } from './report.ts'
import { runUrl } from './runs/target.ts'
import { explain } from './runs/verdict.ts'
import { readTrigger } from './trigger.ts'

/** What the step is started with. */
export interface Surroundings {
  io: Io
  env: NodeJS.ProcessEnv
  clock: Clock
  /** Aborted when the runner cancels the step; its reason is an `Interruption`. */
  stop: AbortSignal
}

/** Characters of an unknown operation's name that are repeated. */
const SHOWN_LENGTH = 100

const everyInput: Inputs = Object.assign({}, ...operations.map((operation) => operation.inputs))

/** Problems with the inputs that are set, where the operation that would say which of them it uses is unknown. */
function problemsWithoutOperation(io: Io): readonly string[] {
  const inputs = Object.entries({ ...everyInput, ...commonInputs })
  const given = inputs.filter(([name, input]) => io.readInput(name) !== '' || (input.required && name in commonInputs))
  try {
    parseInputs(Object.fromEntries(given), io.readInput)
    return []
  } catch (error) {
    return error instanceof UsageError ? error.problems : []
  }
}

function chooseOperation(io: Io): Operation {
  try {
    return findOperation(io.readInput('operation'))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError([...error.problems, ...problemsWithoutOperation(io)])
  }
}

function warnOfUnusedInputs(io: Io, { name, inputs }: Operation): void {
  const unused = Object.keys(everyInput).filter((input) => !(input in inputs) && io.readInput(input) !== '')
  for (const input of unused) io.warning(`Input \`${input}\` is set, but \`${name}\` does not use it.`)
}

/** The API to talk to. Plain `http:` sends the token in the clear, so it takes the author's word or this very machine. */
function chooseApi(common: CommonValues, env: NodeJS.ProcessEnv): string {
  if (common['api-url']) return common['api-url']
  const url = env.GITHUB_API_URL || 'https://api.github.com'
  const base = apiUrl.parse(url)
  if (base === undefined) {
    throw new UsageError([
      'The environment variable GITHUB_API_URL is no base URL of a REST API: set the input `api-url`.',
    ])
  }
  if (base.startsWith('http:') && !isLoopback(base)) {
    throw new UsageError([
      `GITHUB_API_URL is ${base}: set the input \`api-url\` to it if the token may be sent unencrypted.`,
    ])
  }
  return base
}

/** Ends the operation when its time is up or the runner cancels the step, whichever comes first. */
function createDeadline(clock: Clock, timeout: number, stop: AbortSignal) {
  const timer = new AbortController()
  const over = new AbortController()
  const message = `The operation did not end within its \`timeout\` of ${formatDuration(timeout)}. Give it a larger one, or look at what it waited for.`
  clock.sleep(timeout, timer.signal).then(
    () => over.abort(new Interruption('timeout', message)),
    () => {},
  )
  return { signal: AbortSignal.any([over.signal, stop]), clear: () => timer.abort(), at: clock.now() + timeout }
}

async function execute(
  { io, env, clock, stop }: Surroundings,
  { common, writeRate, run }: PreparedOperation,
  report: Report,
  started: (context: Context) => void,
): Promise<void> {
  const apiUrl = chooseApi(common, env)
  const { createGitHub } = await loadClient()
  const deadline = createDeadline(clock, common.timeout, stop)
  const github = createGitHub({
    token: common.token,
    apiUrl,
    apiVersion: common['api-version'],
    writeRate: writeRate ?? Number.POSITIVE_INFINITY,
    clock,
    log: io,
    signal: deadline.signal,
    deadline: deadline.at,
  })
  const context: Context = {
    github,
    repository: common.repository,
    trigger: readTrigger(env),
    log: io,
    addSecret: io.addSecret,
    clock,
    signal: deadline.signal,
    deadline: deadline.at,
    report,
  }
  started(context)
  try {
    await run(context)
  } finally {
    deadline.clear()
  }
}

/** A server that leaves out the URL of a run's page still has the page. */
function addMissingUrls(context: Context): void {
  for (const { run } of context.report.runs) run.url ||= runUrl(context, run.id)
}

function recordFailure(io: Io, report: Report, error: unknown, operation: Operation | undefined): void {
  if (error instanceof Error && error.stack) io.debug(error.stack)
  report.failure =
    error instanceof UsageError
      ? { reason: null, message: error.message }
      : explain(error, operation?.permission ?? 'actions: read')
}

/**
 * The step: read the inputs, run the operation, publish what became of it. The only place that fails the step, and the
 * only one that catches everything.
 */
export async function main(surroundings: Surroundings): Promise<void> {
  const { io, clock } = surroundings
  const report = createReport()
  let operation: Operation | undefined
  let prepared: PreparedOperation | undefined
  let context: Context | undefined
  try {
    const token = io.readInput('token')
    if (token !== '') io.addSecret(token)
    operation = chooseOperation(io)
    warnOfUnusedInputs(io, operation)
    prepared = operation.prepare(io.readInput)
    await execute(surroundings, prepared, report, (started) => {
      context = started
    })
  } catch (error) {
    recordFailure(io, report, error, operation)
  }
  if (context) addMissingUrls(context)
  const repository = prepared?.common.repository
  await publish(io, {
    operation: operation?.name ?? io.readInput('operation').slice(0, SHOWN_LENGTH),
    repository: repository ? `${repository.owner}/${repository.repo}` : null,
    dryRun: prepared?.dryRun ?? false,
    outputs: operation?.outputs ?? [],
    writesSummary: prepared?.common.summary ?? flag.parse(io.readInput('summary')) ?? true,
    report,
    github: context?.github,
    now: context?.github.now() ?? clock.now(),
  })
}
