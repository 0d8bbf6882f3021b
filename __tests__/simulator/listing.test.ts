import { afterEach, describe, expect, it } from '@jest/globals'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

const ids = (reply: { body: { workflow_runs: { id: number }[] } }) => reply.body.workflow_runs.map(({ id }) => id)

describe('a list of runs', () => {
  it('is ordered newest first and paged by 30', async () => {
    const { repository, get } = await startBench()
    for (let id = 1; id <= 65; id++) repository.addRun({ id, conclusion: 'success' })
    repository.addRun({ id: 500, conclusion: 'success', createdAt: '2020-01-01T00:00:00Z' })
    const first = await get('/runs')
    expect(ids(first)).toHaveLength(30)
    expect(ids(first)[0]).toBe(65)
    expect(first.body.total_count).toBe(66)
    const last = await get('/runs?page=3')
    expect(ids(last).at(-1)).toBe(500)
    expect(ids(await get('/runs?per_page=1000'))).toHaveLength(66)
  })

  it('links its pages by repository id and can be followed', async () => {
    const { repository, simulator, get } = await startBench()
    for (let id = 1; id <= 25; id++) repository.addRun({ id, conclusion: 'success' })
    const reply = await get('/runs?per_page=10&page=2&status=success')
    const base = `${simulator.apiUrl}/repositories/${repository.id}/actions/runs?per_page=10&page=`
    expect(reply.headers.get('link')).toBe(
      [
        `<${base}1&status=success>; rel="prev"`,
        `<${base}3&status=success>; rel="next"`,
        `<${base}3&status=success>; rel="last"`,
        `<${base}1&status=success>; rel="first"`,
      ].join(', '),
    )
    expect(ids(await get(`!${base}3&status=success`))).toEqual([5, 4, 3, 2, 1])
    expect((await get('/runs?per_page=100')).headers.get('link')).toBeNull()
  })

  it('is filtered by each parameter', async () => {
    const { repository, get } = await startBench()
    repository.addRun({ id: 1, branch: 'dev', actor: 'hubot', event: 'schedule', conclusion: 'failure' })
    repository.addRun({ id: 2, status: 'queued', headSha: 'a'.repeat(40), checkSuiteId: 77 })
    repository.addRun({ id: 3, conclusion: 'startup_failure' })
    const found = async (query: string) => ids(await get(`/runs?${query}`))
    expect(await found('branch=dev')).toEqual([1])
    expect(await found('actor=Hubot')).toEqual([1])
    expect(await found('event=schedule')).toEqual([1])
    expect(await found('status=failure')).toEqual([1])
    expect(await found('status=queued')).toEqual([2])
    expect(await found('status=completed')).toEqual([3, 1])
    expect(await found('status=startup_failure')).toEqual([])
    expect(await found('status=nonsense')).toEqual([])
    expect(await found(`head_sha=${'a'.repeat(40)}`)).toEqual([2])
    expect(await found('check_suite_id=77')).toEqual([2])
    expect(await found('branch=main&status=queued')).toEqual([2])
  })

  it.each([
    ['2026-01-02', [3, 2]],
    ['>=2026-01-02', [4, 3, 2]],
    ['>2026-01-02', [4]],
    ['<2026-01-02', [1]],
    ['<=2026-01-02', [3, 2, 1]],
    ['2026-01-01..2026-01-02', [3, 2, 1]],
    ['2026-01-02T00:00:00Z..2026-01-02T23:59:59Z', [3, 2]],
    ['2026-01-02T10:00:00Z..*', [4, 3]],
    ['*..2026-01-02T00:00:00Z', [2, 1]],
    ['>2026-01-02T00:00:00Z', [4, 3]],
    ['2026-01-02T08:00:00%2B08:00', [2]],
    ['2026-01-02T08:00:00+08:00', []],
    ['yesterday', []],
  ])('is filtered by created=%s', async (created, expected) => {
    const { repository, get } = await startBench()
    repository.addRun({ id: 1, conclusion: 'success', createdAt: '2026-01-01T23:59:59.999Z' })
    repository.addRun({ id: 2, conclusion: 'success', createdAt: '2026-01-02T00:00:00.500Z' })
    repository.addRun({ id: 3, conclusion: 'success', createdAt: '2026-01-02T23:59:59.900Z' })
    repository.addRun({ id: 4, conclusion: 'success', createdAt: '2026-01-03T00:00:00Z' })
    const query = created.includes('%') || created.includes('+') ? created : encodeURIComponent(created)
    expect(ids(await get(`/runs?created=${query}`))).toEqual(expected)
  })

  it('shows at most 1,000 filtered results', async () => {
    const { repository, get } = await startBench()
    for (let id = 1; id <= 1005; id++) repository.addRun({ id, conclusion: 'success' })
    expect((await get('/runs?per_page=100')).body.total_count).toBe(1005)
    const tenth = await get('/runs?per_page=100&page=10&status=success')
    expect(tenth.body.total_count).toBe(1000)
    expect(ids(tenth)).toHaveLength(100)
    const beyond = await get('/runs?per_page=100&page=11&status=success')
    expect([beyond.status, ids(beyond)]).toEqual([200, []])
  })

  it('can refuse what is past 1,000 filtered results', async () => {
    const { get } = await startBench({ overflow: '422' })
    expect((await get('/runs?per_page=100&page=11&status=success')).status).toBe(422)
    expect((await get('/runs?per_page=100&page=11')).status).toBe(200)
  })

  it('refuses what is past 40,000 results', async () => {
    const { get } = await startBench()
    expect((await get('/runs?per_page=100&page=400')).status).toBe(200)
    expect(await get('/runs?per_page=100&page=401&exclude_pull_requests=true')).toMatchObject({
      status: 422,
      body: { message: 'In order to keep the API fast for everyone, pagination is limited for this resource.' },
    })
  })

  it('lags behind when it is filtered, if asked to', async () => {
    const { repository, clock, get } = await startBench({ delays: { index: 60_000 } })
    repository.addRun({ id: 1, status: 'queued' })
    expect(ids(await get('/runs'))).toEqual([1])
    expect(ids(await get('/runs?status=queued'))).toEqual([])
    clock.advance(60_000)
    expect(ids(await get('/runs?status=queued'))).toEqual([1])
  })

  it('belongs to a workflow by id, file name or path', async () => {
    const { repository, get } = await startBench()
    repository.addRun({ id: 1, workflow: 'ci.yml', conclusion: 'success' })
    repository.addRun({ id: 2, workflow: 'deploy.yml', conclusion: 'success' })
    const workflow = (await get('/workflows/deploy.yml')).body
    expect(workflow).toMatchObject({ name: 'Deploy', path: '.github/workflows/deploy.yml' })
    for (const reference of [workflow.id, 'deploy.yml', encodeURIComponent(workflow.path)]) {
      expect(ids(await get(`/workflows/${reference}/runs`))).toEqual([2])
    }
    expect((await get('/workflows')).body.total_count).toBe(2)
    expect((await get('/workflows/none.yml/runs')).status).toBe(404)
  })

  it('lists 10,000 runs fast', async () => {
    const { repository, get } = await startBench()
    for (let id = 1; id <= 10_000; id++) repository.addRun({ id, conclusion: id % 3 ? 'success' : 'failure' })
    await get('/runs?per_page=100')
    const pages = Array.from({ length: 50 }, (_, index) => get(`/runs?per_page=100&page=${index + 1}`))
    const all = (await Promise.all(pages)).flatMap(ids)
    expect(new Set(all).size).toBe(5000)
  })
})

