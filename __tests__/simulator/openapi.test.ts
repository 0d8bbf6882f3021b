import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  DEFAULT_TOKEN,
  manualClock,
  type RunSpec,
  type SimulatorOptions,
  startSimulator,
  type TokenGrant,
} from '../../simulator/index.ts'
import { apiVersions, createRouter, readDescription } from '../../simulator/openapi/description.ts'
import { answersOfAll, type Endpoint, endpoints, neighbours } from '../../simulator/openapi/endpoints.ts'
import { createExchangeValidator, type Exchange } from '../../simulator/openapi/validator.ts'
import { refusals } from '../../simulator/refusals.ts'

type Sending = { token?: string; body?: unknown; headers?: Record<string, string>; isWrong?: boolean }
type Request = Pick<Endpoint, 'method' | 'path' | 'body'>

const all: Record<string, Endpoint> = { ...endpoints, ...neighbours }
const reads = Object.values(all).filter(({ method }) => method === 'GET')
const writes = Object.values(all).filter(({ method }) => method !== 'GET')
const { 'get-workflow-run': getRun, 'cancel-workflow-run': cancel } = endpoints

const steps = [{ name: 'Build' }, { name: 'Test', conclusion: 'failure', log: 'Error: no' }]
const jobs = [{ name: 'lint' }, { name: 'test', conclusion: 'failure', steps }, { name: 'deploy', needs: ['test'] }]
const build = { name: 'build', runFor: 60_000 }
const deploy = { name: 'deploy', environment: 'production' }

/** Runs in every state that shapes an answer. */
const runKinds: Record<string, RunSpec> = {
  failed: { conclusion: 'failure', jobs, pullRequests: [7], pathRef: 'refs/heads/main', title: 'A "title"' },
  ...Object.fromEntries(
    ['success', 'neutral', 'cancelled', 'skipped', 'timed_out', 'stale', 'action_required', 'startup_failure'].map(
      (conclusion) => [conclusion, { conclusion }],
    ),
  ),
  ...Object.fromEntries(
    ['requested', 'queued', 'pending', 'waiting', 'in_progress'].map((status) => [status, { status, jobs }]),
  ),
  live: { jobs: [build, { name: 'cleanup', needs: ['build'], ignoresCancel: true }] },
  gated: { jobs: [deploy, { name: 'wait', environment: 'slow' }] },
  rerun: { conclusion: ['failure', 'success'], attempt: 2, jobs: [{ name: 'a', conclusion: ['failure', 'success'] }] },
  fork: { headRepository: 'mona/hello', actor: 'dependabot[bot]', name: '' },
  orphan: { conclusion: 'success', headRepository: null, branch: null, name: null },
  wedged: { wedged: true },
  dynamic: { workflow: 'dynamic/github-code-scanning/codeql', conclusion: 'failure' },
  old: { conclusion: 'failure', createdAt: '2026-01-01T00:00:00Z' },
  expired: { conclusion: 'failure', logs: 'expired' },
  logless: { conclusion: 'failure', logs: 'deleted' },
}

const tokens: Record<string, TokenGrant> = {
  blind: { kind: 'classic', login: 'nobody', permissions: {}, repositories: [] },
  installation: { kind: 'installation', login: 'app[bot]', permissions: {} },
  fineGrained: { kind: 'fine-grained', login: 'mona', permissions: {} },
  readOnly: { kind: 'classic', login: 'mona', permissions: { actions: 'read', deployments: 'read' } },
  reviewer: { kind: 'classic', login: 'octocat', permissions: { actions: 'write', deployments: 'write' } },
  gatekeeper: { kind: 'installation', login: 'gate[bot]', permissions: { deployments: 'write' }, app: 'gate' },
}

