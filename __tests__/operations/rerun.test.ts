import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/index.ts'
import { requestLines } from '../support/action.ts'
import { useOperation, writeLines } from '../support/operation.ts'
import { itRefusesReruns } from '../support/rerun-behaviour.ts'
import { writesOf } from '../support/runs.ts'
import { itSparesItsOwnRun, itTakesRuns, itTellsRefusals, itWritesOnce } from '../support/write-behaviour.ts'

const tested = useOperation('rerun')
const { simulate, run: rerun, play } = tested

const DONE: RunSpec = { id: 100, conclusion: 'success' }
const RERUN = 'POST runs/100/rerun'

const operation = {
  tested,
  run: { conclusion: 'success' },
  write: (id: number) => `POST runs/${id}/rerun`,
  cost: 3,
  permission: 'actions: write' as const,
  effects: (simulator: Awaited<ReturnType<typeof simulate>>) => (simulator.repository().run(100)?.attempt ?? 0) - 1,
}

itTakesRuns(operation)
itSparesItsOwnRun(operation)
itTellsRefusals(operation)
itWritesOnce(operation)
itRefusesReruns({ tested, write: RERUN, inputs: { 'run-id': '100' } })

describe('rerun of a run named by id', () => {
  it('reads the run, re-runs all of its jobs, successful ones too, and reads the new attempt', async () => {
    const simulator = await simulate(DONE)
    const end = await rerun(simulator, { 'run-id': '100' })
    expect(requestLines(simulator)).toEqual(['GET runs/100', RERUN, 'GET runs/100'])
    expect(simulator.requests[1]).toMatchObject({ status: 201, requestBody: undefined })
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: {
        'run-id': '100',
        'run-ids': '[100]',
        'run-attempt': '2',
        'run-url': `${simulator.serverUrl}/octo/hello/actions/runs/100`,
        'matched-count': '1',
        'changed-count': '1',
      },
      result: {
        operation: 'rerun',
        repository: 'octo/hello',
        dryRun: false,
        counts: { matched: 1, changed: 1, skipped: 0, failed: 0 },
        runs: [{ id: 100, attempt: 2, outcome: 'changed', reason: null, message: 'all jobs re-run as attempt 2' }],
        requests: { total: 3, writes: 1, notModified: 0, retries: 0 },
        truncated: false,
      },
    })
    expect(JSON.parse(readFileSync(end.outputs['result-path'] ?? '', 'utf8'))).toEqual(end.result)
    expect(end.summary).toMatch(/✅ changed \| all jobs re-run as attempt 2/)
  })

  it('passes debug logging on', async () => {
    const simulator = await simulate(DONE)
    await rerun(simulator, { 'run-id': '100', 'enable-debug-logging': 'true' })
    expect(simulator.requests[1]?.requestBody).toEqual({ enable_debug_logging: true })
  })

  it('plans the attempt in a dry run, and sends no write', async () => {
    const simulator = await simulate(DONE)
    const end = await rerun(simulator, { 'run-id': '100', 'dry-run': 'true', wait: 'true' })
    expect(requestLines(simulator)).toEqual(['GET runs/100'])
    expect(end.exitCode).toBe(0)
    expect(end.result).toMatchObject({
      dryRun: true,
      counts: { matched: 1, changed: 0, skipped: 0, failed: 0 },
      runs: [{ outcome: 'planned', reason: null, message: 'would re-run all jobs as attempt 2' }],
    })
  })

  it('has no bound on attempts of its own: the server has', async () => {
    const simulator = await simulate({ ...DONE, attempt: 50 }, { ...DONE, id: 101, attempt: 51 })
    const end = await rerun(simulator, { 'run-id': '100 101' })
    expect(end.result.runs).toMatchObject([
      { id: 100, outcome: 'changed', attempt: 51 },
      { id: 101, outcome: 'failed', reason: 'not-rerunnable', message: expect.stringContaining('50 re-runs') },
    ])
  })

  it('warns of an input that it does not use', async () => {
    const simulator = await simulate(DONE)
    const end = await rerun(simulator, { 'run-id': '100', 'enable-debugger': 'true' })
    expect(end.stdout).toMatch(/^::warning::Input `enable-debugger` is set, but `rerun` does not use it/m)
    expect(simulator.requests[1]?.requestBody).toBeUndefined()
  })
})

