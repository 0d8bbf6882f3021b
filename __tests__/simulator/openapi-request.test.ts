import { describe, expect, it } from '@jest/globals'
import { sampleComponent, sampleExchange, sampleRefusal } from '../../simulator/openapi/sample.ts'
import { createExchangeValidator, type Exchange } from '../../simulator/openapi/validator.ts'

const runs = '/repos/octo/hello/actions/runs'
const validator = createExchangeValidator()
const check = (changes: Partial<Exchange>): string[] => validator.check(sampleExchange(changes))

const review = (requestBody: unknown, changes: Partial<Exchange> = {}): string[] =>
  check({ method: 'POST', path: `${runs}/1/pending_deployments`, requestBody, responseBody: [], ...changes })

describe('a request', () => {
  it('passes when it is as described', () => {
    const query = {
      status: 'in_progress',
      per_page: '100',
      exclude_pull_requests: 'true',
      created: '2026-01-01T00:00:00Z..*',
    }
    const responseBody = { total_count: 1, workflow_runs: [sampleComponent('workflow-run')] }
    expect(check({ path: runs, query, responseBody })).toEqual([])
    expect(check({ path: '/repositories/12/actions/workflows/ci.yml/runs', query, responseBody })).toEqual([])
  })

  it.each(['2026-01-01', '>=2026-01-01T00:00:00Z', '<2026-01-01', '2026-01-01..2026-01-31', '*..2026-01-31'])(
    'may ask for runs created %s',
    (created) => {
      expect(check({ path: runs, query: { created }, responseBody: { total_count: 0, workflow_runs: [] } })).toEqual([])
    },
  )

  it.each([
    ['status', 'startup_failure', /must be equal to one of the allowed values: completed, action_required/],
    ['per_page', 'many', /must be integer; it is "many"/],
    ['exclude_pull_requests', 'yes', /must be boolean/],
    ['created', 'yesterday', /must match pattern/],
    ['created', '>=2026-01-01T00:00:00 08:00', /must match pattern/],
    ['conclusion', 'failure', /query parameter "conclusion" is not described/],
  ])('with %s=%s is a violation', (name, value, message) => {
    const violations = check({
      path: runs,
      query: { [name]: value },
      responseBody: { total_count: 0, workflow_runs: [] },
    })
    expect(violations).toEqual([expect.stringMatching(message)])
    expect(violations[0]).toMatch(/^request: query parameter/)
  })

  it('to an unknown path is a violation, and so is any answer to it but a refusal', () => {
    expect(check({ path: `${runs}/1/`, ...sampleRefusal(404) })).toEqual(['request: the path is not described'])
    expect(check({ path: '/user' })).toEqual([
      'request: the path is not described',
      'response 200: the status must be a refusal',
    ])
  })

  it('with a method that the path lacks is a violation', () => {
    expect(check({ method: 'PUT', ...sampleRefusal(404) })).toEqual(['request: the path has no PUT'])
  })

  it('with a run id that is no number is a violation', () => {
    expect(check({ path: `${runs}/abc`, ...sampleRefusal(404) })).toEqual([
      'request: path parameter "run_id" must be integer; it is "abc"',
    ])
  })

  it('must have the body that is required', () => {
    expect(review(undefined)).toEqual(['request: body is missing'])
  })

  it.each([
    [{ environment_ids: [1], state: 'approved' }, 'request: body lacks "comment"'],
    [{ environment_ids: ['1'], state: 'approved', comment: '' }, 'body /environment_ids/0 must be integer; it is "1"'],
    [{ environment_ids: [1], state: 'pending', comment: '' }, 'body /state must be equal to one of the allowed values'],
    [{ environment_ids: [1], state: 'approved', comment: '', force: true }, 'body has "force", which is not described'],
    ['{', 'body must be object'],
  ])('with the body %j is a violation', (body, message) => {
    expect(review(body)).toEqual([expect.stringContaining(message)])
  })

  it.each([
    [{ environment_name: 'production', comment: 'still looking' }, []],
    [{ environment_name: 'production', state: 'approved' }, []],
    [{ environment_name: 'production', state: 'rejected', comment: 'no' }, []],
    [
      { environment_name: 'production' },
      ['request: body fits none of the described shapes; it is {"environment_name":"production"}', expect.anything()],
    ],
  ])('may answer a protection rule in two shapes: %j', (requestBody, violations) => {
    const path = `${runs}/1/deployment_protection_rule`
    expect(check({ method: 'POST', path, requestBody, status: 204, responseBody: undefined })).toEqual(violations)
  })

  it('must not have a body where none is described', () => {
    expect(check({ method: 'POST', path: `${runs}/1/cancel`, requestBody: {}, status: 202, responseBody: {} })).toEqual(
      ['request: body is sent, but the operation takes none'],
    )
  })

  it('must send its body as JSON', () => {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' }
    const body = { environment_ids: [1], state: 'approved', comment: '' }
    expect(review(body, { requestHeaders: headers })).toEqual([
      'request: content-type is "text/plain;charset=UTF-8", not JSON',
    ])
  })

  it('must not ask the newer version for the beta media type', () => {
    const accept = 'application/vnd.github.beta+json'
    expect(check({ requestHeaders: { accept, 'x-github-api-version': '2026-03-10' } })).toEqual([
      'request: accept names the beta media type, which API version 2026-03-10 does not have',
    ])
    expect(check({ requestHeaders: { accept } })).toEqual([])
  })

  it('must not take its token to the storage', () => {
    const storage = { host: 'storage', path: '/logs.zip', responseBody: 'PK' } as const
    expect(check({ ...storage, requestHeaders: {} })).toEqual([])
    expect(check({ ...storage, requestHeaders: { Authorization: 'token secret' } })).toEqual([
      'request: authorization is sent to the storage',
    ])
  })
})
