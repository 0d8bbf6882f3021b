import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { readWholeList } from '../../src/github/pages.ts'
import { explainRefusal, isRequestError, type RequestError } from '../../src/github/refusals.ts'
import { startBench } from './bench.ts'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A stranger's server that records what reaches it. */
async function listenElsewhere(): Promise<{ url: string; received: IncomingMessage[] }> {
  const received: IncomingMessage[] = []
  const server = createServer((request, response) => {
    received.push(request)
    response.end('{}')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

describe('every request', () => {
  it('carries the media type, the API version, the token and the name of the action', async () => {
    const { read, cancel, simulator } = await startBench()
    await read()
    await cancel()
    for (const { requestHeaders } of simulator.requests) {
      expect(requestHeaders).toMatchObject({
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2026-03-10',
        authorization: 'token simulator-token',
        'user-agent': expect.stringMatching(/^workflow-run-operations/),
      })
    }
  })

  it('is counted', async () => {
    const { read, cancel, github } = await startBench()
    await read()
    await cancel()
    await read()
    expect(github.state.requests).toEqual({ total: 3, writes: 1, notModified: 0, retries: 0 })
  })

  it('tells the server time, also of a server whose clock is off', async () => {
    const { read, github, clock, fail } = await startBench()
    fail('GET', { status: 200, body: { id: 5 }, headers: { date: new Date(clock.now() + 300_000).toUTCString() } })
    await read()
    expect(github.now() - clock.now()).toBe(300_000)
  })

  it('tells the rate limit, and none where the server sends none', async () => {
    const limited = await startBench({ rateLimit: { limit: 1000 } })
    await limited.read()
    expect(limited.github.state.rateLimit).toMatchObject({ limit: 1000, remaining: 999 })
    const free = await startBench()
    await free.read()
    expect(free.github.state.rateLimit).toBeNull()
  })
})

describe('a server that does not know the API version', () => {
  it.each(['read', 'cancel'] as const)('is asked again with the old one (%s first), with one notice', async (first) => {
    const bench = await startBench({ apiVersions: ['2022-11-28'] })
    await bench[first]()
    await bench.read()
    const versions = bench.simulator.requests.map(({ requestHeaders }) => requestHeaders['x-github-api-version'])
    expect(versions).toEqual(['2026-03-10', '2022-11-28', '2022-11-28'])
    expect(bench.log).toEqual(['notice: This server does not know API version 2026-03-10: using 2022-11-28.'])
  })

  it('is told of once, however many requests are under way', async () => {
    const { read, log, simulator } = await startBench({ apiVersions: ['2022-11-28'] })
    await Promise.all([read(), read(), read()])
    expect(log).toHaveLength(1)
    expect(simulator.requests.filter(({ status }) => status === 200)).toHaveLength(3)
  })

  it('that does not know the old one either is an error', async () => {
    const { read, simulator } = await startBench({ apiVersions: ['2030-01-01'] })
    await expect(read()).rejects.toMatchObject({ status: 400 })
    expect(simulator.requests).toHaveLength(2)
  })
})

describe('a redirect', () => {
  it('on the same origin is followed by a read', async () => {
    const { simulator, read } = await startBench()
    simulator.rename('octo/hello', 'octo/renamed')
    await expect(read()).resolves.toMatchObject({ data: { id: 5 } })
    expect(simulator.requests.map(({ status }) => status)).toEqual([301, 200])
  })

  it('that keeps the method is followed by a write', async () => {
    const { simulator, cancel } = await startBench()
    simulator.rename('octo/hello', 'octo/renamed')
    await expect(cancel()).resolves.toMatchObject({ status: 202 })
    expect(simulator.requests.map(({ method, status }) => `${method} ${status}`)).toEqual(['POST 307', 'POST 202'])
  })

  it.each([301, 302, 303])('(%i) of a write is no success', async (status) => {
    const { simulator, cancel, fail } = await startBench()
    fail('POST', { status, body: {}, headers: { location: `${simulator.apiUrl}/repositories/1` } })
    await expect(cancel()).rejects.toMatchObject({
      reason: 'server-error',
      message: expect.stringContaining('nothing was done'),
    })
    expect(simulator.requests).toHaveLength(1)
  })

  it.each([
    ['GET', 302],
    ['POST', 307],
  ])('to another origin is refused: no %s, no token gets there', async (method, status) => {
    const { read, cancel, fail, simulator } = await startBench()
    const elsewhere = await listenElsewhere()
    fail(method, { status, body: {}, headers: { location: `${elsewhere.url}/x` } })
    await expect(method === 'GET' ? read() : cancel()).rejects.toMatchObject({
      reason: 'server-error',
      message: expect.stringMatching(/^The server pointed to http:\/\/127\.0\.0\.1:\d+, which is not the API's origin/),
    })
    expect(elsewhere.received).toEqual([])
    expect(simulator.requests).toHaveLength(1)
  })

  it('in a circle ends', async () => {
    const { read, fail, simulator } = await startBench()
    fail('GET', { status: 302, body: {}, headers: { location: `${simulator.apiUrl}/x` }, times: 99 })
    await expect(read()).rejects.toThrow(/redirected more than 5 times/)
    expect(simulator.requests).toHaveLength(6)
  })

  it('to nowhere is an error', async () => {
    const { read, fail } = await startBench()
    fail('GET', { status: 302, body: {}, headers: { location: 'http://' } })
    await expect(read()).rejects.toMatchObject({ reason: 'server-error' })
  })
})

describe('a list', () => {
  const path = '/repos/octo/hello/actions/runs'

  it('is read to its end, 100 a page', async () => {
    const { simulator, context } = await startBench()
    for (let count = 0; count < 249; count += 1) simulator.repository().addRun({ status: 'queued' })
    await expect(readWholeList(context, path, 'workflow_runs')).resolves.toHaveLength(250)
    expect(simulator.requests.map(({ query }) => [query.page, query.per_page])).toEqual([
      [undefined, '100'],
      ['2', '100'],
      ['3', '100'],
    ])
  })

  const page = (next: string) => ({
    status: 200,
    body: { total_count: 2, workflow_runs: [{ id: 1 }] },
    headers: { 'content-type': 'application/json', link: `<${next}>; rel="next"` },
  })

  it('is not followed to another origin', async () => {
    const { context, fail } = await startBench()
    const elsewhere = await listenElsewhere()
    fail('GET', page(`${elsewhere.url}/page2`))
    await expect(readWholeList(context, path, 'workflow_runs')).rejects.toMatchObject({ reason: 'server-error' })
    expect(elsewhere.received).toEqual([])
  })

  it('that goes round in circles is an error', async () => {
    const { context, fail, simulator } = await startBench()
    fail('GET', { ...page(`${simulator.apiUrl}${path}?page=2`), times: 99 })
    await expect(readWholeList(context, path, 'workflow_runs')).rejects.toThrow(/round in circles/)
    expect(simulator.requests).toHaveLength(2)
  })

  it('that answers 409 half-way is an error, not a shorter list', async () => {
    const { simulator, context } = await startBench()
    for (let count = 0; count < 150; count += 1) simulator.repository().addRun({ status: 'queued' })
    simulator.failNext({ path: /repositories/ }, { status: 409 })
    simulator.failNext({ path }, page(`${simulator.apiUrl}/repositories/1/actions/runs?page=2`))
    await expect(readWholeList(context, path, 'workflow_runs')).rejects.toMatchObject({ status: 409 })
  })

  it('that ends before what it promised is an error', async () => {
    const { context, fail } = await startBench()
    const body = { total_count: 3, workflow_runs: [{ id: 1 }] }
    fail('GET', { status: 200, body, headers: { 'content-type': 'application/json' } })
    await expect(readWholeList(context, path, 'workflow_runs')).rejects.toThrow(/has 3 workflow_runs, but sent 1/)
  })

  it('that is no list is an error', async () => {
    const { context, fail } = await startBench()
    fail('GET', { status: 200, body: { workflow_runs: 'none' }, headers: { 'content-type': 'application/json' } })
    await expect(readWholeList(context, path, 'workflow_runs')).rejects.toThrow(/no list of `workflow_runs`/)
  })
})

describe('a conditional read', () => {
  const parameters = { owner: 'octo', repo: 'hello', run_id: 5, request: { conditional: true } }

  it('gives the same object while nothing changed, and the new one when it did', async () => {
    const { github, cancel, simulator } = await startBench()
    const first = await github.actions.getWorkflowRun(parameters)
    const second = await github.actions.getWorkflowRun(parameters)
    expect(second).toBe(first)
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 304])
    expect(github.state.requests).toEqual({ total: 2, writes: 0, notModified: 1, retries: 0 })
    await cancel()
    const third = await github.actions.getWorkflowRun(parameters)
    expect(third.data.status).toBe('completed')
  })

  it('costs nothing of the primary limit while nothing changed', async () => {
    const { github } = await startBench({ rateLimit: { limit: 10 } })
    for (let count = 0; count < 5; count += 1) await github.actions.getWorkflowRun(parameters)
    expect(github.state.rateLimit?.remaining).toBe(9)
  })

  it('is not one unless asked for', async () => {
    const { read, simulator } = await startBench()
    await read()
    await read()
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('a refusal', () => {
  const explainOf = async (answer: Promise<unknown>) => {
    const error = await answer.catch((thrown: unknown) => thrown)
    expect(isRequestError(error)).toBe(true)
    return explainRefusal(error as RequestError, 'actions: write')
  }

  it('shows status, path, the words of the server and the permission to add', async () => {
    const { cancel, simulator } = await startBench()
    simulator.addToken('simulator-token', { kind: 'installation', login: 'x', permissions: { actions: 'read' } })
    expect(await explainOf(cancel())).toEqual({
      reason: 'permission',
      message: expect.stringMatching(
        /^GitHub answered 403 to POST .*\/runs\/5\/cancel: Resource not accessible by integration\. .*`actions: write`/,
      ),
    })
  })

  it.each([
    ['a string', 'No pending deployment requests to approve or reject', /Validation Failed: No pending deployment/],
    ['a list', [{ message: 'one' }, 'two', { field: 'f', code: 'c' }], /Validation Failed: one: two: f c\./],
  ])('shows `errors` that are %s', async (_name, errors, expected) => {
    const { cancel, fail } = await startBench()
    fail('POST', { status: 422, body: { message: 'Validation Failed', errors } })
    expect((await explainOf(cancel())).message).toMatch(expected)
  })

  it('of a talkative server is cut', async () => {
    const { cancel, fail } = await startBench()
    fail('POST', { status: 422, body: { message: 'x'.repeat(1_000_000) } })
    expect((await explainOf(cancel())).message.length).toBeLessThan(1000)
  })

  it.each(['127.0.0.1', 'localhost'])('of the connection names the server and what to check (%s)', async (host) => {
    const port = await closedPort()
    const { cancel } = await startBench({ apiUrl: `http://${host}:${port}` })
    const { reason, message } = await explainOf(cancel())
    expect(reason).toBe('server-error')
    expect(message).toMatch(new RegExp(`from http://${host}:${port}: .*ECONNREFUSED.*Check the network of the runner`))
  })
})
