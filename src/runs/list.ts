import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { PAGE_SIZE, readPages } from '../github/pages.ts'
import { isRequestError } from '../github/refusals.ts'
import { type CreatedRange, formatCreated, intersect } from '../inputs/created.ts'
import { createFilter, queryParameters, type RunFilter, statusQueries } from './filter.ts'
import { type Run, toRun } from './run.ts'
import { assertWorkflowsExist, resolveWorkflows, unknownWorkflow, type WorkflowChoice } from './workflows.ts'

/** GitHub answers a filtered query with at most this many results. */
const FILTERED_CEILING = 1_000

/** It refuses pages of an unfiltered list beyond this many (apache/devlake#8842). */
const UNFILTERED_CEILING = 40_000

type Parameters = Record<string, string | number | boolean>

/** One list of the server: of the repository or of a workflow, with the parameters that the server checks. */
export interface RunQuery {
  workflow: WorkflowChoice | undefined
  parameters: Parameters
  /** The part of the filter that moves when the list is longer than the server shows. */
  created: CreatedRange | undefined
}

/** The runs of one commit are few: there one list of the repository is cheaper than one for each workflow. */
const areListedTogether = ({ headSha }: RunFilter, workflows: readonly WorkflowChoice[]): boolean =>
  workflows.length > 1 && headSha !== undefined

/** The queries that together find every run that the filter can choose. */
function planQueries(filter: RunFilter, workflows: readonly WorkflowChoice[]): RunQuery[] {
  const places = workflows.length === 0 || areListedTogether(filter, workflows) ? [undefined] : workflows
  return places.flatMap((workflow) =>
    statusQueries(filter.status).map((status) => ({
      workflow,
      parameters: queryParameters(filter, status),
      created: filter.created,
    })),
  )
}

const listPath = ({ owner, repo }: Context['repository'], workflow: WorkflowChoice | undefined): string =>
  workflow === undefined
    ? `/repos/${owner}/${repo}/actions/runs`
    : `/repos/${owner}/${repo}/actions/workflows/${encodeURIComponent(workflow.endpointId)}/runs`

const isFiltered = (parameters: Parameters): boolean =>
  Object.keys(parameters).some((name) => name !== 'exclude_pull_requests')

/** One page of runs, and how many the server says the query has. */
export interface RunPage {
  runs: Run[]
  totalCount: number
  /** The query has no further page, whether or not the server showed all of its results. */
  isLast: boolean
}

/** The pages of one query, as far as the server shows them. */
export async function* readRunPages(
  context: Context,
  query: RunQuery,
  request: Record<string, unknown> = {},
): AsyncGenerator<RunPage> {
  try {
    const url = listPath(context.repository, query.workflow)
    for await (const page of readPages(context, url, 'workflow_runs', query.parameters, request)) {
      yield { runs: page.items.map(toRun), totalCount: page.totalCount, isLast: page.isLast }
    }
  } catch (error) {
    if (query.workflow && isRequestError(error) && error.status === 404) {
      throw await unknownWorkflow(context, query.workflow.name)
    }
    throw error
  }
}

const createdSecond = (run: Run): number => Math.floor(Date.parse(run.createdAt ?? '') / 1000)

/**
 * The same query for what lies before the runs already seen. The new window ends with the second of the oldest run, not
 * before it: other runs of that second may not have been shown yet.
 */
function olderWindow(query: RunQuery, oldest: Run, window: CreatedRange): RunQuery & { created: CreatedRange } {
  const created = intersect(window, { to: createdSecond(oldest) })
  if (created.to === window.to) {
    throw new OperationError(
      'server-error',
      `More than ${FILTERED_CEILING} runs were created at ${oldest.createdAt}: the server cannot list them all. Narrow the filter, for example by \`branch\` or \`event\`.`,
    )
  }
  return { ...query, created, parameters: { ...query.parameters, created: formatCreated(created) ?? '' } }
}

/** How far one query came. */
interface WindowEnd {
  /** The server has more than it shows: a window of what is older has to follow. */
  isCutOff: boolean
  oldest: Run | undefined
}

/**
 * The runs of one query, as far as they can be had without loss. A list that the server shows whole is read page by page;
 * the largest total that it named has to come, since a run that is deleted meanwhile moves another one from a page not
 * read yet to one that was. Of a list with more than the ceiling no total tells: it is read in pages that are first
 * pages, each a window of its own, which nothing moves.
 */
