import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { addRuns, daysAgo, idsOf, outcomesOf, writesOf } from '../support/runs.ts'

const simulators = useSimulators()

const OLD: RunSpec = { id: 100, conclusion: 'success', createdAt: daysAgo(100) }

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  for (const run of runs) simulator.repository().addRun(run)
  return simulator
}

const deleteRuns = (simulator: Simulator, inputs: Record<string, string>, step: Omit<Step, 'with'> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'delete-runs', ...inputs } })

describe('delete-runs by filter', () => {
  it('collects the runs first, then deletes each by one request, oldest first', async () => {
    const simulator = await simulate(
      OLD,
      { ...OLD, id: 101, createdAt: daysAgo(95) },
      { id: 102, conclusion: 'failure' },
    )
    const end = await deleteRuns(simulator, { 'older-than': '90d' })
    expect(requestLines(simulator)[0]).toBe('GET runs')
    expect(writesOf(simulator)).toEqual(['DELETE runs/100', 'DELETE runs/101'])
    expect(requestLines(simulator)).toHaveLength(3)
    expect(simulator.requests[0]?.query.created).toMatch(/^<=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(idsOf(simulator)).toEqual([102])
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { 'run-ids': '[100,101]', 'matched-count': '2', 'changed-count': '2', 'failed-count': '0' },
      result: {
        dryRun: false,
        counts: { matched: 2, changed: 2, skipped: 0, failed: 0 },
        runs: [
          { id: 100, outcome: 'changed', reason: null, message: 'run deleted' },
          { id: 101, outcome: 'changed', reason: null, message: 'run deleted' },
        ],
        requests: { total: 3, writes: 2 },
      },
    })
    expect(JSON.parse(readFileSync(end.outputs['result-path'] ?? '', 'utf8'))).toEqual(end.result)
    expect(end.summary).toContain('### delete-runs: ✅ done')
  })

  it('takes the oldest when there is a limit', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 5)
    const end = await deleteRuns(simulator, { branch: 'main', limit: '2' })
    expect(end.outputs['run-ids']).toBe('[1001,1002]')
    expect(idsOf(simulator)).toEqual([1003, 1004, 1005])
  })

  it('loses none of 250 runs to the pages that shift while it deletes', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 250)
    const end = await deleteRuns(simulator, { status: 'success' })
    expect(idsOf(simulator)).toEqual([])
    expect(end.outputs).toMatchObject({ 'changed-count': '250', 'matched-count': '250' })
    expect(requestLines(simulator)).toHaveLength(3 + 250)
    const lists = requestLines(simulator).flatMap((line, index) => (line.startsWith('DELETE') ? [] : [index]))
    expect(lists).toEqual([0, 1, 2])
  })

  it('leaves the branches alone that are excluded', async () => {
    const simulator = await simulate(
      OLD,
      { ...OLD, id: 101, branch: 'release/1.0/fix' },
      { ...OLD, id: 102, branch: 'feature' },
      { ...OLD, id: 103, branch: null },
    )
    const end = await deleteRuns(simulator, { 'older-than': '1d', 'exclude-branches': 'main, release/**' })
    expect(JSON.parse(end.outputs['run-ids'] ?? '').sort()).toEqual([102, 103])
    expect(idsOf(simulator)).toEqual([100, 101])
  })

  it('skips runs that have not completed, wedged ones too, without a write', async () => {
    const simulator = await simulate(
      { id: 98, wedged: true, createdAt: daysAgo(101) },
      { id: 99, status: 'waiting', createdAt: daysAgo(102) },
      OLD,
    )
    const end = await deleteRuns(simulator, { branch: 'main' })
    expect(outcomesOf(end.result)).toEqual([
      [99, 'skipped', 'not-completed'],
      [98, 'skipped', 'not-completed'],
      [100, 'changed', null],
    ])
    expect(end.exitCode).toBe(0)
    expect(writesOf(simulator)).toEqual(['DELETE runs/100'])
  })

  it('does not let runs that never complete use up the limit', async () => {
    const simulator = await simulate({ id: 98, wedged: true, createdAt: daysAgo(101) }, OLD, { ...OLD, id: 101 })
    const end = await deleteRuns(simulator, { branch: 'main', limit: '1' })
    expect(writesOf(simulator)).toEqual(['DELETE runs/100'])
    expect(end.outputs).toMatchObject({ 'changed-count': '1', 'skipped-count': '1' })
  })

  it('never takes the run of this step, even when it is listed as completed', async () => {
    const simulator = await simulate(OLD, { ...OLD, id: 101 })
    const end = await deleteRuns(simulator, { branch: 'main' }, { env: { GITHUB_RUN_ID: '100' } })
    expect(end.outputs['run-ids']).toBe('[101]')
    expect(idsOf(simulator)).toEqual([100])
  })

  it('takes a run of that id in another repository', async () => {
    const simulator = await simulate(OLD)
    const env = { GITHUB_RUN_ID: '100', GITHUB_REPOSITORY: 'octo/other' }
    await deleteRuns(simulator, { branch: 'main' }, { env })
    expect(idsOf(simulator)).toEqual([])
  })

  it.each([
    ['ignore', 0, false],
    ['warn', 0, true],
    ['error', 1, false],
  ])('ends as if-no-runs-found %s says when nothing matches', async (policy, exitCode, warns) => {
    const simulator = await simulate(OLD)
    const end = await deleteRuns(simulator, { branch: 'none', 'if-no-runs-found': policy })
    expect(end.exitCode).toBe(exitCode)
    expect(end.stdout.includes('::warning::No run in octo/hello matches the filters.')).toBe(warns)
    expect(end.result.reason).toBe(policy === 'error' ? 'not-found' : undefined)
  })
})

