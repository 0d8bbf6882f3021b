import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { runInProcess } from '../support/in-process.ts'
import { startQuiet } from '../support/quiet-clock.ts'
import { afterAnswer, daysAgo, idsOf, outcomesOf, SLOW, writesOf } from '../support/runs.ts'

const simulators = useSimulators()

const OLD: RunSpec = { id: 100, conclusion: 'success', createdAt: daysAgo(100) }
const COULD_NOT_DELETE = { status: 403, body: { message: 'Could not delete the workflow run', status: '403' } }

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  for (const run of runs) simulator.repository().addRun(run)
  return simulator
}

const deleteRuns = (simulator: Simulator, inputs: Record<string, string>) =>
  simulators.run(simulator, { with: { operation: 'delete-runs', ...inputs } })

describe('a run that changes between the list and its delete', () => {
  const isList = ({ path }: { path: string }) => path.endsWith('/runs')

  it('is skipped as not-found when it is gone', async () => {
    const simulator = await simulators.start(SLOW)
    const repository = simulator.repository()
    const gone = repository.addRun(OLD)
    repository.addRun({ ...OLD, id: 101 })
    const vanishing = afterAnswer(simulator, isList, () => repository.deleteRun(gone))
    const end = await deleteRuns(simulator, { branch: 'main' })
    await vanishing
    expect(outcomesOf(end.result)).toEqual([
      [100, 'skipped', 'not-found'],
      [101, 'changed', null],
    ])
    expect(end.exitCode).toBe(0)
  })

  it('is skipped as not-completed when it was re-run', async () => {
    const simulator = await simulators.start(SLOW)
    const repository = simulator.repository()
    const run = repository.addRun(OLD)
    const rerun = afterAnswer(simulator, isList, () => {
      repository.deleteRun(run)
      repository.addRun({ ...OLD, attempt: 2, status: 'in_progress' })
    })
    const end = await deleteRuns(simulator, { branch: 'main' })
    await rerun
    expect(end.result.runs).toMatchObject([
      { id: 100, attempt: 2, status: 'in_progress', outcome: 'skipped', reason: 'not-completed' },
    ])
    expect(end.exitCode).toBe(0)
    expect(idsOf(simulator)).toEqual([100])
  })
})

describe('delete-runs where the server fails or refuses', () => {
  it('deletes exactly once when the answer is lost after the effect', async () => {
    const simulator = await simulate(OLD, { ...OLD, id: 101 })
    simulator.failNext({ method: 'DELETE', path: /runs\/100$/ }, { status: 502, when: 'after' })
    simulator.failNext({ method: 'DELETE', path: /runs\/101$/ }, { kind: 'reset', when: 'after' })
    const end = await deleteRuns(simulator, { branch: 'main' })
    expect(outcomesOf(end.result)).toEqual([
      [100, 'changed', null],
      [101, 'changed', null],
    ])
    expect(writesOf(simulator)).toEqual(['DELETE runs/100', 'DELETE runs/101'])
    expect(end.exitCode).toBe(0)
  })

  it('sends the delete again when it had no effect', async () => {
    const simulator = await simulate(OLD)
    simulator.failNext({ method: 'DELETE' }, { status: 500 })
    const end = await deleteRuns(simulator, { branch: 'main' })
    expect(requestLines(simulator)).toEqual(['GET runs', 'DELETE runs/100', 'GET runs/100', 'DELETE runs/100'])
    expect(outcomesOf(end.result)).toEqual([[100, 'changed', null]])
  })

  it('takes the 404 of a repeated delete for its effect', async () => {
    const simulator = await simulate(OLD)
    simulator.failNext({ method: 'DELETE' }, { status: 500, when: 'after' })
    const stale = { id: 100, run_attempt: 1, status: 'completed', conclusion: 'success' }
    simulator.failNext({ method: 'GET', path: /runs\/100$/ }, { status: 200, body: stale })
    const end = await deleteRuns(simulator, { branch: 'main' })
    expect(writesOf(simulator)).toEqual(['DELETE runs/100', 'DELETE runs/100'])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'run deleted' }])
    expect(end.result.counts).toMatchObject({ changed: 1 })
  })

  it('gives up one run after three tries, and deletes the others', async () => {
    const { simulator, clock, time } = await startQuiet(simulators)
    for (const id of [100, 101]) simulator.repository().addRun({ ...OLD, id, createdAt: time.now() })
    simulator.failNext({ method: 'DELETE', path: /runs\/100$/ }, { status: 500, times: 3 })
    const end = await runInProcess(simulator, { operation: 'delete-runs', branch: 'main' }, { clock })
    expect(outcomesOf(end.result)).toEqual([
      [100, 'failed', 'server-error'],
      [101, 'changed', null],
    ])
    expect(writesOf(simulator)).toEqual([...Array(3).fill('DELETE runs/100'), 'DELETE runs/101'])
    expect(end.failure).toMatch(/^run 100: .*GitHub answered 500/)
  })

  it('tells missing rights from a live run, although GitHub uses one text for both', async () => {
    const simulator = await simulate(OLD, { ...OLD, id: 101 })
    simulator.failNext({ method: 'DELETE', path: /runs\/100$/ }, COULD_NOT_DELETE)
    const end = await deleteRuns(simulator, { branch: 'main' })
    expect(outcomesOf(end.result)).toEqual([
      [100, 'failed', 'permission'],
      [101, 'changed', null],
    ])
    expect(end.result.runs[0].message).toContain('although run 100 has completed')
    expect(end.result.runs[0].message).toContain('`actions: write`')
    expect(end.exitCode).toBe(1)
  })

  it('names the permission that a token lacks', async () => {
    const simulator = await simulate(OLD)
    simulator.addToken('reader', { kind: 'installation', login: 'app[bot]', permissions: { actions: 'read' } })
    const end = await deleteRuns(simulator, { branch: 'main', token: 'reader' })
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'permission' }])
    expect(end.result.runs[0].message).toContain('Resource not accessible by integration')
    expect(end.result.runs[0].message).toContain('`actions: write`')
    expect(idsOf(simulator)).toEqual([100])
  })

  it('says that the server lacks the endpoint when the run is there after a 404', async () => {
    const simulator = await simulate(OLD)
    simulator.failNext({ method: 'DELETE' }, { status: 404, body: { message: 'Not Found', status: '404' } })
    const end = await deleteRuns(simulator, { branch: 'main' })
    expect(outcomesOf(end.result)).toEqual([[100, 'failed', 'unsupported']])
  })
})
