import { setImmediate } from 'node:timers/promises'
import type { RE2JS } from 're2js'
import type { Context } from '../context.ts'
import type { Job } from '../runs/read.ts'
import { isFailedJob } from '../runs/status.ts'
import { withJobLog } from './job-log.ts'
import { readLines } from './lines.ts'

/** A line of a log that matches. */
export interface MatchedLine {
  job: string
  line: string
}

/** Milliseconds of matching after which others have their turn: the timer of `timeout`, a signal of the runner. */
const TURN_MS = 50

/** A pattern may take long on each line (`(.*a){20}`), so the search can be ended between any two. */
async function findLine({ signal }: Context, file: string, patterns: readonly RE2JS[]): Promise<string | undefined> {
  let turn = performance.now()
  for await (const line of readLines(file, 'pieces')) {
    if (patterns.some((pattern) => pattern.matcher(line).find())) return line
    if (performance.now() - turn < TURN_MS) continue
    await setImmediate()
    signal.throwIfAborted()
    turn = performance.now()
  }
  return undefined
}

/**
 * Looks for a line that matches one of the patterns in the logs of the failed jobs. RE2 matches in linear time, so that
 * no log can hang the step.
 *
 * @returns the first such line; undefined when no log has one
 */
export async function findInFailedJobs(
  context: Context,
  jobs: readonly Job[],
  patterns: readonly RE2JS[],
): Promise<MatchedLine | undefined> {
  for (const job of jobs.filter(isFailedJob)) {
    const line = await withJobLog(context, job, (file) => findLine(context, file, patterns))
    if (line !== undefined) return { job: job.name, line }
  }
  return undefined
}
