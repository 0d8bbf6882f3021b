import { describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/index.ts'
import { requestLines } from '../support/action.ts'
import { useOperation } from '../support/operation.ts'
import { itReadsRuns } from '../support/read-behaviour.ts'

const tested = useOperation('get-run')
const { simulate, run: getRun } = tested

itReadsRuns({ tested, reads: (id) => [`GET runs/${id}`, `GET runs/${id}/jobs`] })

const RETRIED: RunSpec = {
  id: 100,
  attempt: 3,
  title: 'Mend <the> build',
  branch: 'topic',
  pullRequests: [7],
  jobs: [
    { name: 'build', conclusion: 'success' },
    {
      name: 'test',
      conclusion: ['failure', 'failure', 'success'],
      steps: [{ name: 'Set up' }, { name: 'Unit tests' }],
    },
  ],
}

describe('get-run', () => {
  it('reads the latest attempt and its jobs: two requests', async () => {
    const simulator = await simulate(RETRIED)
    const end = await getRun(simulator, { 'run-id': '100' })
    expect(requestLines(simulator).sort()).toEqual(['GET runs/100', 'GET runs/100/jobs'])
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: {
        'run-id': '100',
        'run-url': `${simulator.serverUrl}/octo/hello/actions/runs/100`,
        'run-attempt': '3',
        status: 'completed',
        conclusion: 'success',
        'run-ids': '[100]',
        'matched-count': '1',
        'failed-count': '0',
      },
    })
    expect(end.result.runs).toMatchObject([
      { id: 100, attempt: 3, title: 'Mend <the> build', branch: 'topic', outcome: 'matched', message: 'success' },
    ])
    const jobs = JSON.parse(end.outputs.jobs ?? '')
    expect(jobs).toEqual(end.result.jobs)
    expect(jobs).toMatchObject([
      { name: 'build', attempt: 3, status: 'completed', conclusion: 'success', failedSteps: [] },
      { name: 'test', attempt: 3, conclusion: 'success' },
    ])
    expect(Object.keys(jobs[0]).sort()).toEqual(
      ['id', 'name', 'attempt', 'status', 'conclusion', 'startedAt', 'completedAt', 'url', 'failedSteps'].sort(),
    )
  })

  it.each([
    ['the input', { 'run-id': '100', attempt: '2' }],
    ['a run URL', { 'run-id': 'https://github.com/octo/hello/actions/runs/100/attempts/2' }],
    [
      'the input rather than the URL',
      { 'run-id': 'https://github.com/octo/hello/actions/runs/100/attempts/1', attempt: '2' },
    ],
  ])('reads an attempt that is named by %s: two requests', async (_how, inputs: Record<string, string>) => {
    const simulator = await simulate(RETRIED)
    const end = await getRun(simulator, inputs)
    expect(requestLines(simulator).sort()).toEqual(['GET runs/100/attempts/2', 'GET runs/100/attempts/2/jobs'])
    expect(end.outputs).toMatchObject({ 'run-attempt': '2', conclusion: 'failure' })
    expect(end.result.jobs).toMatchObject([{ attempt: 2 }, { name: 'test', attempt: 2, failedSteps: ['Unit tests'] }])
  })

  it('does not find an attempt that there never was', async () => {
    const simulator = await simulate(RETRIED)
    const end = await getRun(simulator, { 'run-id': '100', attempt: '4' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'not-found' }])
    expect(end.stdout).toMatch(/^::error::.*404 to GET .*\/runs\/100\/attempts\/4/m)
    expect(end.outputs.jobs).toBe('[]')
  })

  it('does not judge: a failed run does not fail the step', async () => {
    const simulator = await simulate({ id: 100, conclusion: 'failure' })
    const end = await getRun(simulator, { 'run-id': '100' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { conclusion: 'failure' } })
  })

  it('has no conclusion for a run that goes on', async () => {
    const simulator = await simulate({ id: 100, status: 'in_progress' })
    const end = await getRun(simulator, { 'run-id': '100' })
    expect(end.outputs).toMatchObject({ status: 'in_progress' })
    expect(end.outputs.conclusion).toBeUndefined()
    expect(end.result.jobs).toMatchObject([{ status: 'in_progress', conclusion: null, completedAt: null }])
  })

  it('reads all pages of the jobs', async () => {
    const jobs = Array.from({ length: 230 }, (_, index) => ({ name: `shard ${index + 1}` }))
    const simulator = await simulate({ id: 100, conclusion: 'success', jobs })
    const end = await getRun(simulator, { 'run-id': '100' })
    expect(JSON.parse(end.outputs.jobs ?? '').map(({ name }: { name: string }) => name)).toEqual(
      jobs.map(({ name }) => name),
    )
    expect(requestLines(simulator).filter((line) => line.endsWith('/jobs'))).toHaveLength(3)
    expect(simulator.requests.find(({ path }) => path.endsWith('/jobs'))?.query.per_page).toBe('100')
  })

  it.each([
    ['true', 'true'],
    ['false', undefined],
    ['', undefined],
  ])('leaves pull requests out when asked to: %s', async (value, sent) => {
    const simulator = await simulate(RETRIED)
    await getRun(simulator, { 'run-id': '100', 'exclude-pull-requests': value })
    await getRun(simulator, { 'run-id': '100', 'exclude-pull-requests': value, attempt: '1' })
    const asked = simulator.requests.filter(({ path }) => !path.endsWith('/jobs'))
    expect(asked.map(({ query }) => query.exclude_pull_requests)).toEqual([sent, sent])
  })

  it('refuses an attempt that is no number before any request', async () => {
    const simulator = await simulate(RETRIED)
    const end = await getRun(simulator, { 'run-id': '100', attempt: 'all' })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/^::error::.*`attempt` is "all": expected a whole number of at least 1/m)
    expect(requestLines(simulator)).toEqual([])
  })
})
