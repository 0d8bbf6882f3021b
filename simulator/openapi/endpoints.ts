/** One request of this project, and what it can be answered with. */
export type Endpoint = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below /repos/{owner}/{repo}/actions/; `{run}` and `{job}` stand for ids. */
  readonly path: string
  readonly body?: object
  /** The statuses that it can give beyond `answersOfAll`; the description leaves most refusals out. */
  readonly answers: readonly number[]
}

const review = { environment_ids: [1], state: 'approved', comment: '' }
const ruleReview = { environment_name: 'production', state: 'approved', comment: 'checked' }
const rerun = { enable_debug_logging: true }

const read = (path: string, ...answers: number[]): Endpoint => ({ method: 'GET', path, answers: [301, ...answers] })

const post = (path: string, body: object | undefined, ...answers: number[]): Endpoint => ({
  method: 'POST',
  path,
  ...(body && { body }),
  answers: [307, ...answers],
})

const remove = (path: string): Endpoint => ({ method: 'DELETE', path, answers: [204, 307] })

/** What every endpoint can answer: docs.github.com, "Troubleshooting the REST API" and "Rate limits". */
export const answersOfAll: readonly number[] = [400, 401, 403, 404, 502]

/** The 17 endpoints of workflow runs, by operation. */
export const endpoints = {
  're-run-job-for-workflow-run': post('jobs/{job}/rerun', rerun, 201, 422),
  'list-workflow-runs-for-repo': read('runs', 200, 304, 422),
  'get-workflow-run': read('runs/{run}', 200, 304),
  'delete-workflow-run': remove('runs/{run}'),
  'get-reviews-for-run': read('runs/{run}/approvals', 200, 304),
  'get-workflow-run-attempt': read('runs/{run}/attempts/1', 200, 304),
  'download-workflow-run-attempt-logs': read('runs/{run}/attempts/1/logs', 302, 410),
  'cancel-workflow-run': post('runs/{run}/cancel', undefined, 202, 409),
  'review-custom-gates-for-run': post('runs/{run}/deployment_protection_rule', ruleReview, 204, 422),
  'force-cancel-workflow-run': post('runs/{run}/force-cancel', undefined, 202, 409),
  'download-workflow-run-logs': read('runs/{run}/logs', 302, 410),
  'delete-workflow-run-logs': remove('runs/{run}/logs'),
  'get-pending-deployments-for-run': read('runs/{run}/pending_deployments', 200, 304),
  'review-pending-deployments-for-run': post('runs/{run}/pending_deployments', review, 200, 422),
  're-run-workflow': post('runs/{run}/rerun', rerun, 201, 422),
  're-run-workflow-failed-jobs': post('runs/{run}/rerun-failed-jobs', rerun, 201, 422),
  'list-workflow-runs': read('workflows/ci.yml/runs', 200, 304, 422),
} as const satisfies Record<string, Endpoint>

/** The endpoints beside them that this project reads too. */
export const neighbours = {
  'list-jobs-for-workflow-run': read('runs/{run}/jobs?filter=all', 200, 304),
  'list-jobs-for-workflow-run-attempt': read('runs/{run}/attempts/1/jobs', 200, 304),
  'list-workflow-run-artifacts': read('runs/{run}/artifacts', 200, 304),
  'get-job-for-workflow-run': read('jobs/{job}', 200, 304),
  'download-job-logs-for-workflow-run': read('jobs/{job}/logs', 302, 410),
  'list-repo-workflows': read('workflows', 200, 304),
  'get-workflow': read('workflows/ci.yml', 200, 304),
} as const satisfies Record<string, Endpoint>