async function* readWindow(
  context: Context,
  query: RunQuery,
  ceiling: number,
  window: CreatedRange,
): AsyncGenerator<Run, WindowEnd> {
  let [shown, promised] = [0, 0]
  let oldest: Run | undefined
  for await (const { runs, totalCount, isLast } of readRunPages(context, query)) {
    shown += runs.length
    promised = Math.max(promised, totalCount)
    oldest = runs.at(-1) ?? oldest
    yield* runs
    const isCutOff = promised >= ceiling
    if (isCutOff && !isLast && runs.length < PAGE_SIZE) assertWhole(shown, promised)
    // Runs of one second cannot be parted: there the next page follows.
    const canPart = oldest !== undefined && createdSecond(oldest) !== window.to
    if (isCutOff && (shown >= ceiling || canPart)) return { isCutOff, oldest }
  }
  if (promised < ceiling || shown + PAGE_SIZE <= ceiling) assertWhole(shown, promised)
  return { isCutOff: promised >= ceiling, oldest }
}

async function* unseen(window: AsyncGenerator<Run, WindowEnd>, seen: Set<number>): AsyncGenerator<Run, WindowEnd> {
  let step = await window.next()
  for (; !step.done; step = await window.next()) {
    if (!seen.has(step.value.id)) yield step.value
    seen.add(step.value.id)
  }
  return step.value
}

/**
 * All runs of one query, newest first, past the ceiling of the server: when a list is as long as the server shows, the
 * rest is asked for by a window of creation times that ends where the list ended. No run is lost between two windows,
 * since they share a second, and none comes twice.
 */
export async function* readAllRuns(context: Context, first: RunQuery): AsyncGenerator<Run> {
  const seen = new Set<number>()
  let query: RunQuery | undefined = first
  while (query !== undefined) {
    const ceiling: number = isFiltered(query.parameters) ? FILTERED_CEILING : UNFILTERED_CEILING
    const window: CreatedRange = query.created ?? {}
    const { isCutOff, oldest }: WindowEnd = yield* unseen(readWindow(context, query, ceiling, window), seen)
    query = oldest && isCutOff ? olderWindow(query, oldest, window) : undefined
  }
}

/**
 * A list that ends before all that the server promised came was cut, and is an error (docs/behaviour.md, Which runs).
 *
 * @throws OperationError (`server-error`)
 */
export function assertWhole(shown: number, promised: number): void {
  if (shown >= promised) return
  throw new OperationError(
    'server-error',
    `The server says that the list has ${promised} runs, but sent ${shown}: runs were deleted while it was read, or it was cut. Run the step again.`,
  )
}

/** Newest first; ids grow with time where two runs were created in the same second. */
export const newestFirst = (one: Run, other: Run): number =>
  (other.createdAt ?? '').localeCompare(one.createdAt ?? '') || other.id - one.id

/** What a listing takes beside the filter. */
export interface ListOptions {
  /** The workflows of the filter, where they have been resolved before. */
  workflows?: readonly WorkflowChoice[]
  /** A further condition, checked before `limit` counts. */
  accept?: (run: Run) => boolean
}

const withoutRun = (workflows: readonly WorkflowChoice[], runs: readonly Run[]): WorkflowChoice[] =>
  workflows.filter(({ isOf }) => !runs.some(isOf))

/** The first `limit` runs of a query that are accepted. */
async function* readAccepted(
  context: Context,
  query: RunQuery,
  accepts: (run: Run) => boolean,
  limit: number | undefined,
): AsyncGenerator<Run> {
  let taken = 0
  for await (const run of readAllRuns(context, query)) {
    if (!accepts(run)) continue
    yield run
    taken += 1
    if (taken === limit) return
  }
}

/** Lists the runs that the filter chooses, newest first, each once. */
export async function listRuns(context: Context, filter: RunFilter, options: ListOptions = {}): Promise<Run[]> {
  const workflows = options.workflows ?? (await resolveWorkflows(context, filter.workflow ?? []))
  const { accept = () => true } = options
  const isChosen = createFilter(filter)
  const isOfWorkflow = (run: Run) => workflows.length === 0 || workflows.some((workflow) => workflow.isOf(run))
  const accepts = (run: Run) => isChosen(run) && isOfWorkflow(run) && accept(run)
  const chosen = new Map<number, Run>()
  for (const query of planQueries(filter, workflows)) {
    for await (const run of readAccepted(context, query, accepts, filter.limit)) chosen.set(run.id, run)
  }
  const runs = [...chosen.values()].sort(newestFirst)
  if (options.workflows === undefined && areListedTogether(filter, workflows)) {
    await assertWorkflowsExist(context, withoutRun(workflows, runs))
  }
  return runs.slice(0, filter.limit)
}
