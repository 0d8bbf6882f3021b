import { closest } from 'fastest-levenshtein'
import { UsageError } from '../errors.ts'
import type { Operation } from '../operation.ts'
import { approve } from './approve.ts'
import { cancelStale } from './cancel-stale.ts'
import { downloadLogs } from './download-logs.ts'
import { rerunFailed } from './rerun-failed.ts'
import { waitForRun } from './wait-for-run.ts'

/** The registry: every operation, in the order of the reference. */
export const operations: readonly Operation[] = [waitForRun, rerunFailed, cancelStale, downloadLogs, approve]

/**
 * Finds an operation by its name.
 *
 * @throws UsageError that lists the names and suggests the nearest
 */
export function findOperation(name: string): Operation {
  const names = operations.map((operation) => operation.name)
  const found = operations.find((operation) => operation.name === name)
  if (found) return found
  const listed = names.map((known) => `\`${known}\``).join(', ')
  if (name === '') throw new UsageError([`Input \`operation\` is required: expected one of ${listed}.`])
  const seen = JSON.stringify(name.slice(0, 100))
  throw new UsageError([
    `Input \`operation\` is ${seen}: expected one of ${listed}. Did you mean \`${closest(name, names)}\`?`,
  ])
}
