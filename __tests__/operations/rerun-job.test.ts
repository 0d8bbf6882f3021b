import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines } from '../support/action.ts'
import { useOperation, withoutProcess, writeLines } from '../support/operation.ts'
import { itRefusesReruns } from '../support/rerun-behaviour.ts'
import { itTellsRefusals, itWritesOnce } from '../support/write-behaviour.ts'

const tested = useOperation('rerun-job')
const { simulate, run: rerunJob, play } = tested

const RERUN = 'POST jobs/700/rerun'
const JOBS = [
  { name: 'build', id: 700 },
  { name: 'test (linux)', id: 701 },
  { name: 'test (windows)', id: 702 },
  { name: 'deploy / production', id: 703, needs: ['build'] },
]
const DONE: RunSpec = { id: 100, conclusion: 'failure', jobs: JOBS }

const operation = {
  tested: withoutProcess(tested),
  run: { conclusion: 'failure', jobs: [{ name: 'build', id: 700 }] },
  inputs: { 'job-name': 'build' },
  write: () => RERUN,
  cost: 4,
  permission: 'actions: write' as const,
  effects: (simulator: Simulator) => (simulator.repository().run(100)?.attempt ?? 0) - 1,
}

itTellsRefusals(operation)
itWritesOnce(operation)
itRefusesReruns({ tested: withoutProcess(tested), write: RERUN, inputs: { 'job-id': '700' } })

/** Names of the jobs that ran in the latest attempt. */
const ranAgain = (simulator: Simulator) =>
  simulator
    .repository()
    .run(100)
    ?.jobs.filter(({ ranIn }) => ranIn === 2)
    .map(({ name }) => name)

describe('rerun-job by id', () => {
  it('finds the run by the job and re-runs the job with those that need it', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'job-id': '700' })
    expect(requestLines(simulator)).toEqual(['GET jobs/700', 'GET runs/100', RERUN, 'GET runs/100'])
    expect(simulator.requests[2]).toMatchObject({ status: 201, requestBody: undefined })
    expect(ranAgain(simulator)).toEqual(['build', 'deploy / production'])
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { 'run-id': '100', 'run-attempt': '2', 'run-ids': '[100]', 'changed-count': '1' },
      result: {
        operation: 'rerun-job',
        counts: { matched: 1, changed: 1, skipped: 0, failed: 0 },
        runs: [{ id: 100, attempt: 2, outcome: 'changed', reason: null, message: 'job "build" re-run as attempt 2' }],
        requests: { total: 4, writes: 1 },
      },
    })
  })

  it('takes the URL of the page of the job', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, {
      'job-id': `${simulator.serverUrl}/octo/hello/actions/runs/100/job/701?pr=7`,
    })
    expect(writeLines(simulator)).toEqual(['POST jobs/701/rerun'])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'job "test (linux)" re-run as attempt 2' }])
  })

  it.each([
    ['enable-debug-logging', { enable_debug_logging: true }],
    ['enable-debugger', { enable_debugger: true }],
  ])('passes %s on', async (name, body) => {
    const simulator = await simulate(DONE)
    await rerunJob(simulator, { 'job-id': '700', [name]: 'true' })
    expect(simulator.requests[2]?.requestBody).toEqual(body)
  })

  it('sends no write in a dry run', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'job-id': '700', 'dry-run': 'true' })
    expect(requestLines(simulator)).toEqual(['GET jobs/700', 'GET runs/100'])
    expect(end.result).toMatchObject({
      dryRun: true,
      runs: [{ outcome: 'planned', message: 'would re-run job "build" as attempt 2' }],
    })
  })

  it('says of a number that is no id of a job where the id is', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'job-id': '2' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'not-found', runs: [], counts: { matched: 0 } })
    expect(end.stdout).toMatch(/^::error::.*404 to GET .*\/jobs\/2: .*number after `\/job\/` in the URL/m)
    expect(requestLines(simulator)).toEqual(['GET jobs/2'])
  })

  it('fails on the run that a job URL names when it has no such job', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'job-id': `${simulator.serverUrl}/octo/hello/actions/runs/100/job/2` })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'not-found', attempt: 1 }])
    expect(writeLines(simulator)).toEqual([])
  })

  it('re-runs no job of another run than the one named with it', async () => {
    const simulator = await simulate(DONE, { id: 200, conclusion: 'failure' })
    const end = await rerunJob(simulator, { 'job-id': '700', 'run-id': '200' })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/^::error::.*Job 700 is of run 100, not of run 200/m)
    expect(writeLines(simulator)).toEqual([])
  })

  it('refuses the URL of a job in another repository before any request', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'job-id': `${simulator.serverUrl}/octo/other/actions/runs/100/job/700` })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/^::error::.*`job-id`.*octo\/other.*set `repository: octo\/other`/m)
    expect(requestLines(simulator)).toEqual([])
  })
})

