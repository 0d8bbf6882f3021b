import { afterEach, describe, expect, it } from '@jest/globals'
import { DEFAULT_TOKEN, type Fault, faults, type Simulator, startSimulator } from '../../simulator/index.ts'
import { operations } from '../../src/operations/index.ts'
import { scenarios } from './scenarios.ts'

const open: Simulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()))
})

/** A simulator with runs 5 and 6, and a request to it: by default of run 5. */
async function start(fault?: Fault) {
  const simulator = await startSimulator({ rateLimit: { limit: 1000 } })
  open.push(simulator)
  for (const id of [5, 6]) simulator.repository().addRun({ id, status: 'in_progress' })
  if (fault) simulator.failNext({}, fault)
  const send = (path = '/5', init: RequestInit = {}) =>
    fetch(`${simulator.apiUrl}/repos/octo/hello/actions/runs${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${DEFAULT_TOKEN}`, ...init.headers },
    })
  return { simulator, send }
}

describe('the body of an answer', () => {
  it.each(['half', 'stall'] as const)('ends early although its length is known: %s', async (kind) => {
    const { send } = await start({ kind })
    const response = await send('/5', { signal: AbortSignal.timeout(300) })
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000)
    await expect(response.text()).rejects.toThrow()
  })

  it('is no JSON although it says so, with a length that is right', async () => {
    const { send } = await start({ kind: 'broken' })
    const response = await send()
    expect(response.headers.get('content-type')).toContain('application/json')
    await expect(response.json()).rejects.toThrow(/JSON/)
  })

  it('is the true one under another content type', async () => {
    const { send } = await start({ kind: 'mistyped' })
    const response = await send()
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.json()).toMatchObject({ id: 5 })
  })

  it('comes slowly, and whole', async () => {
    const { send } = await start({ kind: 'slow' })
    expect(await (await send()).json()).toMatchObject({ id: 5, status: 'in_progress' })
  })
})

describe('a limit', () => {
  it('names the time of a reset by the clock of the server', async () => {
    const { simulator, send } = await start(faults.primaryLimit(403, 30))
    simulator.setClockSkew(600_000)
    const { status, headers } = await send()
    expect([status, headers.get('x-ratelimit-remaining')]).toEqual([403, '0'])
    const reset = Number(headers.get('x-ratelimit-reset')) * 1000
    expect(reset - Date.parse(headers.get('date') ?? '')).toBe(30_000)
    expect(reset - Date.now()).toBeGreaterThan(600_000)
  })

  it('has a retry-after only if it is given one', async () => {
    const { simulator, send } = await start(faults.secondaryLimit(429))
    simulator.failNext({}, faults.secondaryLimit(403, 7))
    const [first, second] = [await send(), await send()]
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, null])
    expect([second.status, second.headers.get('retry-after')]).toEqual([403, '7'])
  })
})

describe('a list', () => {
  const ids = async (response: Response) =>
    ((await response.json()) as { workflow_runs: { id: number }[] }).workflow_runs.map(({ id }) => id)

  it.each<[string, Fault, number[]]>([
    ['leaves out an entry', faults.missingEntry(), [5]],
    ['repeats one', faults.repeatedEntry(), [6, 5, 5]],
  ])('%s', async (_name, fault, expected) => {
    const { send } = await start(fault)
    expect(await ids(await send(''))).toEqual(expected)
  })

  it('points to another origin for its next page', async () => {
    const { send } = await start(faults.linkTo('http://elsewhere.test'))
    expect((await send('?per_page=1')).headers.get('link')).toMatch(/<http:\/\/elsewhere\.test\/.*page=2>; rel="next"/)
  })
})

describe('a write', () => {
  it('counts as accepted when its answer is lost after the effect, and only then', async () => {
    const { simulator, send } = await start({ kind: 'reset' })
    simulator.failNext({}, { status: 502, when: 'after' })
    await expect(send('/5/cancel', { method: 'POST' })).rejects.toThrow()
    expect(simulator.acceptedWrites).toHaveLength(0)
    expect((await send('/5/cancel', { method: 'POST' })).status).toBe(502)
    expect(simulator.acceptedWrites.map(({ path }) => path)).toEqual(['/repos/octo/hello/actions/runs/5/cancel'])
    expect(simulator.repository().run(5)?.conclusion).toBe('cancelled')
  })
})

describe('a fault', () => {
  it('can wait for the n-th request that it fits', async () => {
    const { simulator, send } = await start()
    simulator.failNext({ method: 'GET', skip: 2 }, { status: 503 })
    expect([(await send()).status, (await send()).status, (await send()).status, (await send()).status]).toEqual([
      200, 200, 503, 200,
    ])
  })

  it('can be that the token is worth nothing any more', async () => {
    const { simulator, send } = await start({})
    await send()
    simulator.removeToken(DEFAULT_TOKEN)
    expect((await send()).status).toBe(401)
  })

  it('can say "not modified" of what has changed', async () => {
    const { simulator, send } = await start()
    const etag = (await send()).headers.get('etag') ?? ''
    await send('/5/cancel', { method: 'POST' })
    simulator.failNext({}, faults.staleEtag())
    const conditional = { headers: { 'if-none-match': etag } }
    expect([(await send('/5', conditional)).status, (await send('/5', conditional)).status]).toEqual([304, 200])
  })
})

it('there is a scenario for each operation', () => {
  const played = new Set(scenarios.map(({ operation }) => operation))
  expect(operations.map(({ name }) => name).filter((name) => !played.has(name))).toEqual([])
})
