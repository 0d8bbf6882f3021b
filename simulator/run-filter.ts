import { createdFilter } from './created-filter.ts'
import type { SimulatedRun } from './run.ts'

type Test = (run: SimulatedRun) => boolean

/** Query parameters that make a list a filtered one; exclude_pull_requests is none (docs/github-api.md, Lists). */
const FILTERS = ['actor', 'branch', 'event', 'status', 'created', 'check_suite_id', 'head_sha'] as const

/** The documented words of `status`. startup_failure is not among them, and matches nothing like any unknown word. */
const STATUS_WORDS = [
  'completed',
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'skipped',
  'stale',
  'success',
  'timed_out',
  'in_progress',
  'queued',
  'requested',
  'waiting',
  'pending',
]

const TESTS: Record<(typeof FILTERS)[number], (value: string) => Test> = {
  actor: (value) => {
    const login = value.toLowerCase()
    return (run) => run.identity.actor.toLowerCase() === login
  },
  branch: (value) => (run) => run.identity.branch === value,
  event: (value) => (run) => run.identity.event === value,
  status: (value) => {
    if (!STATUS_WORDS.includes(value)) return () => false
    return ({ latest }) => latest.status === value || latest.conclusion === value
  },
  created: (value) => {
    const isWithin = createdFilter(value)
    return (run) => isWithin(run.identity.createdAt)
  },
  check_suite_id: (value) => (run) => String(run.identity.checkSuiteId) === value,
  head_sha: (value) => (run) => run.identity.headSha === value,
}

/** The filters of a query; undefined if it has none. */
export function runFilter(query: URLSearchParams): Test | undefined {
  const tests = FILTERS.flatMap((name) => {
    const value = query.get(name)
    return value ? [TESTS[name](value)] : []
  })
  return tests.length > 0 ? (run) => tests.every((test) => test(run)) : undefined
}