describe('rerun-job by name', () => {
  it.each([
    ['the very name', 'deploy / production', 703],
    ['a name with characters of globs', 'test (linux)', 701],
    ['a glob that fits one job', 'test*win*', 702],
    ['a glob across a slash', 'deploy*', 703],
  ])('finds the job by %s', async (_how, name, id) => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'run-id': '100', 'job-name': name })
    expect(requestLines(simulator)).toEqual([
      'GET runs/100',
      'GET runs/100/jobs',
      `POST jobs/${id}/rerun`,
      'GET runs/100',
    ])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-id': '100', 'run-attempt': '2' } })
  })

  it('prefers the very name to what it would fit as a glob', async () => {
    const simulator = await simulate({
      ...DONE,
      jobs: [
        { name: 'a*', id: 710 },
        { name: 'ab', id: 711 },
      ],
    })
    await rerunJob(simulator, { 'run-id': '100', 'job-name': 'a*' })
    expect(writeLines(simulator)).toEqual(['POST jobs/710/rerun'])
  })

  it('lists the candidates with their ids when several jobs fit', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'run-id': '100', 'job-name': 'test*' })
    expect(end.exitCode).toBe(1)
    const said = '2 jobs fit "test*": "test (linux)" (701), "test (windows)" (702). Name one of them, or use `job-id`.'
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'not-found', message: said }])
    expect(end.stdout).toContain(said)
    expect(writeLines(simulator)).toEqual([])
  })

  it('does not choose between two jobs of the same name', async () => {
    const jobs = [
      { name: 'lint', id: 710 },
      { name: 'lint', id: 711 },
    ]
    const simulator = await simulate({ ...DONE, jobs })
    const end = await rerunJob(simulator, { 'run-id': '100', 'job-name': 'lint' })
    expect(end.stdout).toContain('2 jobs fit "lint": "lint" (710), "lint" (711)')
    expect(writeLines(simulator)).toEqual([])
  })

  it('lists the jobs there are when none fits', async () => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, { 'run-id': '100', 'job-name': 'docs' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({
      counts: { matched: 1, failed: 1 },
      runs: [{ id: 100, outcome: 'failed', reason: 'not-found' }],
    })
    expect(end.stdout).toMatch(/No job is called "docs".*"build" \(700\).*"deploy \/ production" \(703\)/)
    expect(writeLines(simulator)).toEqual([])
  })

  it('finds jobs of the latest attempt, on any page', async () => {
    const jobs = Array.from({ length: 130 }, (_, index) => ({ name: `shard ${index + 1}` }))
    const simulator = await simulate({ id: 100, conclusion: 'failure', attempt: 2, jobs })
    const end = await rerunJob(simulator, { 'run-id': '100', 'job-name': 'shard 130' })
    const id = simulator.repository().run(100)?.attempts[1]?.jobs[129]?.id
    expect(writeLines(simulator)).toEqual([`POST jobs/${id}/rerun`])
    expect(end.outputs['run-attempt']).toBe('3')
  })

  it('takes the run of a workflow_run event', async () => {
    const simulator = await simulate(DONE)
    const step = { event: { workflow_run: { id: 100 } }, env: { GITHUB_EVENT_NAME: 'workflow_run' } }
    const end = await rerunJob(simulator, { 'job-name': 'build' }, step)
    expect(writeLines(simulator)).toEqual([RERUN])
    expect(end.exitCode).toBe(0)
  })

  it.each([
    ['the run', { 'run-id': '100', 'job-name': 'build' }],
    ['the job', { 'job-id': '700' }],
  ])('refuses the run that the step itself is part of, named by %s', async (_how, inputs: Record<string, string>) => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, inputs, { env: { GITHUB_RUN_ID: '100' } })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'own-run' }])
    expect(writeLines(simulator)).toEqual([])
  })
})

describe('inputs of rerun-job that contradict each other', () => {
  it.each<[RegExp, Record<string, string>]>([
    [/Nothing says which job to re-run/, { 'run-id': '100' }],
    [/Nothing says which run the job is of: set `run-id`/, { 'job-name': 'build' }],
    [/`job-id` and `job-name` are both set/, { 'job-id': '700', 'job-name': 'build', 'run-id': '100' }],
    [/`run-id` names several runs: `rerun-job` takes one/, { 'run-id': '100 101', 'job-name': 'build' }],
    [/`job-id` is "build": expected a job id or a job URL/, { 'job-id': 'build' }],
  ])('are told before any request: %s', async (said, inputs) => {
    const simulator = await simulate(DONE)
    const end = await rerunJob(simulator, inputs)
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(said)
    expect(requestLines(simulator)).toEqual([])
  })
})

describe('rerun-job with wait', () => {
  const asked = { 'run-id': '100', 'job-name': 'deploy', wait: 'true' }

  it('first waits for a run that still runs, whose job may not exist yet', async () => {
    const jobs = [
      { name: 'build', runFor: 60_000 },
      { name: 'deploy', needs: ['build'], runFor: 60_000, conclusion: ['failure', 'success'] },
    ]
    const { end, simulator } = await play({ runs: [{ id: 100, jobs }], inputs: asked })
    expect(writeLines(simulator)).toHaveLength(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2, conclusion: 'success' }])
  })

  it('judges the conclusion of the new attempt', async () => {
    const jobs = [{ name: 'deploy', conclusion: 'failure' }]
    const { end, simulator } = await play({
      runs: [{ id: 100, conclusion: 'failure', jobs, rerunTakes: 60_000 }],
      inputs: { ...asked, 'max-attempts': '5' },
    })
    expect(writeLines(simulator)).toHaveLength(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'conclusion', attempt: 2 }])
    expect(end.failure).toContain('attempt 2 ended with failure')
  })
})