describe('rerun by filter', () => {
  it('takes completed runs of any conclusion and skips those that still run', async () => {
    const simulator = await simulate(
      { ...DONE, id: 101, headSha: 'a'.repeat(40) },
      { id: 102, conclusion: 'cancelled', headSha: 'a'.repeat(40) },
      { id: 103, status: 'in_progress', headSha: 'a'.repeat(40) },
      { id: 104, conclusion: 'success' },
    )
    const end = await rerun(simulator, { 'head-sha': 'a'.repeat(40) })
    expect(writesOf(simulator)).toEqual(['POST runs/101/rerun', 'POST runs/102/rerun'])
    expect(end.result.counts).toEqual({ matched: 3, changed: 2, skipped: 1, failed: 0 })
    expect(end.exitCode).toBe(0)
    expect(end.stdout).toContain('Run 103: skipped (already-running)')
  })

  it('takes at most `limit` runs, the newest, and no excluded branch', async () => {
    const simulator = await simulate(
      { ...DONE, id: 101, createdAt: '2026-01-01T00:00:00Z' },
      { ...DONE, id: 102, createdAt: '2026-01-03T00:00:00Z', branch: 'release/1' },
      { ...DONE, id: 103, createdAt: '2026-01-02T00:00:00Z' },
    )
    const asked = { status: 'success', limit: '1', 'exclude-branches': 'release/*', 'dry-run': 'true' }
    const end = await rerun(simulator, asked)
    expect(end.outputs['run-ids']).toBe('[103]')
  })

  it.each([
    ['too-old', { createdAt: '2020-01-01T00:00:00Z' }],
    ['not-rerunnable', { rerunnable: false }],
  ])('skips what the server refuses as %s, with a warning', async (reason, spec) => {
    const simulator = await simulate({ ...DONE, ...spec }, { ...DONE, id: 101 })
    const end = await rerun(simulator, { status: 'success' })
    expect(end.result.counts).toEqual({ matched: 2, changed: 1, skipped: 1, failed: 0 })
    expect(end.stdout).toMatch(new RegExp(`^::warning::Run 100: skipped \\(${reason}\\)`, 'm'))
    expect(end.exitCode).toBe(0)
  })
})

describe('rerun with wait', () => {
  const asked = { 'run-id': '100', wait: 'true' }

  it('judges the conclusion of the new attempt, and re-runs once only', async () => {
    const runs = [{ id: 100, conclusion: ['success', 'failure', 'success'], rerunTakes: 90_000 }]
    const { end, simulator } = await play({ runs, inputs: { ...asked, 'max-attempts': '5' } })
    expect(writeLines(simulator)).toEqual([RERUN])
    expect(end.result.runs).toMatchObject([
      { outcome: 'failed', reason: 'conclusion', attempt: 2, message: 'attempt 2 ended with failure' },
    ])
    expect(end.outputs).toMatchObject({ 'run-attempt': '2', status: 'completed', conclusion: 'failure' })
    expect(end.failure).toContain('attempt 2 ended with failure')
  })

  it('lets pass what success-conclusions names', async () => {
    const runs = [{ id: 100, conclusion: ['success', 'failure'], rerunTakes: 90_000 }]
    const { end } = await play({ runs, inputs: { ...asked, 'success-conclusions': 'failure' } })
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', conclusion: 'failure', attempt: 2 }])
    expect(end.failure).toBeUndefined()
  })

  it('first waits for a run that is still running', async () => {
    const runs = [{ id: 100, jobs: [{ name: 'test', runFor: 60_000 }] }]
    const { end, simulator } = await play({ runs, inputs: asked })
    expect(writeLines(simulator)).toEqual([RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2, conclusion: 'success' }])
  })

  it('ends with timeout when the attempt does not end in time', async () => {
    const runs = [{ ...DONE, rerunTakes: Number.POSITIVE_INFINITY }]
    const { end } = await play({ runs, inputs: { ...asked, timeout: '5m' } })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'timeout', attempt: 2 }])
    expect(end.failure).toContain('within its `timeout` of 5m')
  })

  it('runs through the bundle in real time', async () => {
    const simulator = await simulate({ ...DONE, rerunTakes: 500 })
    const end = await rerun(simulator, { ...asked, 'poll-interval': '1s' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-attempt': '2', conclusion: 'success' } })
  })
})
