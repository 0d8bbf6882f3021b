import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { parseCreated } from '../../src/inputs/created.ts'
import { createFilter, narrows, type RunFilter, statusQueries, toFilter } from '../../src/runs/filter.ts'
import { listRuns } from '../../src/runs/list.ts'
import { toRun } from '../../src/runs/run.ts'
import { askedFilter, selectRuns } from '../../src/runs/select.ts'
import { CONCLUSIONS } from '../../src/runs/status.ts'
import { useSimulators } from '../support/checks.ts'
import { createContext } from '../support/context.ts'
import { addRuns, afterAnswer, DAY, MINUTE, SLOW } from '../support/runs.ts'

const simulators = useSimulators()

const SHA = 'a'.repeat(40)
const UNSET = { 'exclude-pull-requests': false }

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  for (const run of runs) simulator.repository().addRun(run)
  return simulator
}

/** Ids that the filter chooses, and the queries that were sent for it, `per_page` left out. */
async function choose(simulator: Simulator, filter: RunFilter) {
  const runs = await listRuns(await createContext(simulator), filter)
  const queries = simulator.requests.map(({ query: { per_page: _perPage, ...query } }) => query)
  return { ids: runs.map(({ id }) => id), queries }
}

describe('filters', () => {
  const other: RunSpec = { id: 101, conclusion: 'success', createdAt: '2026-01-01T00:00:00Z' }
  const created = (text: string) => parseCreated(text) ?? {}

  it.each<[string, RunFilter, RunSpec, Record<string, string>]>([
    ['branch', { branch: 'dev' }, { branch: 'dev' }, { branch: 'dev' }],
    ['a branch glob', { branch: 'release/*' }, { branch: 'release/1' }, {}],
    ['a branch that looks like a glob', { branch: 'fix[1]' }, { branch: 'fix[1]' }, {}],
    ['event', { event: 'schedule' }, { event: 'schedule' }, { event: 'schedule' }],
    ['actor, in any case', { actor: 'HUBOT' }, { actor: 'hubot' }, { actor: 'HUBOT' }],
    ['a bot as actor', { actor: 'dependabot[bot]' }, { actor: 'dependabot[bot]' }, { actor: 'dependabot[bot]' }],
    ['head-sha', { headSha: SHA }, { headSha: SHA }, { head_sha: SHA }],
    ['check-suite-id', { checkSuiteId: 77 }, { checkSuiteId: 77 }, { check_suite_id: '77' }],
    ['status', { status: ['in_progress'] }, { status: 'in_progress' }, { status: 'in_progress' }],
    ['conclusion', { status: ['failure'] }, { conclusion: 'failure' }, { status: 'failure' }],
    ['startup_failure', { status: ['startup_failure'] }, { conclusion: 'startup_failure' }, { status: 'completed' }],
    ['a day', { created: created('2026-02-02') }, {}, { created: '2026-02-02T00:00:00Z..2026-02-02T23:59:59Z' }],
    ['since', { created: created('>=2026-02-02T00:00:00Z') }, {}, { created: '>=2026-02-02T00:00:00Z' }],
    ['after', { created: created('>2026-02-01') }, {}, { created: '>=2026-02-02T00:00:00Z' }],
    ['an offset', { created: created('>=2026-02-02T01:00:00+01:00') }, {}, { created: '>=2026-02-02T00:00:00Z' }],
    ['a span', { created: created('2026-02-01..*') }, {}, { created: '>=2026-02-01T00:00:00Z' }],
    ['exclude-branches', { excludeBranches: ['main', 'x'] }, { branch: 'dev' }, {}],
  ])('choose by %s, and tell the server what it can check', async (_name, filter, spec, query) => {
    const simulator = await simulate(other, {
      id: 102,
      conclusion: 'success',
      createdAt: '2026-02-02T12:00:00Z',
      ...spec,
    })
    expect(await choose(simulator, filter)).toEqual({ ids: [102], queries: [query] })
  })

  it('choose by the upper ends of creation times', async () => {
    const simulator = await simulate(other, { ...other, id: 102, createdAt: '2026-02-02T00:00:00Z' })
    const { ids, queries } = await choose(simulator, { created: created('<2026-02-02') })
    expect({ ids, queries }).toEqual({ ids: [101], queries: [{ created: '<=2026-02-01T23:59:59Z' }] })
    expect((await choose(simulator, { created: created('<=2026-02-02') })).ids).toEqual([102, 101])
  })

  it('must all match', async () => {
    const simulator = await simulate(
      other,
      { ...other, id: 102, branch: 'dev' },
      { ...other, id: 103, event: 'schedule' },
    )
    const filter = { branch: 'main', event: 'push', status: ['success'] }
    expect(await choose(simulator, filter)).toEqual({
      ids: [101],
      queries: [{ branch: 'main', event: 'push', status: 'success' }],
    })
  })

  it('leave pull requests out when they are asked to', async () => {
    const simulator = await simulate({ ...other, pullRequests: [7] })
    const { queries } = await choose(simulator, { excludePullRequests: true })
    expect(queries).toEqual([{ exclude_pull_requests: 'true' }])
    const [{ responseBody } = { responseBody: undefined }] = simulator.requests
    expect(responseBody).toMatchObject({ workflow_runs: [{ id: 101, pull_requests: [] }] })
  })

  it('are checked again: runs that the server wrongly sends are left out', async () => {
    const simulator = await simulate(other)
    const lies = [
      { id: 1, head_branch: 'dev', event: 'push', status: 'completed', conclusion: 'failure' },
      { id: 2, head_branch: 'main', event: 'schedule', status: 'completed', conclusion: 'failure' },
      { id: 3, head_branch: 'main', event: 'push', status: 'in_progress', conclusion: 'failure' },
      { id: 4, head_branch: 'main', event: 'push', status: 'completed', conclusion: 'failure' },
    ].map((run) => ({ ...run, created_at: '2026-01-01T00:00:00Z', head_sha: SHA, actor: { login: 'hubot' } }))
    const body = { total_count: lies.length, workflow_runs: lies }
    const asked = { branch: 'main', event: 'push', status: ['failure'], headSha: SHA, actor: 'hubot' }
    simulator.failNext({}, { status: 200, body, times: 4 })
    expect((await choose(simulator, asked)).ids).toEqual([4])
    expect((await choose(simulator, { ...asked, headSha: 'b'.repeat(40) })).ids).toEqual([])
    expect((await choose(simulator, { ...asked, actor: 'octocat' })).ids).toEqual([])
    expect((await choose(simulator, { ...asked, created: created('>2026-01-01') })).ids).toEqual([])
  })

  it('count ages back from now, both ends together with `created`', () => {
    const now = Date.parse('2026-03-31T00:00:00Z')
    const values = { ...UNSET, 'older-than': 30 * DAY, 'newer-than': 60 * DAY, created: created('>=2026-02-01') }
    expect(toFilter(values, now).created).toEqual({
      from: Date.parse('2026-02-01T00:00:00Z') / 1000,
      to: Date.parse('2026-03-01T00:00:00Z') / 1000,
    })
    const isOld = createFilter(toFilter({ ...UNSET, 'older-than': 30 * DAY }, now))
    const at = (createdAt: string) => toRun({ id: 1, created_at: createdAt })
    expect([isOld(at('2026-03-01T00:00:00Z')), isOld(at('2026-03-01T00:00:01Z'))]).toEqual([true, false])
  })

  it('never take a run of which the server does not say what they ask for', () => {
    const unknown = toRun({ id: 1 })
    const filters: RunFilter[] = [
      { branch: '*' },
      { event: 'push' },
      { actor: 'octocat' },
      { headSha: SHA },
      { checkSuiteId: 1 },
      { status: ['completed'] },
      { created: { to: 4_000_000_000 } },
    ]
    expect(filters.filter((filter) => createFilter(filter)(unknown))).toEqual([])
  })
})

