import type { Reason } from '../report.ts'
import type { Run } from './run.ts'
import { isCompleted } from './status.ts'

/** When a run is stale. */
export interface StaleRules {
  /** A newer run of the same group makes it so. */
  superseded: boolean
  /** Milliseconds since its start after which a run that has not completed is. */
  staleAfter: number | undefined
  /** Milliseconds since the epoch. */
  now: number
}

/** A stale run and why it is. */
export interface StaleRun {
  run: Run
  reason: Extract<Reason, 'superseded' | 'over-age'>
}

/**
 * Runs of one group replace each other: same workflow, event, head branch and head repository. Without the last, a
 * fork's `main` would supersede the repository's own. A deleted fork has no name any more; whose it was still tells it
 * from others, since an account has one fork of a repository.
 */
export const groupKey = ({ workflowId, path, event, branch, headRepository, actor }: Run): string =>
  JSON.stringify([workflowId ?? path, event, branch, headRepository ?? { deletedForkOf: actor }])

const isNewer = (run: Run, than: Run | undefined): boolean =>
  than === undefined || (run.number ?? 0) > (than.number ?? 0)

/** The newest run of each group. */
export function newestByGroup(runs: Iterable<Run>): Map<string, Run> {
  const newest = new Map<string, Run>()
  for (const run of runs) {
    const key = groupKey(run)
    if (isNewer(run, newest.get(key))) newest.set(key, run)
  }
  return newest
}

function isOverAge({ startedAt, createdAt }: Run, { staleAfter, now }: StaleRules): boolean {
  const start = Date.parse(startedAt ?? createdAt ?? '')
  return staleAfter !== undefined && now - start > staleAfter
}

/**
 * Finds the stale ones among runs that have not completed. The newest run of its group is never superseded.
 *
 * @param runs everything seen of the groups, completed or not
 */
export function findStale(runs: readonly Run[], rules: StaleRules): StaleRun[] {
  const newest = newestByGroup(runs)
  return runs.flatMap((run): StaleRun[] => {
    if (isCompleted(run)) return []
    if (rules.superseded && isNewer(newest.get(groupKey(run)) ?? run, run)) return [{ run, reason: 'superseded' }]
    return isOverAge(run, rules) ? [{ run, reason: 'over-age' }] : []
  })
}
