import { describe, expect, it } from '@jest/globals'
import {
  DEFAULT_TOKEN,
  type ManualClock,
  manualClock,
  type RunSpec,
  type Simulator,
  type SimulatorOptions,
} from '../../simulator/index.ts'
import type { RunFilter } from '../../src/runs/filter.ts'
import { listRuns, readAllRuns } from '../../src/runs/list.ts'
import { requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { createContext, jumpingClock } from '../support/in-process.ts'

const simulators = useSimulators()

const START = Date.parse('2026-06-01T00:00:00Z')

/** Starts a simulator with runs 1, 2, ... of the branch `main` that failed, a second apart. */
async function simulate(count: number, spec: (id: number) => RunSpec = () => ({}), options: SimulatorOptions = {}) {
  const clock = manualClock()
  const simulator = await simulators.start({ clock, ...options })
  for (let id = 1; id <= count; id += 1) {
    simulator.repository().addRun({ id, conclusion: 'failure', createdAt: START + id * 1000, ...spec(id) })
  }
  return { simulator, clock }
}

const list = ({ simulator, clock }: { simulator: Simulator; clock: ManualClock }, filter: RunFilter) =>
  listRuns(createContext(simulator, jumpingClock(clock)), filter)

const ids = (runs: { id: number }[]) => runs.map(({ id }) => id)
const downFrom = (count: number) => Array.from({ length: count }, (_, index) => count - index)

describe('a list that is longer than the server shows', () => {
  it.each(['empty', '422'] as const)(
    'is read whole, newest first, none twice; past the ceiling: %s',
    async (overflow) => {
      // Three runs in each second: the ceiling of 1,000 falls between two runs of one second.
      const three = (id: number) => ({ createdAt: START + Math.floor(id / 3) * 1000 })
      const bench = await simulate(2_500, three, { overflow })
      expect(ids(await list(bench, { status: ['failure'] }))).toEqual(downFrom(2_500))
      // Two windows begin in a second that was seen before.
      expect(bench.simulator.requests.length).toBeLessThanOrEqual(2_500 / 100 + 2)
      const windows = bench.simulator.requests.flatMap(({ path, query: { created } }) =>
        created !== undefined && path.startsWith('/repos/') ? [created] : [],
      )
      // Each ends earlier than the one before, until what is left is a list that the server shows whole.
      expect(windows).toEqual([...new Set(windows)].sort().reverse())
      expect(windows.length).toBeGreaterThan(10)
    },
  )

  it('stays within the span that was asked for', async () => {
    const bench = await simulate(2_500)
    const created = { from: START / 1000 + 101, to: START / 1000 + 2_400 }
    expect(ids(await list(bench, { created }))).toEqual(downFrom(2_400).filter((id) => id > 100))
    for (const { query } of bench.simulator.requests) expect(query.created).toMatch(/^2026-06-01T00:01:41Z\.\./)
  })

  it.each([999, 1_000, 1_001])('is read whole at the ceiling: %i runs', async (count) => {
    const bench = await simulate(count)
    expect(ids(await list(bench, { branch: 'main' }))).toEqual(downFrom(count))
  })

  it('is read whole without filters, which have no such ceiling', async () => {
    const bench = await simulate(1_250)
    expect(ids(await list(bench, {}))).toEqual(downFrom(1_250))
    expect(bench.simulator.requests).toHaveLength(13)
  })

  it('is an error when one second holds more runs than the server shows', async () => {
    const bench = await simulate(1_100, () => ({ createdAt: START }))
    await expect(list(bench, { branch: 'main' })).rejects.toThrow(/More than 1000 runs were created at .* Narrow/)
  })

  it('is read no further than `limit` needs', async () => {
    const bench = await simulate(2_500)
    expect(ids(await list(bench, { branch: 'main', limit: 150 }))).toEqual(downFrom(2_500).slice(0, 150))
    expect(bench.simulator.requests).toHaveLength(2)
  })
})

describe('a list that changes while it is read', () => {
  it('has every run once when new ones arrive', async () => {
    const { simulator, clock } = await simulate(250)
    const query = { workflow: undefined, parameters: { branch: 'main' }, created: undefined }
    const seen: number[] = []
    for await (const run of readAllRuns(createContext(simulator, jumpingClock(clock)), query)) {
      seen.push(run.id)
      if (seen.length % 60 === 0) simulator.repository().addRun({ conclusion: 'failure' })
    }
    expect(seen).toEqual(downFrom(250))
  })
})

describe('a list that is not whole', () => {
  const RUNS = /\/actions\/runs$/

  it('is an error and never a shorter list', async () => {
    const bench = await simulate(150)
    const real = await fetch(`${bench.simulator.apiUrl}/repos/octo/hello/actions/runs?per_page=100&branch=main`, {
      headers: { authorization: `token ${DEFAULT_TOKEN}` },
    })
    bench.simulator.failNext({ path: RUNS }, { status: 200, body: await real.json() })
    await expect(list(bench, { branch: 'main' })).rejects.toThrow(/has 150 runs, but sent 100/)
  })

  it.each([409, 404])('is an error when a page is refused with %i', async (status) => {
    const bench = await simulate(150)
    const refused = { status, body: { message: 'Not now', status: String(status) } }
    bench.simulator.failNext({ path: /\/repositories\/\d+\/actions\/runs/ }, refused)
    await expect(list(bench, { branch: 'main' })).rejects.toMatchObject({ status })
  })

  it.each(['truncate', 'garbage'] as const)('is asked for again when a page is broken: %s', async (kind) => {
    const bench = await simulate(150)
    bench.simulator.failNext({ path: RUNS }, { kind })
    expect(ids(await list(bench, { branch: 'main' }))).toEqual(downFrom(150))
    expect(bench.simulator.requests).toHaveLength(3)
  })

  it('never leads to another server', async () => {
    const bench = await simulate(1)
    const other = await simulators.start()
    const link = `<${other.apiUrl}/repos/octo/hello/actions/runs?page=2>; rel="next"`
    const body = { total_count: 2, workflow_runs: [{ id: 1 }] }
    bench.simulator.failNext({ path: RUNS }, { status: 200, body, headers: { link } })
    await expect(list(bench, {})).rejects.toThrow(/not the API's origin/)
    expect(other.requests).toEqual([])
  })
})

describe('listRuns', () => {
  it('merges the lists of several statuses, newest first, each run once', async () => {
    const states = [{ conclusion: 'failure' }, { status: 'queued', conclusion: undefined }, { conclusion: 'success' }]
    const { simulator, clock } = await simulate(0)
    for (let id = 1; id <= 9; id += 1) {
      const { conclusion, status } = states[id % 3] ?? {}
      const state = { ...(conclusion && { conclusion }), ...(status && { status }) }
      simulator.repository().addRun({ id, createdAt: START + id * 1000, ...state })
    }
    expect(ids(await list({ simulator, clock }, { status: ['failure', 'queued'] }))).toEqual([9, 7, 6, 4, 3, 1])
    expect(simulator.requests.map(({ query }) => query.status).sort()).toEqual(['failure', 'queued'])
    expect(ids(await list({ simulator, clock }, { status: ['failure', 'queued'], limit: 2 }))).toEqual([9, 7])
  })

  it('finds runs that never started among the completed, since the server has no word for them', async () => {
    const bench = await simulate(6, (id) => (id === 4 ? { conclusion: 'startup_failure' } : {}))
    expect(ids(await list(bench, { status: ['startup_failure'] }))).toEqual([4])
    expect(bench.simulator.requests.map(({ query }) => query.status)).toEqual(['completed'])
  })

  it('checks again what the server was asked for, since its index lags', async () => {
    const bench = await simulate(4, (id) => ({ branch: id % 2 === 0 ? 'main' : 'other', actor: 'mona' }))
    const real = await fetch(`${bench.simulator.apiUrl}/repos/octo/hello/actions/runs`, {
      headers: { authorization: `token ${DEFAULT_TOKEN}` },
    })
    bench.simulator.failNext({ path: /\/actions\/runs$/ }, { status: 200, body: await real.json() })
    expect(ids(await list(bench, { branch: 'main', actor: 'mona' }))).toEqual([4, 2])
  })

  const WORKFLOWS = ['ci.yml', 'deploy.yml', 'docs.yml'] as const
  const workflowOf = (id: number): RunSpec => ({
    workflow: WORKFLOWS[id % 3] ?? 'ci.yml',
    workflowName: (WORKFLOWS[id % 3] ?? '').toUpperCase(),
    headSha: 'a'.repeat(40),
  })

  it('asks for one list a workflow', async () => {
    const bench = await simulate(9, workflowOf)
    expect(ids(await list(bench, { workflow: ['ci.yml', '.github/workflows/docs.yml'] }))).toEqual([9, 8, 6, 5, 3, 2])
    expect(requestLines(bench.simulator)).toEqual(['GET workflows/ci.yml/runs', 'GET workflows/docs.yml/runs'])
  })

  it('asks for one list of the repository when the workflows share a commit', async () => {
    const bench = await simulate(9, workflowOf)
    const filter = { workflow: ['ci.yml', 'docs.yml'], headSha: 'a'.repeat(40) }
    expect(ids(await list(bench, filter))).toEqual([9, 8, 6, 5, 3, 2])
    expect(requestLines(bench.simulator)).toEqual(['GET runs'])
  })

  it('asks once which workflows there are, however many display names there are to resolve', async () => {
    const bench = await simulate(9, workflowOf)
    expect(ids(await list(bench, { workflow: ['CI.YML', 'DOCS.YML'] }))).toEqual([9, 8, 6, 5, 3, 2])
    expect(requestLines(bench.simulator)).toHaveLength(3)
  })

  it('says which workflows share an ambiguous display name', async () => {
    const bench = await simulate(3, (id) => ({ workflow: WORKFLOWS[id % 3] ?? '', workflowName: 'Build' }))
    await expect(list(bench, { workflow: ['Build'] })).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringMatching(/3 workflows are called "Build".*ci\.yml.*Name the file/),
    })
  })
})