const start = async (options: SimulatorOptions, version: string) => {
  const clock = manualClock()
  const simulator = await startSimulator({ clock, delays: { rerun: 1000, review: 1000 }, ...options })
  for (const [token, grant] of Object.entries(tokens)) simulator.addToken(token, grant)
  simulator.rename('octo/former', 'octo/latter')
  const repository = simulator.repository()
  repository.addWorkflow({ path: 'ci.yml', name: 'CI' })
  repository.addWorkflow({ path: 'old.yml', name: 'Old', state: 'deleted' })
  const gate = { reviewers: ['octocat'], teams: ['ops'], waitTimer: 5, customRules: ['gate'] }
  const environment = repository.addEnvironment({ name: 'production', ...gate })
  repository.addEnvironment({ name: 'slow', waitTimer: 30 })
  const [wrong, exchanges] = [new Set<Exchange>(), [] as Exchange[]]
  const sendTo = async (url: string, method: string, sending: Sending = {}) => {
    const { token = DEFAULT_TOKEN, body, headers, isWrong } = sending
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { 'x-github-api-version': version, ...(token && { authorization: `token ${token}` }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    // The request as the server saw it, the answer as it came over the wire.
    const answer = { responseHeaders: Object.fromEntries(response.headers), responseBody: text && JSON.parse(text) }
    const logged = simulator.requests.at(-1)
    if (logged === undefined) throw new Error('The simulator did not log the request.')
    const exchange = { ...logged, ...answer, status: response.status }
    exchanges.push(exchange)
    if (isWrong) wrong.add(exchange)
    return response
  }
  const json = { 'content-type': 'application/json; charset=utf-8' }
  const send = ({ method, path, body }: Request, sending: Sending = {}, fullName = 'octo/hello') =>
    sendTo(`${simulator.apiUrl}/repos/${fullName}/actions/${path}`, method, {
      ...(body !== undefined && { body }),
      ...sending,
      headers: { ...(method === 'POST' && json), ...sending.headers },
    })
  return { simulator, repository, environment, clock, wrong, exchanges, send, sendTo }
}

type Tour = Awaited<ReturnType<typeof start>>

const addRun = ({ repository }: Tour, spec: RunSpec) => {
  const run = repository.addRun(spec)
  const job = run.jobs[0]?.id ?? 1
  return (endpoint: Request, body?: object): Request => ({
    ...endpoint,
    ...(body && { body }),
    path: endpoint.path.replace('{run}', String(run.id)).replace('{job}', String(job)),
  })
}

/** Every read and write of a run in every state, and what there is to see of it afterwards. */
const tryEachKind = async (tour: Tour) => {
  for (const spec of Object.values(runKinds)) {
    const place = addRun(tour, spec)
    for (const endpoint of reads) await tour.send(place(endpoint))
    for (const write of writes) {
      const placeAgain = addRun(tour, spec)
      const afterwards = [getRun, neighbours['list-jobs-for-workflow-run'], endpoints['download-workflow-run-logs']]
      for (const endpoint of [write, write, cancel, ...afterwards]) await tour.send(placeAgain(endpoint))
      tour.clock.advance(2000)
      for (const endpoint of afterwards) await tour.send(placeAgain(endpoint))
    }
  }
}

/** What every endpoint refuses alike. */
const refuseEach = async (tour: Tour) => {
  for (const endpoint of Object.values(all)) {
    const place = addRun(tour, { conclusion: 'failure' })
    const placed = place(endpoint)
    for (const token of ['', 'unknown', ...Object.keys(tokens)]) await tour.send(placed, { token })
    await tour.send(placed, { headers: { 'x-github-api-version': 'v3' } })
    await tour.send(placed, {}, 'octo/former')
    tour.simulator.failNext({ host: 'api' }, { status: 502 })
    await tour.send(placed)
    await tour.send({ ...endpoint, path: endpoint.path.replace(/\{run\}|\{job\}/, '404').replace('ci.yml', 'no.yml') })
  }
  for (const write of writes.filter(({ method }) => method === 'POST')) {
    const place = addRun(tour, { conclusion: 'failure' })
    await tour.send(place(write), { body: '{', isWrong: true })
    await tour.send(place(write), { body: [], isWrong: true })
    const wrongTypes = { enable_debug_logging: 'yes', environment_ids: 'all', environment_name: 1 }
    if (write.body !== undefined) await tour.send(place(write), { body: wrongTypes, isWrong: true })
  }
}

const { 'review-custom-gates-for-run': rule, 'review-pending-deployments-for-run': pending } = endpoints

const reviewDeployments = async (tour: Tour) => {
  const { repository, environment, clock } = tour
  for (const state of ['approved', 'rejected']) {
    const place = addRun(tour, { ...runKinds.gated, actor: 'mona' })
    const answer = (body: object, token: string) => tour.send(place(rule, body), { token })
    const decide = (body: object, token: string) => tour.send(place(pending, body), { token })
    const environments = { environment_ids: [environment.id], state, comment: 'seen' }
    const verdict = { environment_name: 'production', state }
    repository.raceOnNextReview()
    await decide(environments, 'reviewer')
    await decide(environments, DEFAULT_TOKEN)
    await answer({ environment_name: 'production', comment: 'looking' }, 'gatekeeper')
    await answer(verdict, 'gatekeeper')
    await answer(verdict, 'gatekeeper')
    await decide(environments, 'reviewer')
    clock.advance(2000)
    for (const endpoint of reads) await tour.send(place(endpoint), { token: 'reviewer' })
  }
}

const deepest = 'exclude_pull_requests=true&per_page=100&page=11&status=success'

const list = async (tour: Tour) => {
  const { send, sendTo } = tour
  const queries = ['per_page=1', 'per_page=1&page=3', 'branch=main&event=push&status=success&actor=octocat']
  const others = ['created=2026-01-01..*', 'check_suite_id=1&head_sha=abc', 'per_page=100&page=401', deepest]
  for (const path of ['runs', 'workflows/ci.yml/runs']) {
    for (const query of [...queries, ...others]) await send({ method: 'GET', path: `${path}?${query}` })
    const { headers } = await send({ method: 'GET', path: `${path}?per_page=1` })
    // The URL names the repository by number.
    const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
    expect((await sendTo(next, 'GET')).status).toBe(200)
  }
  const place = addRun(tour, { conclusion: 'failure' })
  for (const read of reads) {
    const { headers } = await send(place(read))
    const etag = headers.get('etag')
    if (etag !== null) await send(place(read), { headers: { 'if-none-match': etag } })
  }
  for (const path of ['meta', 'rate_limit']) await sendTo(`${tour.simulator.apiUrl}/${path}`, 'GET')
}

const dotcomOptions = { basePath: '', enterpriseVersion: null, overflow: '422' } as const

describe.each(apiVersions)('the simulator under API version %s', (version) => {
  const validator = createExchangeValidator()
  const tours: Tour[] = []
  let exchanges: Exchange[] = []

  beforeAll(async () => {
    const enterprise = await start({}, version)
    const dotcom = await start({ ...dotcomOptions, rateLimit: { limit: 1_000_000 } }, version)
    const limited = await start({ rateLimit: { limit: 0 } }, version)
    tours.push(enterprise, dotcom, limited)
    await tryEachKind(enterprise)
    for (const tour of [enterprise, dotcom]) {
      for (const travel of [refuseEach, reviewDeployments, list]) await travel(tour)
    }
    for (const endpoint of Object.values(all)) await limited.send(addRun(limited, {})(endpoint))
    exchanges = tours.flatMap((tour) => tour.exchanges)
  }, 60_000)

  afterAll(() => Promise.all(tours.map(({ simulator }) => simulator.close())))

  it('answers nothing but what GitHub describes', () => {
    const isWrong = (exchange: Exchange) => tours.some(({ wrong }) => wrong.has(exchange))
    const violations = exchanges.flatMap((exchange) => {
      const found = validator.check(exchange).filter((text) => !isWrong(exchange) || !text.startsWith('request:'))
      return found.map((text) => `${exchange.method} ${exchange.path.replaceAll(/\d+/g, '0')} ${text}`)
    })
    expect([...new Set(violations)]).toEqual([])
  })

  it('gives every answer of every endpoint', () => {
    const findRoute = createRouter(readDescription(version))
    const seen = new Map<string, Set<number>>()
    for (const { path, method, status } of exchanges) {
      const operation = findRoute(path)?.operations[method.toLowerCase()]
      const name = operation?.operationId.replace('actions/', '') ?? ''
      seen.set(name, (seen.get(name) ?? new Set()).add(status))
    }
    for (const [name, { answers }] of Object.entries(all)) {
      expect([name, [...(seen.get(name) ?? [])]]).toEqual([name, expect.arrayContaining([...answersOfAll, ...answers])])
    }
  })

  it('flags every request that was meant to be wrong, if its body can be read', () => {
    const readable = tours.flatMap(({ wrong }) => [...wrong]).filter(({ requestBody }) => requestBody !== undefined)
    expect(readable.length).toBeGreaterThan(0)
    const flagged = expect.arrayContaining([expect.stringMatching(/^request:/)])
    expect(readable.map(validator.check)).toEqual(readable.map(() => flagged))
  })

  it('gives every refusal that it knows', () => {
    const known = Object.values(refusals).map((refusal) => ('errors' in refusal ? refusal.errors : refusal.message))
    const seen = new Set(exchanges.flatMap(({ responseBody }) => Object.values(responseBody ?? {})))
    expect(known.filter((text) => !seen.has(text))).toEqual([])
  })
})
