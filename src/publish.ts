import { randomUUID } from 'node:crypto'
import { oneLine } from './foreign-text.ts'
import type { GitHub } from './github/client.ts'
import type { Io } from './io.ts'
import type { OutputName } from './outputs.ts'
import { renderOutputs } from './outputs.ts'
import type { FailureExcerpt, Report } from './report.ts'
import { createResult, fitResult } from './result.ts'
import { renderSummary } from './summary.ts'

/** Everything that is published at the end of a step, however it ended. */
export interface Ending {
  operation: string
  repository: string | null
  dryRun: boolean
  /** Outputs that the operation declares beside the common ones. */
  outputs: readonly OutputName[]
  writesSummary: boolean
  report: Report
  github: GitHub | undefined
  /** Milliseconds since the epoch. */
  now: number
}

/** How many failed runs the last line of the step names. */
const NAMED_FAILURES = 3

/** Why the step fails, as its last line; undefined when it does not. */
function describeProblem({ failure, runs }: Report): string | undefined {
  const failures = runs.filter((entry) => entry.outcome === 'failed')
  const named = failures
    .slice(0, NAMED_FAILURES)
    .map(({ run, reason, message }) => `run ${run.id}: ${message}${reason ? ` (${reason})` : ''}`)
  const rest = failures.length > NAMED_FAILURES ? [`and ${failures.length - NAMED_FAILURES} more, see the summary`] : []
  const parts = [...(failure ? [failure.message] : []), ...named, ...rest]
  if (parts.length === 0) return undefined
  const head = failures.length > 1 ? `${failures.length} of ${runs.length} runs failed: ` : ''
  return `${head}${parts.join('; ')}`
}

/** Tries each of several ways out: one that is blocked must not keep the others, and the reason of a failure, from being told. */
function createAttempts() {
  const failures: string[] = []
  const attempt = async (what: string, write: () => unknown): Promise<void> => {
    try {
      await write()
    } catch (error) {
      failures.push(`${what} could not be written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { attempt, failures }
}

/** An unknown operation is text of the author's, and no file name. */
const fileName = (operation: string): string =>
  `${/^[a-z-]{1,40}$/.test(operation) ? operation : 'operation'}-${randomUUID()}.json`

/** The runner shows ten errors of a step; the last is the one that fails it. */
const MAX_ANNOTATIONS = 9

/** Lines of an excerpt that are worth an annotation: the error, and what led to it. */
const ANNOTATED_LINES = 10

/** Puts the first failures where they are seen: as annotations of the run. */
function annotateFailures(io: Io, failures: readonly FailureExcerpt[]): void {
  for (const { job, step, lines, url } of failures.slice(0, MAX_ANNOTATIONS)) {
    const error = lines.findIndex((line) => line.includes('##[error]'))
    const end = error === -1 ? lines.length : error + 1
    const told = lines.slice(Math.max(0, end - ANNOTATED_LINES), end).join('\n')
    io.error(`${told || 'No log could be had.'}\n${url}`, oneLine(step === null ? job : `${job} / ${step}`))
  }
}

/** Writes outputs and summary, then fails the step if it has to fail. */
export async function publish(io: Io, ending: Ending): Promise<void> {
  const { operation, report, outputs, now } = ending
  const problem = describeProblem(report)
  const result = createResult(ending)
  const { attempt, failures } = createAttempts()
  await attempt('The file of `result-path`', async () => {
    const path = await io.writeTemporaryFile(fileName(operation), `${JSON.stringify(result, null, 2)}\n`)
    io.setOutput('result-path', path)
  })
  await attempt('The outputs', () => {
    io.setOutput('result', JSON.stringify(fitResult(result)))
    for (const [name, value] of renderOutputs(report, outputs)) io.setOutput(name, value)
  })
  if (ending.writesSummary)
    await attempt('The summary', () => io.writeSummary(renderSummary({ ...ending, now, problem })))
  annotateFailures(io, report.failures ?? [])
  const { total, writes } = result.requests
  const problems = [...(problem === undefined ? [] : [problem]), ...failures]
  io.line(
    `${operation || 'step'}: ${problems.length === 0 ? 'done' : 'failed'}; ${total} requests, ${writes} of them writes.`,
  )
  if (problems.length > 0) io.fail(problems.join('; '))
}
