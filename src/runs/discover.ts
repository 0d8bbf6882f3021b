import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import type { RunFilter } from './filter.ts'
import { listRuns } from './list.ts'
import type { Run } from './run.ts'
import { isOwnRun } from './target.ts'
import { resolveWorkflows, type WorkflowChoice } from './workflows.ts'

/** What a search for the runs of a filter found. */
export interface Discovery {
  /** The newest run of each workflow. */
  newest: Run[]
  /** Workflows, as they are named in the input, of which no run has appeared yet. */
  missing: string[]
  /** What the server said of one that it does not know: which there are. */
  hint: string | undefined
}

/** Looks for the runs again; each call is one list, or one for each named workflow. */
export type Search = () => Promise<Discovery>

/** Runs of the same workflow: of them only the newest counts. */
export const workflowKey = ({ workflowId, path, id }: Run): string => String(workflowId ?? path ?? id)

function newestOfEach(runs: readonly Run[]): Run[] {
  const newest = new Map<string, Run>()
  // Newest first, as listRuns gives them.
  for (const run of runs) if (!newest.has(workflowKey(run))) newest.set(workflowKey(run), run)
  return [...newest.values()]
}

async function list(context: Context, filter: RunFilter, workflows: readonly WorkflowChoice[]): Promise<Run[]> {
  const accept = (run: Run) => !isOwnRun(context, run.id)
  if (workflows.length === 0 || filter.headSha !== undefined) return listRuns(context, filter, { workflows, accept })
  // Only the newest of each is wanted: the first one that matches will do.
  const lists = workflows.map((workflow) =>
    listRuns(context, { ...filter, limit: 1 }, { workflows: [workflow], accept }),
  )
  return (await Promise.all(lists)).flat()
}

/**
 * Prepares the search for the newest run of each workflow that matches the filter; never the run of this step. A workflow
 * that GitHub does not know is one that has not appeared yet: it learns of a new one with its first run.
 */
export function createSearch(context: Context, filter: RunFilter): Search {
  let workflows: WorkflowChoice[] | undefined
  return async () => {
    try {
      workflows ??= await resolveWorkflows(context, filter.workflow ?? [])
      const newest = newestOfEach(await list(context, filter, workflows))
      const missing = workflows.filter((workflow) => !newest.some((run) => workflow.isOf(run))).map(({ name }) => name)
      return { newest, missing, hint: undefined }
    } catch (error) {
      if (!(error instanceof OperationError) || error.reason !== 'not-found' || !filter.workflow) throw error
      return { newest: [], missing: [...filter.workflow], hint: error.message }
    }
  }
}
