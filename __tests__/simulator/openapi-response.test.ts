import { describe, expect, it } from '@jest/globals'
import type { JsonObject } from '../../simulator/openapi/description.ts'
import { sampleComponent, sampleExchange, sampleRefusal } from '../../simulator/openapi/sample.ts'
import { createExchangeValidator, type Exchange } from '../../simulator/openapi/validator.ts'

const runs = '/repos/octo/hello/actions/runs'
const validator = createExchangeValidator()
const check = (changes: Partial<Exchange>): string[] => validator.check(sampleExchange(changes))

describe('a successful answer', () => {
  it('passes when it is as described', () => {
    expect(check({})).toEqual([])
  })

  it('is held to the schema', () => {
    const run = sampleComponent('workflow-run')
    const { status: _, ...lacking } = run
    expect(check({ responseBody: lacking })).toEqual(['response 200: body lacks "status"'])
    expect(check({ responseBody: { ...run, created_at: 'today' } })).toEqual([
      'response 200: body /created_at must match format "date-time"; it is "today"',
    ])
    expect(check({ responseBody: { ...run, id: '1' } })).toEqual(['response 200: body /id must be integer; it is "1"'])
  })

  it('may have null where the schema is nullable, and only there', () => {
    const job = sampleComponent('job')
    const path = '/repos/octo/hello/actions/jobs/1'
    expect(check({ path, responseBody: { ...job, conclusion: null } })).toEqual([])
    expect(check({ path, responseBody: { ...job, status: null } })).toEqual([
      expect.stringContaining('/status must be string; it is null'),
      expect.stringContaining('/status must be equal to one of the allowed values'),
    ])
    expect(check({ path, responseBody: { ...job, conclusion: 'stale' } })).toEqual([
      expect.stringContaining('/conclusion must be equal to one of the allowed values'),
    ])
  })

  it('must not invent properties, at any depth', () => {
    const run = sampleComponent('workflow-run')
    const responseBody = { ...run, colour: 'red', actor: { ...sampleComponent('simple-user'), karma: 1 } }
    expect(check({ responseBody })).toEqual([
      'response 200: body has "colour", which is not described',
      'response 200: body /actor has "karma", which is not described',
    ])
    expect(createExchangeValidator({ noAdditionalProperties: false }).check(sampleExchange({ responseBody }))).toEqual(
      [],
    )
  })

  it('may have any properties where the description leaves them open', () => {
    const run = sampleComponent('workflow-run')
    const repository = { ...sampleComponent('minimal-repository'), custom_properties: { team: 'blue' } }
    expect(check({ responseBody: { ...run, repository } })).toEqual([])
  })

  it('names what the nearest shape lacks where several are described', () => {
    const { slug: _, ...team } = sampleComponent('team')
    const pending = { ...sampleComponent('pending-deployment'), reviewers: [{ type: 'Team', reviewer: team }] }
    expect(check({ path: `${runs}/1/pending_deployments`, responseBody: [pending] })).toEqual([
      expect.stringContaining('body /0/reviewers/0/reviewer fits none of the described shapes'),
      'response 200: body /0/reviewers/0/reviewer lacks "slug"',
    ])
  })

  it('differs between API versions as GitHub says', () => {
    const rate = sampleComponent('rate-limit')
    const limits = { path: '/rate_limit', responseBody: { resources: { core: rate, search: rate }, rate } }
    const run = sampleComponent('workflow-run')
    const responseBody = { ...run, repository: { ...(run.repository as JsonObject), has_downloads: true } }
    const older = { requestHeaders: {} }
    expect(check({ ...limits, ...older })).toEqual([])
    expect(check(limits)).toEqual(['response 200: body has "rate", which is not described'])
    expect(check({ responseBody, ...older })).toEqual([])
    expect(check({ responseBody })).toEqual([
      'response 200: body /repository has "has_downloads", which is not described',
    ])
  })

  it('has a status that is described', () => {
    expect(check({ method: 'POST', path: `${runs}/1/rerun`, status: 202, responseBody: {} })).toEqual([
      'response 202: the status is not described; 201 are',
    ])
  })

  it('is JSON by its content-type', () => {
    expect(check({ responseHeaders: { 'Content-Type': 'text/html' } })).toEqual([
      'response 200: content-type is "text/html", not JSON',
    ])
    expect(check({ responseHeaders: {} })).toEqual(['response 200: content-type is missing, not JSON'])
  })

  it('is empty where no body is described', () => {
    const deletion = { method: 'DELETE', status: 204 }
    expect(check({ ...deletion, responseBody: '' })).toEqual([])
    expect(check({ ...deletion, responseBody: {} })).toEqual(['response 204: body is sent, but none is described'])
    const cancel = { method: 'POST', path: `${runs}/1/cancel`, status: 202 }
    expect(check({ ...cancel, responseBody: undefined })).toEqual([expect.stringContaining('body must be object')])
  })

  it('says where the logs are', () => {
    const logs = { path: `${runs}/1/logs`, status: 302, responseBody: '' }
    expect(check({ ...logs, responseHeaders: { Location: 'https://storage.example/logs.zip' } })).toEqual([])
    expect(check({ ...logs, responseHeaders: {} })).toEqual(['response 302: header Location is missing'])
    expect(check({ ...logs, responseHeaders: { location: '/logs.zip' } })).toEqual([
      'response 302: header Location is no absolute URL: "/logs.zip"',
    ])
  })

  it('may send on to where a renamed repository is now', () => {
    const url = 'https://api.github.com/repositories/1/actions/runs/1'
    const moved = { status: 301, responseBody: { message: 'Moved Permanently', url } }
    const json = { 'content-type': 'application/json; charset=utf-8' }
    expect(check({ ...moved, responseHeaders: { ...json, location: url } })).toEqual([])
    expect(check(moved)).toEqual(['response 301: header Location is missing'])
  })

  it('is not judged before it exists', () => {
    expect(check({ status: 0, responseHeaders: {}, responseBody: undefined })).toEqual([])
  })

  it('is "not modified" only for a conditional request, and then empty', () => {
    const headers = { 'If-None-Match': '"1"' }
    expect(check({ status: 304, requestHeaders: headers, responseBody: '' })).toEqual([])
    expect(check({ status: 304, responseBody: {} })).toEqual([
      'response 304: the request was not conditional',
      'response 304: body is sent, but none is described',
    ])
  })
})

