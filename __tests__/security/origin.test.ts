import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { requestLines, runStep } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'

const simulators = useSimulators()

let elsewhere: Server
let received: IncomingMessage[]

beforeEach(async () => {
  received = []
  elsewhere = createServer((request, response) => {
    received.push(request)
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'a=b' }).end('{}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
})

afterEach(
  () =>
    new Promise<void>((resolve) => {
      elsewhere.close(() => resolve())
      elsewhere.closeAllConnections()
    }),
)

const elsewherePort = (): number => (elsewhere.address() as AddressInfo).port

/** Addresses that are not the API's, each by something else. */
const PLACES: Record<string, (api: URL) => string> = {
  'another port': () => `http://127.0.0.1:${elsewherePort()}/x`,
  'another name of the same machine': (api) => `http://localhost:${api.port}/x`,
  'another scheme': (api) => `https://127.0.0.1:${api.port}/x`,
  'the API as a user name': (api) => `http://${api.host.replace(':', '%3A')}@127.0.0.1:${elsewherePort()}/x`,
  'no scheme': () => `//127.0.0.1:${elsewherePort()}/x`,
  backslashes: () => `\\\\127.0.0.1:${elsewherePort()}\\x`,
  'a file': () => 'file:///etc/passwd',
  data: () => 'data:application/json,{"workflow_runs":[],"total_count":0}',
}

const places = Object.keys(PLACES)

async function start() {
  const simulator = await simulators.start()
  simulator.repository().addRun({ id: 7, status: 'in_progress' })
  return { simulator, placeOf: (name: string) => String(PLACES[name]?.(new URL(simulator.apiUrl))) }
}

describe('a redirect', () => {
  const cases = places.flatMap((place, index) => [
    ['GET', [301, 302, 307, 308][index % 4] ?? 302, place] as const,
    ['POST', [307, 308][index % 2] ?? 307, place] as const,
  ])

  it.each(cases)('of a %s (%i) is not followed to %s', async (method, status, place) => {
    const { simulator, placeOf } = await start()
    simulator.failNext({ method }, { status, body: {}, headers: { location: placeOf(place) } })
    const end = await simulators.run(simulator, { with: { operation: 'cancel', 'run-id': '7', timeout: '20s' } })
    expect([end.exitCode, end.result.runs[0].outcome]).toEqual([1, 'failed'])
    expect(end.stdout).toMatch(/::error::.*(not the API's origin|cannot be followed)/)
    expect([received.length, requestLines(simulator).filter((line) => line.includes('/x'))]).toEqual([0, []])
  })

  it('with a password for the same origin is not followed', async () => {
    const { simulator } = await start()
    const location = simulator.apiUrl.replace('//', '//me:secret-password@')
    simulator.failNext({}, { status: 302, body: {}, headers: { location: `${location}/x` } })
    const end = await simulators.run(simulator, { with: { operation: 'list-runs', timeout: '20s' } })
    // It is taken for a broken answer, so the list is asked for again where it was.
    expect(requestLines(simulator)).toEqual(['GET runs', 'GET runs'])
    expect(end.stdout).not.toContain('secret-password')
  })
})

describe('a page of a list', () => {
  it.each(places)('is not fetched from %s', async (place) => {
    const { simulator, placeOf } = await start()
    const headers = { 'content-type': 'application/json', link: `<${placeOf(place)}>; rel="next"` }
    const body = { total_count: 2, workflow_runs: [{ id: 7 }] }
    simulator.failNext({}, { status: 200, body, headers })
    const end = await simulators.run(simulator, { with: { operation: 'list-runs', timeout: '20s' } })
    expect([end.exitCode, end.result.runs]).toEqual([1, []])
    expect([received.length, requestLines(simulator)]).toEqual([0, ['GET runs']])
  })
})

it('URLs in the answers are never requested', async () => {
  const { simulator } = await start()
  const url = `http://127.0.0.1:${elsewherePort()}/x`
  const urls = 'url html_url jobs_url logs_url cancel_url rerun_url check_suite_url previous_attempt_url'.split(' ')
  const run = { id: 7, status: 'in_progress', run_attempt: 1, ...Object.fromEntries(urls.map((name) => [name, url])) }
  simulator.failNext(
    { path: /runs\/7$/ },
    { status: 200, times: 9, body: run, headers: { 'content-type': 'application/json' } },
  )
  for (const operation of ['get-run', 'cancel']) {
    const end = await simulators.run(simulator, { with: { operation, 'run-id': '7' } })
    expect(end.exitCode).toBe(0)
  }
  expect([received.length, requestLines(simulator).length]).toEqual([0, 4])
})

describe('the storage', () => {
  it('gets no header of the API, be it on the same host', async () => {
    const { simulator } = await start()
    simulator.repository().addRun({ id: 8, conclusion: 'failure' })
    const location = `http://127.0.0.1:${elsewherePort()}/logs?signature=0123456789abcdef`
    simulator.failNext(
      { path: /logs$/ },
      { status: 302, times: 9, body: {}, headers: { location, 'set-cookie': 'session=1' } },
    )
    await simulators.run(simulator, { with: { operation: 'download-logs', 'run-id': '8', timeout: '2s' } })
    expect(received.length).toBeGreaterThan(0)
    for (const { headers } of received) {
      expect(Object.keys(headers).filter((name) => /authorization|cookie|github|octokit|referer/.test(name))).toEqual(
        [],
      )
      expect(JSON.stringify(headers)).not.toContain('simulator-token')
    }
  })

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'javascript:1'])('is not %s', async (location) => {
    const { simulator } = await start()
    simulator.repository().addRun({ id: 8, conclusion: 'failure' })
    simulator.failNext({ path: /logs$/ }, { status: 302, times: 9, body: {}, headers: { location } })
    const end = await simulators.run(simulator, { with: { operation: 'download-logs', 'run-id': '8', timeout: '2s' } })
    expect([end.exitCode, end.result.runs[0].outcome]).toEqual([1, 'failed'])
    expect(end.stdout).not.toMatch(/root:/)
  })
})

describe('api-url', () => {
  it.each([
    (port: number) => `http://user@127.0.0.1:${port}`,
    (port: number) => `http://127.0.0.1:${port}?x=`,
    (port: number) => `http://127.0.0.1:${port}#@x`,
    (port: number) => `http:\\\\127.0.0.1:${port}`,
    (port: number) => `http://127.0.0.1:${port}\\@api.github.com`,
    (port: number) => `http://127.0\t.0.1:${port}`,
    (port: number) => `http://127.0.0.1:\n${port}`,
    (port: number) => `http://127。0。0。1:${port}`,
    (port: number) => `http://①27.0.0.1:${port}`,
    (port: number) => `ws://127.0.0.1:${port}`,
    (port: number) => `//127.0.0.1:${port}`,
  ])('with a trick is a wrong input (%s)', async (urlOf) => {
    const with_ = {
      operation: 'list-runs',
      token: 'simulator-token',
      repository: 'octo/hello',
      'api-url': urlOf(elsewherePort()),
    }
    const end = simulators.check(await runStep({ with: with_ }))
    expect([end.exitCode, received.length]).toEqual([1, 0])
    expect(end.stdout).toMatch(/::error::.*`api-url`/)
  })
})

describe('names in the path of a request', () => {
  it.each([
    'octo/..',
    'octo/.',
    '../hello',
    'octo/he%2fllo',
    'octo%2fhello',
    'octo/hello/..',
    'octo/hello?x',
    'octo\\hello',
  ])('are checked: %s is no repository', async (repository) => {
    const { simulator } = await start()
    const end = await simulators.run(simulator, { with: { operation: 'list-runs', repository } })
    expect([end.exitCode, simulator.requests.length]).toEqual([1, 0])
  })

  it.each([
    '../../../user.yml',
    '..%2f..%2fuser.yml',
    'a?b=c.yml',
    'a#b.yml',
    '{owner}.yml',
    'a b&c.yml',
    '.github/workflows/../../x.yml',
    '..',
    'a/b',
  ])('are encoded: %s stays one workflow', async (workflow) => {
    const { simulator } = await start()
    await simulators.run(simulator, { with: { operation: 'list-runs', workflow, timeout: '10s' } })
    const strays = simulator.requests.filter(
      ({ path }) => !/^\/repos\/octo\/hello\/actions\/workflows(\/[^/]+\/runs)?$/.test(path),
    )
    expect([strays, simulator.requests.length > 0]).toEqual([[], true])
    const names = simulator.requests.flatMap(({ path }) => /workflows\/([^/]+)\/runs/.exec(path)?.[1] ?? [])
    for (const name of names) expect(decodeURIComponent(name)).toBe(workflow)
  })
})
