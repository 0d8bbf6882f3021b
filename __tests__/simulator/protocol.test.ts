import { afterEach, describe, expect, it } from '@jest/globals'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

describe('conditional requests', () => {
  it('answer 304 until something changes', async () => {
    const { repository, get, post } = await startBench()
    const run = repository.addRun({ status: 'in_progress' })
    const etag = (await get(`/runs/${run.id}`)).headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"/)
    const again = await get(`/runs/${run.id}`, { headers: { 'if-none-match': etag } })
    expect([again.status, again.body]).toEqual([304, ''])
    await post(`/runs/${run.id}/cancel`)
    expect((await get(`/runs/${run.id}`, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('need the same token', async () => {
    const { simulator, get } = await startBench()
    simulator.addToken('other', { kind: 'classic', login: 'x', permissions: { actions: 'read' } })
    const etag = (await get('/runs')).headers.get('etag') ?? ''
    expect((await get('/runs', { token: 'other', headers: { 'if-none-match': etag } })).status).toBe(200)
  })
})

describe('the rate limit', () => {
  it('is off by default', async () => {
    const { get } = await startBench()
    expect((await get('/runs')).headers.has('x-ratelimit-limit')).toBe(false)
    expect((await get('!/rate_limit')).status).toBe(404)
  })

  it('counts all but 304, then refuses without effect until the reset', async () => {
    const { repository, clock, get, post } = await startBench({ rateLimit: { limit: 1000, remaining: 2 } })
    const run = repository.addRun({ status: 'in_progress' })
    const first = await get(`/runs/${run.id}`)
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
    const same = await get(`/runs/${run.id}`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })
    expect([same.status, same.headers.get('x-ratelimit-remaining')]).toEqual([304, '1'])
    await get('/runs')
    const refused = await post(`/runs/${run.id}/cancel`)
    expect(refused).toMatchObject({
      status: 403,
      body: { message: 'API rate limit exceeded for installation ID 1.' },
    })
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBe(Date.parse('2026-06-15T13:00:00Z') / 1000)
    expect(run.status).toBe('in_progress')
    clock.advance(3_600_000)
    expect((await get('/runs')).headers.get('x-ratelimit-remaining')).toBe('999')
  })

  it('can be read for free; the old version has it twice', async () => {
    const { get } = await startBench({ rateLimit: { limit: 60 } })
    const old = await get('!/rate_limit')
    expect(old.body.rate).toMatchObject({ limit: 60, remaining: 60, used: 0 })
    const current = await get('!/rate_limit', { headers: { 'x-github-api-version': '2026-03-10' } })
    expect(current.body).not.toHaveProperty('rate')
    expect(current.body.resources.core.remaining).toBe(60)
  })
})

describe('the server', () => {
  it('says who it is', async () => {
    const { get } = await startBench()
    const reply = await get('!/meta', { token: null })
    expect(reply.body.installed_version).toBe('3.21.0')
    expect(reply.headers.get('x-github-enterprise-version')).toBe('3.21.0')
  })

  it('can be github.com', async () => {
    const { simulator, get } = await startBench({ basePath: '', enterpriseVersion: null })
    expect(simulator.apiUrl).toBe(simulator.serverUrl)
    const reply = await get('/runs/1')
    expect(reply.headers.has('x-github-enterprise-version')).toBe(false)
    expect(reply.body.documentation_url).toBe('https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run')
  })

  it('redirects from the old name of a repository', async () => {
    const { simulator, repository, get, post } = await startBench()
    const run = repository.addRun({ conclusion: 'success' })
    simulator.rename('octo/hello', 'octo/world')
    const reply = await get('/runs?per_page=5')
    const target = `${simulator.apiUrl}/repositories/${repository.id}/actions/runs?per_page=5`
    expect([reply.status, reply.headers.get('location')]).toEqual([301, target])
    expect((await get(`!${target}`)).body.workflow_runs[0].repository.full_name).toBe('octo/world')
    expect((await get(`!/repos/octo/world/actions/runs/${run.id}`)).status).toBe(200)
    expect((await post(`/runs/${run.id}/rerun`)).status).toBe(307)
  })

  it('records every exchange and the requests in flight', async () => {
    const { simulator, repository, get, post } = await startBench({ latency: 20 })
    const run = repository.addRun({ status: 'in_progress' })
    await Promise.all([get('/runs?page=2'), get('/runs'), post(`/runs/${run.id}/cancel`, { a: 1 })])
    expect(simulator.peakInFlight).toEqual({ all: 3, writes: 1 })
    const write = simulator.requests.find(({ method }) => method === 'POST')
    expect(write).toMatchObject({
      host: 'api',
      path: `/repos/octo/hello/actions/runs/${run.id}/cancel`,
      requestBody: { a: 1 },
      status: 202,
      responseBody: {},
      at: Date.parse('2026-06-15T12:00:00Z'),
    })
    expect((write?.endedAt ?? 0) - (write?.startedAt ?? 0)).toBeGreaterThanOrEqual(15)
    expect(simulator.requests.map(({ query }) => query)).toContainEqual({ page: '2' })
    await get('/runs')
    expect(simulator.peakInFlight.all).toBe(3)
  })
})

describe('a planned fault', () => {
  it('answers in place of the effect, once', async () => {
    const { simulator, repository, post } = await startBench()
    const run = repository.addRun({ status: 'in_progress' })
    simulator.failNext(
      { method: 'POST', path: /cancel$/ },
      { status: 502, body: { message: 'Server Error' }, headers: { 'retry-after': '3' } },
    )
    const reply = await post(`/runs/${run.id}/cancel`)
    expect([reply.status, reply.headers.get('retry-after'), run.status]).toEqual([502, '3', 'in_progress'])
    expect((await post(`/runs/${run.id}/cancel`)).status).toBe(202)
  })

  it('can come after the effect, and break the connection', async () => {
    const { simulator, repository, call } = await startBench()
    const run = repository.addRun({ conclusion: 'success' })
    simulator.failNext({ method: 'DELETE' }, { kind: 'reset', when: 'after' })
    await expect(call('DELETE', `/runs/${run.id}`)).rejects.toThrow()
    expect(run.deleted).toBe(true)
    expect(simulator.requests[0]?.status).toBe(0)
  })

  it('can hang until the client gives up', async () => {
    const { simulator } = await startBench()
    simulator.failNext({}, { kind: 'hang' })
    const request = fetch(`${simulator.apiUrl}/meta`, { signal: AbortSignal.timeout(100) })
    await expect(request).rejects.toThrow()
  })

  it('can hit several requests and answer garbage', async () => {
    const { simulator, get } = await startBench()
    simulator.failNext({ host: 'api' }, { kind: 'garbage', times: 2 })
    expect((await get('/runs')).body).toMatch(/^<!DOCTYPE/)
    expect((await get('/runs')).body).toMatch(/^<!DOCTYPE/)
    expect((await get('/runs')).body.total_count).toBe(0)
  })
})
