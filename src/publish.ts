import { randomUUID } from 'node:crypto'
import type { GitHub } from './github/client.ts'
import type { Io } from './io.ts'
import type { OutputName } from './outputs.ts'
import { renderOutputs } from './outputs.ts'
import type { Report } from './report.ts'
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
export function describeProblem({ failure, runs }: Report): string | undefined {
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

/** Writes outputs and summary, then fails the step if it has to fail. */
export async function publish(io: Io, ending: Ending): Promise<void> {
  const { operation, report, outputs, now } = ending
  const problem = describeProblem(report)
  const result = createResult(ending)
  const path = await io.writeTemporaryFile(
    `${operation || 'operation'}-${randomUUID()}.json`,
    `${JSON.stringify(result, null, 2)}\n`,
  )
  io.setOutput('result', JSON.stringify(fitResult(result)))
  io.setOutput('result-path', path)
  for (const [name, value] of renderOutputs(report, outputs)) io.setOutput(name, value)
  if (ending.writesSummary) await io.writeSummary(renderSummary({ ...ending, now, problem }))
  const { total, writes } = result.requests
  io.line(`${operation}: ${problem === undefined ? 'done' : 'failed'}; ${total} requests, ${writes} of them writes.`)
  if (problem !== undefined) io.fail(problem)
}
