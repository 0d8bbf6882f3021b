import { closest } from 'fastest-levenshtein'
import { UsageError } from '../errors.ts'
import type { Operation } from '../operation.ts'
import { approve } from './approve.ts'
import { cancel } from './cancel.ts'
import { cancelStale } from './cancel-stale.ts'
import { deleteLogs } from './delete-logs.ts'
import { deleteRuns } from './delete-runs.ts'
import { downloadLogs } from './download-logs.ts'
import { forceCancel } from './force-cancel.ts'
import { getPendingDeployments } from './get-pending-deployments.ts'
import { getReviews } from './get-reviews.ts'
import { getRun } from './get-run.ts'
import { listRuns } from './list-runs.ts'
import { reject } from './reject.ts'
import { rerun } from './rerun.ts'
import { rerunFailed } from './rerun-failed.ts'
import { rerunJob } from './rerun-job.ts'
import { reviewProtectionRule } from './review-protection-rule.ts'
import { waitForRun } from './wait-for-run.ts'

/** The registry: every operation, in the order of the reference. */
export const operations: readonly Operation[] = [
  listRuns,
  getRun,
  waitForRun,
  rerun,
  rerunFailed,
  rerunJob,
  cancel,
  forceCancel,
  cancelStale,
  deleteRuns,
  deleteLogs,
  downloadLogs,
  getPendingDeployments,
  approve,
  reject,
  getReviews,
  reviewProtectionRule,
]

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