describe('a run', () => {
  it('has has_downloads in the old version only', async () => {
    const { repository, get } = await startBench()
    const run = repository.addRun({ conclusion: 'success' })
    const read = async (version: string) =>
      (await get(`/runs/${run.id}`, { headers: { 'x-github-api-version': version } })).body.repository
    expect(await read('2022-11-28')).toHaveProperty('has_downloads')
    expect(await read('2026-03-10')).not.toHaveProperty('has_downloads')
  })

  it('shows what the spec says', async () => {
    const { repository, get } = await startBench()
    const run = repository.addRun({
      name: null,
      title: 'Fix it',
      branch: null,
      headRepository: null,
      pullRequests: [12],
      pathRef: 'refs/heads/main',
      number: 9,
      conclusion: 'success',
    })
    expect((await get(`/runs/${run.id}`)).body).toMatchObject({
      name: null,
      display_title: 'Fix it',
      head_branch: null,
      head_repository: null,
      path: '.github/workflows/ci.yml@refs/heads/main',
      run_number: 9,
      pull_requests: [{ number: 12 }],
    })
    expect((await get(`/runs/${run.id}?exclude_pull_requests=true`)).body.pull_requests).toEqual([])
    expect((await get(`/runs/${run.id}/artifacts`)).body).toEqual({ total_count: 0, artifacts: [] })
  })
})
