import type { GitHub } from './github/client.ts'
import type { Report, RunOutcome } from './report.ts'
import { countOutcomes } from './report.ts'
import type { Run } from './runs/run.ts'

/** Bytes of the `result` output at most: GitHub takes 1 MB of outputs from a job. */
const MAX_BYTES = 900_000

/** What `result` is made from. */
export interface ResultSource {
  operation: string
  /** `owner/repo`. */
  repository: string | null
  dryRun: boolean
  report: Report
  /** Undefined when the step ended before a request could be sent. */
  github: Pick<GitHub, 'state'> | undefined
}

/** What `result` tells of a run, in this order. */
const RUN_FIELDS = [
  'id',
  'attempt',
  'number',
  'workflow',
  'path',
  'title',
  'branch',
  'event',
  'headSha',
  'actor',
  'status',
  'conclusion',
  'createdAt',
  'updatedAt',
  'url',
] as const satisfies readonly (keyof Run)[]

function describeRun({ run, outcome, reason, message }: RunOutcome) {
  const told = Object.fromEntries(RUN_FIELDS.map((field) => [field, run[field]])) as Pick<
    Run,
    (typeof RUN_FIELDS)[number]
  >
  return { ...told, outcome, reason, message }
}

function describeLimit(github: ResultSource['github']) {
  const rateLimit = github?.state.rateLimit
  if (!rateLimit) return null
  return { limit: rateLimit.limit, remaining: rateLimit.remaining, resetAt: new Date(rateLimit.resetAt).toISOString() }
}

/** The whole `result` (docs/behaviour.md, Outputs). */
export function createResult({ operation, repository, dryRun, report, github }: ResultSource) {
  const { failure, jobs, environments, reviews, logs, failures } = report
  return {
    operation,
    repository,
    dryRun,
    counts: {
      matched: report.runs.length,
      changed: countOutcomes(report, 'changed'),
      skipped: countOutcomes(report, 'skipped'),
      failed: countOutcomes(report, 'failed'),
    },
    ...(failure && { reason: failure.reason, message: failure.message }),
    runs: report.runs.map(describeRun),
    ...(jobs && { jobs }),
    ...(environments && { environments }),
    ...(reviews && { reviews }),
    ...(logs && { logs: logs.length === 1 ? logs[0] : logs }),
    ...(failures && { failures }),
    requests: github?.state.requests ?? { total: 0, writes: 0, notModified: 0, retries: 0 },
    rateLimit: describeLimit(github),
    truncated: false,
  }
}

/** {@link createResult}'s value. */
export type Result = ReturnType<typeof createResult>

const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** The longest start of `items` that keeps the result within the bound. */
function keepFitting<T>(items: readonly T[], room: number): T[] {
  let used = 0
  const kept = items.findIndex((item) => {
    used += size(item) + 1
    return used > room
  })
  return kept === -1 ? [...items] : items.slice(0, kept)
}

/**
 * The result as it fits into an output: excerpt lines go first, then `logs`, then `jobs` and runs from the end. The file
 * at `result-path` has all of it.
 */
export function fitResult(result: Result): Result {
  if (size(result) <= MAX_BYTES) return result
  let cut: Result = { ...result, truncated: true }
  if (cut.failures) cut = { ...cut, failures: cut.failures.map((failure) => ({ ...failure, lines: [] })) }
  if (size(cut) > MAX_BYTES && cut.logs) cut = { ...cut, logs: [] }
  for (const part of ['jobs', 'reviews', 'failures', 'runs'] as const) {
    const over = size(cut) - MAX_BYTES
    const items = cut[part]
    if (over > 0 && items) cut = { ...cut, [part]: keepFitting<unknown>(items, Math.max(0, size(items) - over - 2)) }
  }
  return cut
}
