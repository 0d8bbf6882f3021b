import type { Context } from '../context.ts'
import { PAGE_SIZE } from '../github/pages.ts'
import { type CreatedRange, formatCreated } from '../inputs/created.ts'
import { createFilter, queryParameters, type RunFilter } from './filter.ts'
import { assertWhole, newestFirst, type RunQuery, readAllRuns, readRunPages } from './list.ts'
import type { Run } from './run.ts'
import { groupKey, newestByGroup } from './stale.ts'
import { ACTIVE_STATUSES, isCompleted } from './status.ts'
import { resolveWorkflows, type WorkflowChoice } from './workflows.ts'

/** The part of a filter that all runs of a group share: what it leaves out can neither be stale nor make stale. */
const sharedByGroup = ({ branch, event }: RunFilter): RunFilter => ({ branch, event })

/**
 * Has the newest run of a group been seen? Everything newer than a run of the first page stands on that page; a group
 * whose newest known run lies beyond it may have a newer one, completed, that no query for active runs shows.
 */
function openGroups(runs: readonly Run[], firstPage: readonly Run[], matters: (run: Run) => boolean): Run[] {
  const horizon = firstPage.at(-1)?.createdAt ?? ''
  const shown = new Set(firstPage.map((run) => run.id))
  // In the horizon's own second there may be runs on either side of it.
  const isBeyond = (run: Run) => !shown.has(run.id) && (run.createdAt ?? '') <= horizon
  const isOpen = (run: Run) => !isCompleted(run) && isBeyond(run) && matters(run)
  return [...newestByGroup(runs).values()].filter(isOpen)
}

/** Looks for runs of the group that are newer than the newest one known. */
async function readNewerRuns(context: Context, run: Run): Promise<Run[]> {
  const created: CreatedRange = { from: Math.floor(Date.parse(run.createdAt ?? '') / 1000) }
  const query: RunQuery = {
    workflow: run.workflowId === null ? undefined : workflowOf(run.workflowId),
    parameters: {
      ...(run.branch !== null && { branch: run.branch }),
      ...(run.event !== null && { event: run.event }),
      created: formatCreated(created) ?? '',
    },
    created,
  }
  const newer: Run[] = []
  for await (const other of readAllRuns(context, query)) if (groupKey(other) === groupKey(run)) newer.push(other)
  return newer
}

const workflowOf = (id: number): WorkflowChoice => ({
  name: String(id),
  endpointId: String(id),
  isOf: (run) => run.workflowId === id,
})

/** One list of the repository or of a workflow, searched in the fewest pages for active runs and what is newer. */
async function searchList(
  context: Context,
  everything: RunQuery,
  { status: asked }: RunFilter,
  needsNewer: (run: Run) => boolean,
): Promise<Run[]> {
  const wanted = ACTIVE_STATUSES.filter((status) => asked?.includes(status) ?? true)
  const pages = readRunPages(context, everything)
  const first = (await pages.next()).value
  if (first === undefined) return []
  const runs: Run[] = [...first.runs]
  if (first.isLast) return runs
  // The whole list, if it is no longer than one page for each status: it also lags less than the lists by status.
  if (Math.ceil(first.totalCount / PAGE_SIZE) <= 1 + wanted.length) {
    for await (const page of pages) runs.push(...page.runs)
    assertWhole(runs.length, first.totalCount)
    return runs
  }
  for (const status of wanted) {
    const byStatus: RunQuery = { ...everything, parameters: { ...everything.parameters, status } }
    for await (const run of readAllRuns(context, byStatus)) runs.push(run)
  }
  for (const run of openGroups(runs, first.runs, needsNewer)) runs.push(...(await readNewerRuns(context, run)))
  return runs
}

/**
 * Searches every list that the filter names.
 *
 * @param sent the part of the filter that the server is asked for
 */
async function searchLists(
  context: Context,
  filter: RunFilter,
  sent: RunFilter,
  needsNewer: (run: Run) => boolean,
): Promise<Run[]> {
  const workflows = await resolveWorkflows(context, filter.workflow ?? [])
  const places = workflows.length > 0 ? workflows : [undefined]
  const parameters = queryParameters(sent, undefined)
  const found = new Map<number, Run>()
  for (const workflow of places) {
    const everything: RunQuery = { workflow, parameters, created: sent.created }
    for (const run of await searchList(context, everything, filter, needsNewer)) found.set(run.id, run)
  }
  return [...found.values()]
}

/**
 * Reads all runs that have not completed, and of each one's group enough to say whether a newer run exists. Filters
 * that the runs of a group do not share (actor, age, status, ...) are the caller's to apply.
 *
 * @param needsNewer of which runs it matters whether a newer one exists
 */
export function readActiveRuns(context: Context, filter: RunFilter, needsNewer: (run: Run) => boolean): Promise<Run[]> {
  return searchLists(context, filter, sharedByGroup(filter), needsNewer)
}

/** Lists the runs of the filter that have not completed, newest first. */
export async function listActiveRuns(
  context: Context,
  filter: RunFilter,
  accept: (run: Run) => boolean,
): Promise<Run[]> {
  const isChosen = createFilter(filter)
  const runs = await searchLists(context, filter, filter, () => false)
  return runs
    .filter((run) => !isCompleted(run) && isChosen(run) && accept(run))
    .sort(newestFirst)
    .slice(0, filter.limit)
}