describe('several statuses', () => {
  it.each([
    [undefined, [undefined]],
    [['failure'], ['failure']],
    [
      ['failure', 'timed_out', 'failure'],
      ['failure', 'timed_out'],
    ],
    [['failure', 'startup_failure'], ['completed']],
    [['completed', 'failure'], ['completed']],
    [[...CONCLUSIONS], ['completed']],
    [
      ['queued', 'success'],
      ['queued', 'success'],
    ],
    [['completed', 'queued', 'in_progress', 'waiting', 'pending', 'requested'], [undefined]],
  ])('are looked for by the fewest queries: %j', (words, queries) => {
    expect(statusQueries(words)).toEqual(queries)
  })

  it('are merged, newest first, each run once', async () => {
    const createdAt = (day: number) => `2026-01-0${day}T00:00:00Z`
    const simulator = await simulate(
      { id: 101, conclusion: 'failure', createdAt: createdAt(1) },
      { id: 102, conclusion: 'timed_out', createdAt: createdAt(2) },
      { id: 103, conclusion: 'success', createdAt: createdAt(3) },
      { id: 104, conclusion: 'failure', createdAt: createdAt(4) },
    )
    const { ids, queries } = await choose(simulator, { status: ['failure', 'timed_out'], limit: 2 })
    expect(ids).toEqual([104, 102])
    expect(queries).toEqual([{ status: 'failure' }, { status: 'timed_out' }])
  })

  it('find a run once that changes from one to the other meanwhile', async () => {
    const simulator = await simulators.start(SLOW)
    const repository = simulator.repository()
    const run = repository.addRun({ id: 101, status: 'queued' })
    const starting = afterAnswer(
      simulator,
      ({ query }) => query.status === 'queued',
      () => {
        repository.deleteRun(run)
        repository.addRun({ id: 101, status: 'in_progress' })
      },
    )
    expect((await choose(simulator, { status: ['queued', 'in_progress'] })).ids).toEqual([101])
    await starting
  })
})

