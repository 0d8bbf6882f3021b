import { afterEach, describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/spec.ts'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

const DAY = 86_400_000
const NOW = Date.parse('2026-06-15T12:00:00Z')

describe('refused writes on runs', () => {
  const old = NOW - 30 * DAY - 1000
  const cannotRetry = 'This workflow run cannot be retried'
  const cases: [string, RunSpec, string, number, string][] = [
    ['re-run of a live run', { status: 'pending' }, 'POST rerun', 403, 'This workflow is already running'],
    [
      're-run after a month',
      { conclusion: 'failure', createdAt: old },
      'POST rerun',
      403,
      'Unable to re-run this workflow run because it was created over a month ago',
    ],
    [
      're-run of failed jobs after a month',
      { conclusion: 'failure', createdAt: old },
      'POST rerun-failed-jobs',
      403,
      'Unable to retry this workflow run because it was created over a month ago',
    ],
    ['re-run of a startup failure', { conclusion: 'startup_failure' }, 'POST rerun', 403, cannotRetry],
    [
      're-run of a dynamic run',
      { conclusion: 'failure', workflow: 'dynamic/github-code-scanning/codeql' },
      'POST rerun',
      403,
      cannotRetry,
    ],
    ['re-run without jobs', { conclusion: 'cancelled', jobs: [] }, 'POST rerun', 403, cannotRetry],
    ['re-run after expiry', { conclusion: 'failure', logs: 'expired' }, 'POST rerun', 403, cannotRetry],
    ['re-run of an unlucky run', { conclusion: 'failure', rerunnable: false }, 'POST rerun', 403, cannotRetry],
    ['the 51st re-run', { conclusion: 'failure', attempt: 51 }, 'POST rerun', 403, cannotRetry],
    ['re-run of no failed jobs', { conclusion: 'success' }, 'POST rerun-failed-jobs', 403, cannotRetry],
    [
      'cancel of a completed run',
      { conclusion: 'success' },
      'POST cancel',
      409,
      'Cannot cancel a workflow run that is completed.',
    ],
    [
      'force-cancel of a completed run',
      { conclusion: 'success' },
      'POST force-cancel',
      409,
      'Cannot cancel a workflow run that is completed.',
    ],
    [
      'cancel of a wedged run',
      { wedged: true },
      'POST cancel',
      409,
      'Cannot cancel a workflow run that has not been queued yet.',
    ],
    [
      'force-cancel of a wedged run',
      { wedged: true },
      'POST force-cancel',
      409,
      'Cannot cancel a workflow run that has not been queued yet.',
    ],
    ['re-run of a wedged run', { wedged: true }, 'POST rerun', 403, 'This workflow is already running'],
    ['delete of a wedged run', { wedged: true }, 'DELETE ', 403, 'Could not delete the workflow run'],
    ['delete of a live run', { status: 'queued' }, 'DELETE ', 403, 'Could not delete the workflow run'],
    ['delete of a live log', { status: 'queued' }, 'DELETE logs', 403, 'Could not delete the workflow run logs'],
  ]
  it.each(cases)('%s', async (_title, spec, request, status, message) => {
    const { repository, call } = await startBench()
    const run = repository.addRun(spec)
    const [method = '', action = ''] = request.split(' ')
    const reply = await call(method, `/runs/${run.id}${action && `/${action}`}`)
    expect(reply).toMatchObject({ status, body: { message, status: String(status) } })
    expect(reply.body.documentation_url).toMatch(/^https:\/\/docs\.github\.com\/enterprise-server@3\.21\/rest\/actions/)
  })

  it('cancel between an accepted re-run and its attempt', async () => {
    const { repository, post } = await startBench({ delays: { rerun: 1000 } })
    const run = repository.addRun({ conclusion: 'failure' })
    await post(`/runs/${run.id}/rerun`)
    const message = 'Cannot cancel a workflow re-run that has not yet queued.'
    expect(await post(`/runs/${run.id}/cancel`)).toMatchObject({ status: 409, body: { message } })
  })
})

describe('refused tokens', () => {
  it('asks for credentials', async () => {
    const { get } = await startBench()
    expect(await get('/runs', { token: null })).toMatchObject({
      status: 401,
      body: { message: 'Requires authentication', status: '401' },
    })
    expect(await get('/runs', { token: 'wrong' })).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials', status: '401' },
    })
  })

  it.each([
    ['installation', 'Resource not accessible by integration'],
    ['fine-grained', 'Resource not accessible by personal access token'],
    ['classic', 'Must have admin rights to Repository.'],
  ] as const)('a read-only %s token may not write', async (kind, message) => {
    const { repository, simulator, post } = await startBench()
    const run = repository.addRun({ status: 'in_progress' })
    simulator.addToken('weak', { kind, login: 'octocat', permissions: { actions: 'read', deployments: 'read' } })
    const reply = await post(`/runs/${run.id}/cancel`, undefined, { token: 'weak' })
    expect(reply).toMatchObject({ status: 403, body: { message } })
    expect(reply.headers.get('x-accepted-github-permissions')).toBe('actions=write')
    const review = await post(`/runs/${run.id}/pending_deployments`, {}, { token: 'weak' })
    expect(review.headers.get('x-accepted-github-permissions')).toBe('deployments=write')
    expect(run.status).toBe('in_progress')
  })

  it('hides repositories a token cannot see', async () => {
    const { simulator, get } = await startBench()
    simulator.addToken('other', {
      kind: 'classic',
      login: 'x',
      permissions: { actions: 'write' },
      repositories: ['a/b'],
    })
    expect(await get('/runs', { token: 'other' })).toMatchObject({ status: 404, body: { message: 'Not Found' } })
    expect((await get('!/repos/no/such/actions/runs')).status).toBe(404)
  })
})

describe('refused requests', () => {
  it('names the supported API versions', async () => {
    const { get } = await startBench({ apiVersions: ['2022-11-28'] })
    const reply = await get('/runs', { headers: { 'x-github-api-version': '2026-03-10' } })
    expect(reply.status).toBe(400)
    expect(reply.body.message).toBe(
      'The version you specified in the "X-GitHub-API-Version" request header, "2026-03-10", is not a supported ' +
        'version. The following versions are currently supported: "2022-11-28" (most recent).',
    )
  })

  it('is strict about paths', async () => {
    const { get } = await startBench()
    for (const path of ['/runs/abc', '/runs/', '/runs/1/', '/runs/1/nothing', '!/nothing', '/jobs/7']) {
      expect((await get(path)).status).toBe(404)
    }
  })

  it('is strict about bodies', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({ conclusion: 'failure' })
    const problem = async (body: unknown) => {
      const reply = await post(`/runs/${run.id}/rerun`, body)
      return [reply.status, reply.body.message]
    }
    expect(await problem('{')).toEqual([400, 'Problems parsing JSON'])
    expect(await problem('[]')).toEqual([400, 'Body should be a JSON object'])
    expect(await problem({ enable_debug_logging: 'yes' })).toEqual([
      422,
      `Invalid request.\n\nFor 'properties/enable_debug_logging', "yes" is not a boolean.`,
    ])
    expect(run.attempt).toBe(1)
  })
})