describe('delete-runs in a dry run', () => {
  it('sends no write and says how many requests it would take, and how long at the write rate', async () => {
    const simulator = await simulators.start({ rateLimit: { limit: 5000 } })
    addRuns(simulator, 5)
    simulator.repository().addRun({ id: 99, status: 'in_progress', createdAt: daysAgo(1) })
    const end = await deleteRuns(simulator, { branch: 'main', 'dry-run': 'true', 'write-rate': '2' })
    expect(requestLines(simulator)).toEqual(['GET runs'])
    expect(end.exitCode).toBe(0)
    expect(end.result).toMatchObject({ dryRun: true, counts: { matched: 6, changed: 0, skipped: 1, failed: 0 } })
    expect(end.result.runs[1]).toMatchObject({ id: 1001, outcome: 'planned', message: 'would delete the run' })
    const plan = '5 requests to delete, at least 2m at 2 writes a minute.'
    expect(end.stdout).toContain(`Plan: ${plan}`)
    expect(end.summary).toContain(plan)
  })

  it('plans no pauses where the server has no rate limits', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 5)
    const end = await deleteRuns(simulator, { branch: 'main', 'dry-run': 'true', 'write-rate': '2' })
    expect(end.stdout).toContain('Plan: 5 requests to delete, less than a minute.')
    expect(idsOf(simulator)).toHaveLength(5)
  })
})

describe('delete-runs with keep-latest', () => {
  it('keeps the newest completed of each workflow and branch, counted before the choice is narrowed', async () => {
    const runs = [
      { id: 1, conclusion: 'failure', createdAt: daysAgo(60) },
      { id: 2, conclusion: 'failure', createdAt: daysAgo(50) },
      { id: 3, conclusion: 'success', createdAt: daysAgo(2) },
      { id: 4, status: 'in_progress', createdAt: daysAgo(1) },
      { id: 5, conclusion: 'failure', createdAt: daysAgo(80), branch: 'dev' },
      { id: 6, conclusion: 'failure', createdAt: daysAgo(70), branch: 'dev' },
      { id: 7, conclusion: 'failure', createdAt: daysAgo(90), workflow: 'lint.yml' },
    ]
    const simulator = await simulate(...runs.map((run) => ({ ...run, id: run.id + 100 })))
    const end = await deleteRuns(simulator, { 'keep-latest': '1', status: 'failure', 'older-than': '30d' })
    // On main the newest is the success: the failures do not replace it. On dev and of lint a failure is the newest.
    expect(outcomesOf(end.result)).toEqual([
      [106, 'skipped', 'kept'],
      [107, 'skipped', 'kept'],
      [105, 'changed', null],
      [101, 'changed', null],
      [102, 'changed', null],
    ])
    expect(idsOf(simulator)).toEqual([103, 104, 106, 107])
    expect(simulator.requests[0]?.query).toEqual({ per_page: '100' })
  })

  it('does not count kept runs against the limit', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 6)
    const end = await deleteRuns(simulator, { branch: 'main', 'keep-latest': '2', limit: '3' })
    expect(idsOf(simulator)).toEqual([1004, 1005, 1006])
    expect(end.outputs).toMatchObject({ 'skipped-count': '2', 'changed-count': '3' })
  })

  it('does not say that nothing matched when all that matched is kept', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 2)
    const end = await deleteRuns(simulator, { branch: 'main', 'keep-latest': '2', 'if-no-runs-found': 'error' })
    expect(outcomesOf(end.result)).toEqual([
      [1002, 'skipped', 'kept'],
      [1001, 'skipped', 'kept'],
    ])
    expect(end.exitCode).toBe(0)
    expect(end.stdout).not.toContain('matches the filters')
  })
})

