import { OperationError } from '../errors.ts'

/** A workflow run, as much of it as the action uses. Times are ISO 8601 in UTC; null is "the server did not say". */
export interface Run {
  id: number
  attempt: number | null
  number: number | null
  workflow: string | null
  workflowId: number | null
  /** `.github/workflows/ci.yml`, without the `@ref` that some answers append. */
  path: string | null
  title: string | null
  branch: string | null
  event: string | null
  headSha: string | null
  /** `owner/repo` of the head; null when the fork was deleted. */
  headRepository: string | null
  checkSuiteId: number | null
  actor: string | null
  status: string | null
  conclusion: string | null
  createdAt: string | null
  /** Start of the latest attempt. */
  startedAt: string | null
  updatedAt: string | null
  url: string
}

type Json = Record<string, unknown>

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})

/**
 * Reads a run from an answer of the API. GitHub's schema requires more than its server sends (`head_repository` is
 * null for deleted forks, `name` may be empty), so nothing but the id is taken for granted.
 *
 * @param answer a workflow run object of the REST API
 * @throws OperationError (`server-error`) when the answer is no run
 */
export function toRun(answer: unknown): Run {
  const run = record(answer)
  if (typeof run.id !== 'number') {
    throw new OperationError('server-error', 'The server sent something that is not a workflow run. Try again later.')
  }
  return {
    id: run.id,
    attempt: number(run.run_attempt),
    number: number(run.run_number),
    workflow: text(run.name),
    workflowId: number(run.workflow_id),
    path: text(run.path)?.replace(/@.*$/, '') ?? null,
    title: text(run.display_title),
    branch: text(run.head_branch),
    event: text(run.event),
    headSha: text(run.head_sha),
    headRepository: text(record(run.head_repository).full_name),
    checkSuiteId: number(run.check_suite_id),
    actor: text(record(run.actor).login),
    status: text(run.status),
    conclusion: text(run.conclusion),
    createdAt: text(run.created_at),
    startedAt: text(run.run_started_at),
    updatedAt: text(run.updated_at),
    url: text(run.html_url) ?? '',
  }
}

/** A run of which only the id is known: it was named in `run-id` and has not been read, or does not exist. */
export const unreadRun = (id: number, url: string): Run => toRun({ id, html_url: url })