describe('a refusal', () => {
  it.each([400, 401, 403, 404, 410, 422, 429, 500, 502, 503])('with %i may come from any operation', (status) => {
    expect(check(sampleRefusal(status))).toEqual([])
  })

  it('with 409 is described for cancellations only', () => {
    expect(check({ method: 'POST', path: `${runs}/1/force-cancel`, ...sampleRefusal(409) })).toEqual([])
    expect(check(sampleRefusal(409))).toEqual(['response 409: the status is not described; 200 are'])
  })

  it('repeats its status as a string', () => {
    const message = 'response 403: body /status must be "403"; it is '
    expect(check(sampleRefusal(403, { status: '404' }))).toEqual([`${message}"404"`])
    expect(check(sampleRefusal(403, { status: undefined }))).toEqual([`${message}undefined`])
    expect(check(sampleRefusal(403, { status: 403 }))).toEqual([
      'response 403: body /status must be string; it is 403',
      `${message}403`,
    ])
  })

  it('may lack the status when it comes from a server in front of the API', () => {
    expect(check(sampleRefusal(502, { status: undefined }))).toEqual([])
    expect(check(sampleRefusal(502, { status: '500' }))).toEqual([expect.stringContaining('/status must be "502"')])
  })

  it('has a message and nothing invented', () => {
    expect(check({ status: 404, responseBody: { status: '404' } })).toEqual(['response 404: body lacks "message"'])
    expect(check(sampleRefusal(404, { hint: 'x' }))).toEqual(['response 404: body has "hint", which is not described'])
    expect(check({ status: 404, responseBody: 'Not Found' })).toEqual([expect.stringContaining('must be object')])
  })

  it.each([
    ['a string', 'No pending deployment requests to approve or reject'],
    ['strings', ['one', 'two']],
    ['objects', [{ code: 'invalid', field: 'state', resource: 'Deployment' }]],
  ])('may explain bad input with %s', (_, errors) => {
    expect(check(sampleRefusal(422, { errors }))).toEqual([])
    expect(check(sampleRefusal(403, { errors }))).toEqual(['response 403: body has "errors", which is not described'])
  })

  it('may not explain bad input with a number', () => {
    expect(check(sampleRefusal(422, { errors: 1 }))).not.toEqual([])
  })

  it('is what an unknown API version gets', () => {
    const requestHeaders = { 'X-GitHub-Api-Version': 'v3' }
    expect(check({ requestHeaders, ...sampleRefusal(400) })).toEqual([])
    expect(check({ requestHeaders })).toEqual(['response 200: the API version "v3" must be refused with 400 or 410'])
  })
})
