import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { runInProcess } from '../support/in-process.ts'
import { startQuiet } from '../support/quiet-clock.ts'
import {
  addRuns,
  afterAnswer,
  daysAgo,
  idsOf,
  MINUTE,
  mostWithin,
  outcomesOf,
  SLOW,
  writesOf,
} from '../support/runs.ts'

const simulators = useSimulators()

const OLD: RunSpec = { id: 100, conclusion: 'success', createdAt: daysAgo(100) }

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  for (const run of runs) simulator.repository().addRun(run)
  return simulator
}

const deleteLogs = (simulator: Simulator, inputs: Record<string, string>, step: Omit<Step, 'with'> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'delete-logs', ...inputs } })

/** What is left of the logs of the run. */
const logsOf = (simulator: Simulator, id: number) => simulator.repository().run(id)?.logs

describe('delete-logs', () => {
  it('deletes the logs of the runs that the filter chooses, and keeps the runs', async () => {
    const simulator = await simulate(
      OLD,
      { ...OLD, id: 101, createdAt: daysAgo(95) },
      { ...OLD, id: 102, createdAt: daysAgo(1) },
    )
    const end = await deleteLogs(simulator, { workflow: 'ci.yml', 'older-than': '90d' })
    expect(requestLines(simulator)[0]).toBe('GET workflows/ci.yml/runs')
    expect(requestLines(simulator)).toHaveLength(3)
    expect(writesOf(simulator)).toEqual(['DELETE runs/100/logs', 'DELETE runs/101/logs'])
    expect(idsOf(simulator)).toEqual([100, 101, 102])
    expect([100, 101, 102].map((id) => logsOf(simulator, id))).toEqual(['deleted', 'deleted', 'kept'])
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { 'run-ids': '[100,101]', 'changed-count': '2', 'failed-count': '0' },
      result: { operation: 'delete-logs', requests: { total: 3, writes: 2 } },
    })
    expect(end.result.runs[0]).toMatchObject({ id: 100, outcome: 'changed', reason: null, message: 'logs deleted' })
    expect(end.summary).toContain('### delete-logs: ✅ done')
  })

  it('takes runs by id: two requests a run', async () => {
    const simulator = await simulate(OLD)
    const end = await deleteLogs(simulator, { 'run-id': '100' })
    expect(requestLines(simulator)).toEqual(['GET runs/100', 'DELETE runs/100/logs'])
    expect(end.outputs).toMatchObject({ 'run-id': '100', conclusion: 'success', 'changed-count': '1' })
  })

  it('plans in a dry run, without a write', async () => {
    const simulator = await simulate(OLD)
    const end = await deleteLogs(simulator, { branch: 'main', 'dry-run': 'true' })
    expect(requestLines(simulator)).toEqual(['GET runs'])
    expect(end.result.runs).toMatchObject([{ outcome: 'planned', message: 'would delete the logs' }])
    expect(end.stdout).toContain('Plan: 1 request to delete, less than a minute.')
    expect(logsOf(simulator, 100)).toBe('kept')
  })

  it('keeps the logs of the newest of each workflow and branch, and takes the oldest of the others', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 6, (index) => ({ branch: index % 2 === 0 ? 'main' : 'dev' }))
    const end = await deleteLogs(simulator, {
      event: 'push',
      'keep-latest': '1',
      limit: '3',
      'exclude-branches': 'release',
    })
    expect(outcomesOf(end.result)).toEqual([
      [1006, 'skipped', 'kept'],
      [1005, 'skipped', 'kept'],
      [1001, 'changed', null],
      [1002, 'changed', null],
      [1003, 'changed', null],
    ])
    expect(logsOf(simulator, 1004)).toBe('kept')
  })

  it('skips runs that have not completed, by filter and by id', async () => {
    const simulator = await simulate({ ...OLD, status: 'in_progress' }, { ...OLD, id: 101 })
    const byFilter = await deleteLogs(simulator, { branch: 'main' })
    expect(outcomesOf(byFilter.result)).toContainEqual([100, 'skipped', 'not-completed'])
    const byId = await deleteLogs(simulator, { 'run-id': '100' })
    expect(outcomesOf(byId.result)).toEqual([[100, 'skipped', 'not-completed']])
    expect(writesOf(simulator)).toEqual(['DELETE runs/101/logs'])
  })

  it.each<[string, Omit<Step, 'with'>]>([
    ['no input', {}],
    ['a workflow_run event', { env: { GITHUB_EVENT_NAME: 'workflow_run' }, event: { workflow_run: { id: 100 } } }],
  ])('deletes nothing when nothing says which runs: %s', async (_name, step) => {
    const simulator = await simulate(OLD)
    const end = await deleteLogs(simulator, { 'keep-latest': '1' }, step)
    expect(end.exitCode).toBe(1)
    expect(requestLines(simulator)).toEqual([])
    expect(end.stdout).toMatch(/^::error::Nothing says which runs to act on/m)
  })

  it('refuses the run that the step itself is part of', async () => {
    const simulator = await simulate(OLD)
    const named = await deleteLogs(simulator, { 'run-id': '100' }, { env: { GITHUB_RUN_ID: '100' } })
    expect(outcomesOf(named.result)).toEqual([[100, 'failed', 'own-run']])
    const filtered = await deleteLogs(simulator, { branch: 'main' }, { env: { GITHUB_RUN_ID: '100' } })
    expect(filtered.outputs['run-ids']).toBe('[]')
    expect(writesOf(simulator)).toEqual([])
  })

  it('keeps below the write rate', async () => {
    const { simulator, clock, time } = await startQuiet(simulators, { rateLimit: { limit: 5000 } })
    addRuns(simulator, 60, undefined, time.now())
    const inputs = { operation: 'delete-logs', branch: 'main', 'write-rate': '20' }
    const end = await runInProcess(simulator, inputs, { clock })
    expect(end.outputs['changed-count']).toBe('60')
    const moments = simulator.requests.filter(({ method }) => method === 'DELETE').map(({ at }) => at)
    expect(mostWithin(moments, MINUTE)).toBe(20)
  })
})