describe('delete-runs of runs named by id', () => {
  it('reads each run, then deletes it: two requests a run', async () => {
    const simulator = await simulate(OLD, { ...OLD, id: 101 })
    const end = await deleteRuns(simulator, { 'run-id': `${simulator.serverUrl}/octo/hello/actions/runs/101 100` })
    expect(requestLines(simulator).sort()).toEqual([
      'DELETE runs/100',
      'DELETE runs/101',
      'GET runs/100',
      'GET runs/101',
    ])
    expect(end.outputs['run-ids']).toBe('[101,100]')
    expect(idsOf(simulator)).toEqual([])
  })

  it('gives the outputs of the one run there was', async () => {
    const simulator = await simulate(OLD)
    const end = await deleteRuns(simulator, { 'run-id': '100' })
    expect(end.outputs).toMatchObject({ 'run-id': '100', status: 'completed', conclusion: 'success' })
  })

  it.each([
    [undefined, 'skipped', 0],
    ['ignore', 'skipped', 0],
    ['error', 'failed', 1],
  ])('takes one that is gone already as if-no-runs-found %s says, and goes on', async (policy, outcome, exitCode) => {
    const simulator = await simulate(OLD)
    const inputs = policy === undefined ? {} : { 'if-no-runs-found': policy }
    const end = await deleteRuns(simulator, { 'run-id': '99, 100', ...inputs })
    expect(outcomesOf(end.result)).toEqual([
      [99, outcome, 'not-found'],
      [100, 'changed', null],
    ])
    expect(end.exitCode).toBe(exitCode)
  })

  it('skips one that has not completed', async () => {
    const simulator = await simulate({ id: 100, status: 'queued' })
    const end = await deleteRuns(simulator, { 'run-id': '100' })
    expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'not-completed', status: 'queued' }])
    expect(requestLines(simulator)).toEqual(['GET runs/100'])
    expect(end.exitCode).toBe(0)
  })

  it('refuses the run that the step itself is part of, and deletes the others', async () => {
    const simulator = await simulate(OLD)
    const end = await deleteRuns(simulator, { 'run-id': '1, 100' })
    expect(outcomesOf(end.result)).toEqual([
      [1, 'failed', 'own-run'],
      [100, 'changed', null],
    ])
    expect(end.exitCode).toBe(1)
    expect(requestLines(simulator)).toEqual(['GET runs/100', 'DELETE runs/100'])
  })
})

describe('delete-runs without anything that says which', () => {
  const event = { env: { GITHUB_EVENT_NAME: 'workflow_run' }, event: { workflow_run: { id: 100 } } }

  it.each<[string, Record<string, string>, Omit<Step, 'with'>]>([
    ['no input', {}, {}],
    ['the run of a workflow_run event', {}, event],
    ['inputs that only narrow', { limit: '1', 'keep-latest': '1', 'exclude-branches': 'main' }, {}],
    ['an exclusion of pull requests', { 'exclude-pull-requests': 'true' }, {}],
  ])('deletes nothing and sends no request: %s', async (_name, inputs, step) => {
    const simulator = await simulate(OLD)
    const end = await deleteRuns(simulator, inputs, step)
    expect(end.exitCode).toBe(1)
    expect(requestLines(simulator)).toEqual([])
    expect(end.stdout).toMatch(/^::error::Nothing says which runs to act on: set `run-id`, or a filter/m)
    expect(end.stdout).not.toMatch(/or trigger the workflow by `workflow_run`/)
    expect(end.result).toMatchObject({ runs: [], reason: null })
  })
})