describe('pages', () => {
  it('are as few as there can be', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 250)
    expect((await choose(simulator, { branch: 'main' })).queries).toHaveLength(3)
    expect((await choose(simulator, { branch: 'main', limit: 200 })).queries).toHaveLength(3 + 2)
  })

  it('lose no run and show none twice when new runs push them down meanwhile', async () => {
    const simulator = await simulators.start(SLOW)
    addRuns(simulator, 150)
    const arriving = afterAnswer(
      simulator,
      () => true,
      () => {
        for (const id of [2001, 2002]) simulator.repository().addRun({ id, conclusion: 'success' })
      },
    )
    const { ids, queries } = await choose(simulator, { branch: 'main' })
    await arriving
    expect(ids).toEqual(Array.from({ length: 150 }, (_, index) => 1150 - index))
    expect(queries).toHaveLength(2)
  })
})

describe('which runs an operation acts on', () => {
  const rules = { protectOwnRun: true }
  const values = { ...UNSET, 'if-no-runs-found': 'ignore' as const }
  const workflowRun = { GITHUB_EVENT_NAME: 'workflow_run' }

  it('are those of `run-id`, before any filter, without a request', async () => {
    const simulator = await simulate()
    const inputs = { ...values, 'run-id': [{ id: 7, attempt: 2 }, { id: 1 }], branch: 'main' }
    const context = await createContext(simulator)
    const targets = await selectRuns(context, inputs, rules)
    expect(targets).toEqual([{ id: 7, listed: undefined, attempt: 2, named: true }])
    expect(context.report.runs).toMatchObject([{ run: { id: 1 }, outcome: 'failed', reason: 'own-run' }])
    expect(simulator.requests).toEqual([])
  })

  it('are else those of the filter, without the run of this step', async () => {
    const simulator = await simulate({ id: 1, status: 'in_progress' }, { id: 101, conclusion: 'success' })
    const targets = await selectRuns(await createContext(simulator), { ...values, branch: 'main' }, rules)
    expect(targets).toMatchObject([{ id: 101, listed: { id: 101 }, named: false }])
  })

  it('are else that of the event, unless the operation forbids it; never all of them', async () => {
    const simulator = await simulate({ id: 101, conclusion: 'success' })
    const context = await createContext(simulator, workflowRun)
    const triggered = { ...context, trigger: { ...context.trigger, eventRunId: 101 } }
    expect(await selectRuns(triggered, values, rules)).toMatchObject([{ id: 101, named: true }])
    const strict = { ...rules, useEvent: false }
    await expect(selectRuns(triggered, values, strict)).rejects.toThrow(/^Nothing says which runs to act on/)
    await expect(selectRuns(context, { ...values, limit: 3 }, rules)).rejects.toThrow(/trigger the workflow by/)
    expect(simulator.requests).toEqual([])
  })

  it('take a default of the operation where the inputs leave it open', async () => {
    const context = await createContext(await simulate())
    const defaults = { status: ['failure'], branch: 'main' }
    expect(askedFilter(context, { ...UNSET, branch: 'dev' }, defaults)).toMatchObject({
      status: ['failure'],
      branch: 'dev',
    })
  })

  it('are not chosen by a limit, an exclusion or a look at pull requests alone', () => {
    const all = { ...UNSET, limit: 1, 'exclude-branches': ['main'], 'exclude-pull-requests': true }
    expect(narrows(toFilter(all, 0))).toBe(false)
    expect(narrows(toFilter({ ...all, 'older-than': MINUTE }, DAY))).toBe(true)
  })
})
