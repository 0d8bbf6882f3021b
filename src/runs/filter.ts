import { type CreatedRange, formatCreated, intersect } from '../inputs/created.ts'
import { createMatcher, isGlob } from '../patterns.ts'
import type { Run } from './run.ts'
import { ACTIVE_STATUSES, hasStatus } from './status.ts'

/** What the filter inputs ask for; an absent key does not narrow. */
export interface RunFilter {
  workflow?: readonly string[] | undefined
  branch?: string | undefined
  event?: string | undefined
  actor?: string | undefined
  headSha?: string | undefined
  checkSuiteId?: number | undefined
  status?: readonly string[] | undefined
  /** Already joined with `older-than` and `newer-than`. */
  created?: CreatedRange | undefined
  excludeBranches?: readonly string[] | undefined
  excludePullRequests?: boolean | undefined
  limit?: number | undefined
}

/** The values of the filter inputs, as they are named there. */
export interface FilterValues {
  workflow?: string[] | undefined
  branch?: string | undefined
  event?: string | undefined
  actor?: string | undefined
  'head-sha'?: string | undefined
  'check-suite-id'?: number | undefined
  status?: string[] | undefined
  created?: CreatedRange | undefined
  'exclude-pull-requests': boolean
  'older-than'?: number | undefined
  'newer-than'?: number | undefined
  'exclude-branches'?: string[] | undefined
  limit?: number | undefined
}

function ageRange(values: FilterValues, now: number): CreatedRange {
  const { 'older-than': older, 'newer-than': newer } = values
  return {
    ...(older !== undefined && { to: Math.floor((now - older) / 1000) }),
    ...(newer !== undefined && { from: Math.ceil((now - newer) / 1000) }),
  }
}

/** Joins the filter inputs; ages are counted back from `now` (milliseconds since the epoch). */
export function toFilter(values: FilterValues, now: number): RunFilter {
  const created = intersect(values.created ?? {}, ageRange(values, now))
  return {
    workflow: values.workflow,
    branch: values.branch,
    event: values.event,
    actor: values.actor,
    headSha: values['head-sha'],
    checkSuiteId: values['check-suite-id'],
    status: values.status,
    created: created.from === undefined && created.to === undefined ? undefined : created,
    excludeBranches: values['exclude-branches'],
    excludePullRequests: values['exclude-pull-requests'],
    limit: values.limit,
  }
}

/** Does the filter choose anything, or would it take every run there is? A limit and a mere exclusion choose nothing. */
export function narrows(filter: RunFilter): boolean {
  const { workflow, branch, event, actor, headSha, checkSuiteId, status, created } = filter
  return [workflow, branch, event, actor, headSha, checkSuiteId, status, created].some((value) => value !== undefined)
}

const inRange = (createdAt: string | null, { from, to }: CreatedRange): boolean => {
  const seconds = Math.floor(Date.parse(createdAt ?? '') / 1000)
  return seconds >= (from ?? Number.NEGATIVE_INFINITY) && seconds <= (to ?? Number.POSITIVE_INFINITY)
}

const isEqual = <T>(wanted: T | undefined, seen: T): boolean => wanted === undefined || wanted === seen

const isEqualWord = (wanted: string | undefined, seen: string | null): boolean =>
  wanted === undefined || wanted.toLowerCase() === seen?.toLowerCase()

/**
 * The filter as a test of one run. The server's own filters are answered from an index that lags, by up to 45 minutes
 * in one report (osac-project/osac#1041), so everything they are asked is checked again here.
 */
export function createFilter(filter: RunFilter): (run: Run) => boolean {
  const isBranch = filter.branch === undefined ? () => true : createMatcher([filter.branch])
  const isExcluded = createMatcher(filter.excludeBranches ?? [])
  return (run) =>
    isBranch(run.branch) &&
    !isExcluded(run.branch) &&
    isEqual(filter.event, run.event ?? undefined) &&
    isEqualWord(filter.actor, run.actor) &&
    isEqualWord(filter.headSha, run.headSha) &&
    isEqual(filter.checkSuiteId, run.checkSuiteId ?? undefined) &&
    (filter.status === undefined || hasStatus(run, filter.status)) &&
    (filter.created === undefined || inRange(run.createdAt, filter.created))
}

/**
 * The fewest `status` parameters that together find runs with any of the words; `[undefined]` is one query without.
 * The parameter takes one value; `startup_failure` is none that it takes, so it is looked for among the completed.
 */
export function statusQueries(words: readonly string[] | undefined): (string | undefined)[] {
  if (words === undefined) return [undefined]
  const active = ACTIVE_STATUSES.filter((status) => words.includes(status))
  const ended = words.filter((word) => !(ACTIVE_STATUSES as readonly string[]).includes(word))
  const completed = ended.some((word) => word === 'completed' || word === 'startup_failure')
    ? ['completed']
    : [...new Set(ended)]
  if (active.length === ACTIVE_STATUSES.length && completed.includes('completed')) return [undefined]
  return [...active, ...completed]
}

/** The parameters of the list endpoints for a filter: what the server can check, for one of its `status` queries. */
export function queryParameters(
  filter: RunFilter,
  status: string | undefined,
): Record<string, string | number | boolean> {
  const created = filter.created && formatCreated(filter.created)
  return {
    ...(filter.branch !== undefined && !isGlob(filter.branch) && { branch: filter.branch }),
    ...(filter.event !== undefined && { event: filter.event }),
    ...(filter.actor !== undefined && { actor: filter.actor }),
    ...(filter.headSha !== undefined && { head_sha: filter.headSha }),
    ...(filter.checkSuiteId !== undefined && { check_suite_id: filter.checkSuiteId }),
    ...(status !== undefined && { status }),
    ...(created !== undefined && { created }),
    ...(filter.excludePullRequests && { exclude_pull_requests: true }),
  }
}