describe('delete-logs where the server fails or refuses', () => {
  const LOGS = /runs\/100\/logs$/

  it('deletes once when the answer is lost after the effect', async () => {
    const simulator = await simulate(OLD)
    simulator.failNext({ method: 'DELETE', path: LOGS }, { status: 500, when: 'after' })
    const end = await deleteLogs(simulator, { branch: 'main' })
    expect(requestLines(simulator)).toEqual(['GET runs', 'DELETE runs/100/logs', 'GET runs/100/logs'])
    expect(outcomesOf(end.result)).toEqual([[100, 'changed', null]])
  })

  it('sends the delete again when the logs are still there, and shows no signed URL', async () => {
    const simulator = await simulate(OLD)
    simulator.failNext({ method: 'DELETE', path: LOGS }, { kind: 'reset' })
    const end = await deleteLogs(simulator, { branch: 'main' })
    expect(writesOf(simulator)).toEqual(['DELETE runs/100/logs', 'DELETE runs/100/logs'])
    expect(logsOf(simulator, 100)).toBe('deleted')
    expect(end.exitCode).toBe(0)
    expect(end.stdout.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain(simulator.storageUrl)
  })

  it('skips logs that are gone already as not-found', async () => {
    const simulator = await simulate({ ...OLD, logs: 'deleted' }, { ...OLD, id: 101 })
    simulator.failNext({ method: 'DELETE', path: LOGS }, { status: 404, body: { message: 'Not Found', status: '404' } })
    const end = await deleteLogs(simulator, { branch: 'main' })
    expect(outcomesOf(end.result)).toContainEqual([100, 'skipped', 'not-found'])
    expect(outcomesOf(end.result)).toContainEqual([101, 'changed', null])
    expect(end.exitCode).toBe(0)
  })

  it('skips a run that is gone by then as not-found', async () => {
    const simulator = await simulators.start(SLOW)
    const repository = simulator.repository()
    const run = repository.addRun(OLD)
    const vanishing = afterAnswer(
      simulator,
      ({ path }) => path.endsWith('/runs'),
      () => repository.deleteRun(run),
    )
    const end = await deleteLogs(simulator, { branch: 'main' })
    await vanishing
    expect(outcomesOf(end.result)).toEqual([[100, 'skipped', 'not-found']])
  })

  it.each([
    ['a live run', 'in_progress', 'skipped', 'not-completed', 0],
    ['missing rights', undefined, 'failed', 'permission', 1],
  ])('tells one 403 from the other: %s', async (_name, status, outcome, reason, exitCode) => {
    const simulator = await simulators.start(SLOW)
    const repository = simulator.repository()
    const run = repository.addRun(OLD)
    const refusal = { status: 403, body: { message: 'Could not delete the workflow run logs', status: '403' } }
    simulator.failNext({ method: 'DELETE', path: LOGS }, refusal)
    const rerun = afterAnswer(
      simulator,
      ({ path }) => path.endsWith('/runs'),
      () => {
        repository.deleteRun(run)
        repository.addRun({ ...OLD, ...(status && { attempt: 2, status }) })
      },
    )
    const end = await deleteLogs(simulator, { branch: 'main' })
    await rerun
    expect(outcomesOf(end.result)).toEqual([[100, outcome, reason]])
    expect(end.exitCode).toBe(exitCode)
  })

  it('names the permission that a token lacks, and never stops at the first run', async () => {
    const simulator = await simulate(OLD, { ...OLD, id: 101 })
    simulator.addToken('reader', { kind: 'fine-grained', login: 'octocat', permissions: { actions: 'read' } })
    const end = await deleteLogs(simulator, { branch: 'main', token: 'reader' })
    expect(outcomesOf(end.result)).toEqual([
      [100, 'failed', 'permission'],
      [101, 'failed', 'permission'],
    ])
    expect(end.result.runs[0].message).toContain('`actions: write`')
  })

  it('leaves the rest to the next time when the rate limit is used up', async () => {
    const rateLimit = { limit: 1000, remaining: 3, resetAt: Date.now() + 30 * MINUTE }
    const simulator = await simulators.start({ rateLimit })
    addRuns(simulator, 5)
    const end = await deleteLogs(simulator, { branch: 'main', timeout: '1m' })
    expect(end.exitCode).toBe(0)
    expect(end.outputs).toMatchObject({ 'changed-count': '2', 'skipped-count': '3' })
    expect(outcomesOf(end.result).filter(([, , reason]) => reason === 'rate-limited')).toHaveLength(3)
    expect(end.stdout.match(/^::warning/gm)).toHaveLength(1)
  })
})
