import type { Context } from '../context.ts'
import { skipped } from '../report.ts'
import { createFilter, type RunFilter } from './filter.ts'
import { listRuns } from './list.ts'
import type { Run } from './run.ts'
import { isCompleted } from './status.ts'

/** What `keep-latest` counts: the runs of one workflow on one branch. */
const keepKey = ({ workflowId, path, branch }: Run): string => JSON.stringify([workflowId ?? path, branch])

/**
 * The newest completed runs of each workflow and branch.
 *
 * @param runs newest first
 * @param keep how many of each
 */
export function chooseKept(runs: readonly Run[], keep: number): Set<number> {
  const counts = new Map<string, number>()
  const kept = new Set<number>()
  for (const run of runs.filter(isCompleted)) {
    const count = (counts.get(keepKey(run)) ?? 0) + 1
    counts.set(keepKey(run), count)
    if (count <= keep) kept.add(run.id)
  }
  return kept
}

/** The filter without what narrows the choice only after `keep-latest` has counted. */
const beforeNarrowing = ({ created: _created, status: _status, limit: _limit, ...filter }: RunFilter): RunFilter =>
  filter

/** The first `limit` completed runs, and those among them that have not completed: one that hangs takes no place. */
function limitCompleted(runs: readonly Run[], limit: number | undefined): Run[] {
  let count = 0
  return runs.filter((run) => {
    if (limit !== undefined && count >= limit) return false
    if (isCompleted(run)) count += 1
    return true
  })
}

/**
 * Lists the runs that a clean-up takes: chosen by the filter, less the newest that are kept, oldest first, at most
 * `limit` completed ones. The kept ones that the filter would have chosen go into the report.
 */
export async function listForCleanUp(
  context: Context,
  filter: RunFilter,
  accept: (run: Run) => boolean,
  keep: number,
): Promise<Run[]> {
  const { limit, ...unlimited } = filter
  const listed = await listRuns(context, keep > 0 ? beforeNarrowing(filter) : unlimited, { accept })
  const kept = chooseKept(listed, keep)
  const isChosen = createFilter(unlimited)
  const chosen = listed.filter(isChosen)
  for (const run of chosen.filter(({ id }) => kept.has(id))) {
    context.report.runs.push({
      run,
      ...skipped('kept', `among the newest ${keep} completed of its workflow and branch`),
    })
  }
  const oldestFirst = chosen.filter(({ id }) => !kept.has(id)).reverse()
  return limitCompleted(oldestFirst, limit)
}
