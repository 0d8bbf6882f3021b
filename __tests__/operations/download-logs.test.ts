import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { RunSpec, SimulatedRun, Simulator } from '../../simulator/index.ts'
import { jobLog } from '../../simulator/log-text.ts'
import { listFiles, requestLines, type Step, type StepEnd } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'

const simulators = useSimulators()

const FAILED: RunSpec = {
  id: 100,
  conclusion: 'failure',
  jobs: [
    { name: 'build', conclusion: 'success', log: 'compiled' },
    { name: 'test / unit', conclusion: 'failure', steps: [{ name: 'Set up' }, { name: 'Test', log: '##[error]no' }] },
    { name: 'test / e2e', conclusion: 'timed_out', log: 'too slow' },
    { name: 'deploy', conclusion: 'skipped' },
  ],
}

async function start(...runs: RunSpec[]) {
  const simulator = await simulators.start()
  const [run] = runs.map((spec) => simulator.repository().addRun(spec))
  return { simulator, run: run as SimulatedRun }
}

const download = (simulator: Simulator, inputs: Record<string, string> = {}, step: Partial<Step> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'download-logs', 'run-id': '100', path: 'logs', ...inputs } })

const filesOf = (end: StepEnd, path = 'logs') => listFiles(join(end.workspace, path))

const read = (end: StepEnd, ...path: string[]) => readFile(join(end.workspace, ...path), 'utf8')

const fileNames = (end: StepEnd, name: string, run = 0): string[] =>
  [end.result.logs].flat()[run].jobs.find((job: { name: string }) => job.name === name).files

/** The log that the simulator holds for a job. */
const held = (run: SimulatedRun, name: string): string => {
  const job = run.jobs.find((one) => one.name === name)
  return job ? jobLog(job) : 'no such job'
}

describe('the logs of a run', () => {
  it('are files per job and step, with a manifest, for four requests', async () => {
    const { simulator, run } = await start(FAILED)
    const end = await download(simulator)
    expect(end.exitCode).toBe(0)
    expect(requestLines(simulator)).toEqual(['GET runs/100', 'GET runs/100/jobs', 'GET runs/100/logs'])
    expect(simulator.requests).toHaveLength(4)
    const files = await filesOf(end)
    expect(files).toEqual([
      '0_build.txt',
      '1_test _ unit.txt',
      '2_test _ e2e.txt',
      'build/1_Run build.txt',
      'build/system.txt',
      'manifest.json',
      'test _ e2e/1_Run test _ e2e.txt',
      'test _ e2e/system.txt',
      'test _ unit/1_Set up.txt',
      'test _ unit/2_Test.txt',
      'test _ unit/system.txt',
    ])
    expect(await read(end, 'logs', '1_test _ unit.txt')).toBe(held(run, 'test / unit'))
    expect(end.outputs).toMatchObject({
      'logs-path': 'logs',
      'log-count': String(files.length - 1),
      'run-id': '100',
      conclusion: 'failure',
      'matched-count': '1',
    })
  })

  it('are told job by job in the manifest, which also stands in result', async () => {
    const { simulator, run } = await start(FAILED)
    const end = await download(simulator)
    const manifest = end.result.logs
    expect(JSON.parse(await read(end, 'logs', 'manifest.json'))).toEqual(manifest)
    expect(manifest).toMatchObject({ runId: 100, attempt: 1 })
    expect(manifest.jobs).toMatchObject([
      { jobId: run.jobs[0]?.id, name: 'build', attempt: 1, conclusion: 'success', source: 'steps', reason: null },
      { name: 'test / unit', source: 'steps', files: expect.arrayContaining(['test _ unit/2_Test.txt']) },
      { name: 'test / e2e', conclusion: 'timed_out', source: 'steps' },
      { name: 'deploy', conclusion: 'skipped', source: 'none', files: [], bytes: 0, reason: 'skipped' },
    ])
    for (const { files, bytes } of manifest.jobs) {
      const texts = await Promise.all(files.map((file: string) => read(end, 'logs', file)))
      expect(Buffer.byteLength(texts.join(''))).toBe(bytes)
    }
  })

  it('go to workflow-logs/<run id> by default', async () => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { path: '' })
    expect(end.outputs['logs-path']).toBe('workflow-logs/100')
    expect(await filesOf(end, 'workflow-logs/100')).toContain('manifest.json')
  })

  it('go wherever the author says: below, above or beside the workspace', async () => {
    const { simulator } = await start(FAILED)
    const above = await download(simulator, { path: '../elsewhere/./logs' })
    expect(above.exitCode).toBe(0)
    expect(await filesOf(above, '../elsewhere/logs')).toContain('0_build.txt')
    const absolute = join(above.workspace, 'deep/er')
    const end = await download(simulator, { path: absolute })
    expect(end.outputs['logs-path']).toBe(absolute)
    expect(await listFiles(absolute)).toContain('0_build.txt')
  })

  it('of several runs go to a folder each', async () => {
    const { simulator } = await start(FAILED, {
      id: 101,
      conclusion: 'success',
      jobs: [{ name: 'build', log: 'other' }],
    })
    const end = await download(simulator, { 'run-id': '100, 101' })
    expect(end.exitCode).toBe(0)
    expect(end.outputs).toMatchObject({ 'logs-path': 'logs', 'run-ids': '[100,101]' })
    expect(await read(end, 'logs', '100', '0_build.txt')).toContain('compiled')
    expect(await read(end, 'logs', '101', '0_build.txt')).toContain('other')
    expect(end.result.logs.map(({ runId }: { runId: number }) => runId).sort()).toEqual([100, 101])
    const chosen = await download(simulator, { 'run-id': '', status: 'failure' })
    expect(chosen.outputs).toMatchObject({ 'run-ids': '[100]', 'logs-path': 'logs' })
    expect(await filesOf(chosen)).toContain('0_build.txt')
  })

  it('come from the run of a workflow_run event', async () => {
    const { simulator } = await start(FAILED)
    const trigger = { env: { GITHUB_EVENT_NAME: 'workflow_run' }, event: { workflow_run: { id: 100 } } }
    const end = await download(simulator, { 'run-id': '' }, trigger)
    expect(end.outputs).toMatchObject({ 'run-id': '100', 'logs-path': 'logs' })
  })

  it('are asked for under the name that a repository had', async () => {
    const { simulator } = await start(FAILED)
    simulator.rename('octo/hello', 'octo/renamed')
    const end = await download(simulator)
    expect(end.exitCode).toBe(0)
    expect(await filesOf(end)).toContain('0_build.txt')
  })
})

describe('format', () => {
  it('zip keeps the archive alone, checked', async () => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { format: 'zip' })
    expect(end.exitCode).toBe(0)
    expect(await filesOf(end)).toEqual(['logs-100-1.zip', 'manifest.json'])
    expect((await readFile(join(end.workspace, 'logs/logs-100-1.zip'))).subarray(0, 4).toString()).toBe('PK\x03\x04')
    expect(end.outputs['log-count']).toBe('0')
    expect(end.result.logs.jobs[0]).toMatchObject({ source: 'steps', files: [] })
  })

  it('both keeps archive and files', async () => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { format: 'both' })
    expect(await filesOf(end)).toEqual(expect.arrayContaining(['logs-100-1.zip', '0_build.txt', 'manifest.json']))
    expect(end.outputs['log-count']).toBe('10')
  })
})

describe('attempts', () => {
  const rerun: RunSpec = {
    id: 100,
    attempt: 2,
    jobs: [{ name: 'build', steps: [{ name: 'Run', log: ['first', 'second'] }], conclusion: ['failure', 'success'] }],
  }

  it.each([
    { what: 'the latest by default', inputs: {}, attempt: 2, log: 'second', request: 'GET runs/100/logs' },
    {
      what: 'the one that is named',
      inputs: { attempt: '1' },
      attempt: 1,
      log: 'first',
      request: 'GET runs/100/attempts/1/logs',
    },
    {
      what: 'the one of the URL',
      inputs: { 'run-id': 'https://github.com/octo/hello/actions/runs/100/attempts/1' },
      attempt: 1,
      log: 'first',
      request: 'GET runs/100/attempts/1/logs',
    },
  ])('are chosen: $what', async ({ inputs, attempt, log, request }) => {
    const { simulator } = await start(rerun)
    const end = await download(simulator, inputs)
    expect(end.exitCode).toBe(0)
    expect(end.outputs['run-attempt']).toBe(String(attempt))
    expect(end.result.logs).toMatchObject({ attempt, jobs: [{ attempt }] })
    expect(await read(end, 'logs', '0_build.txt')).toContain(log)
    expect(requestLines(simulator)).toContain(request)
    expect(simulator.requests).toHaveLength(4)
  })

  it('that do not exist end as not-found', async () => {
    const { simulator } = await start(rerun)
    const end = await download(simulator, { attempt: '3' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-found' }])
  })
})

describe('jobs', () => {
  it('are those that failed with only-failed', async () => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { 'only-failed': 'true' })
    expect(end.exitCode).toBe(0)
    expect(end.result.logs.jobs.map(({ name }: { name: string }) => name)).toEqual(['test / unit', 'test / e2e'])
    expect((await filesOf(end)).some((file) => file.includes('build'))).toBe(false)
  })

  it('are none with only-failed when none failed: no archive is fetched', async () => {
    const { simulator } = await start({ id: 100, conclusion: 'success', logs: 'expired' })
    const end = await download(simulator, { 'only-failed': 'true' })
    expect(end.exitCode).toBe(0)
    expect(end.outputs['log-count']).toBe('0')
    expect(await filesOf(end)).toEqual(['manifest.json'])
    expect(requestLines(simulator)).toEqual(['GET runs/100', 'GET runs/100/jobs'])
  })

  it.each([
    { name: 'build', jobs: ['build'] },
    { name: 'test / unit', jobs: ['test / unit'] },
    { name: 'test*', jobs: ['test / unit', 'test / e2e'] },
    { name: '*e*', jobs: ['test / unit', 'test / e2e', 'deploy'] },
  ])('are chosen by job-name $name', async ({ name, jobs }) => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { 'job-name': name })
    expect(end.exitCode).toBe(0)
    expect(end.result.logs.jobs.map((job: { name: string }) => job.name)).toEqual(jobs)
  })

  it('of an unknown name end as not-found, with the names that there are', async () => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { 'job-name': 'tset' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-found' }])
    expect(end.result.runs[0].message).toContain('"build", "test / unit", "test / e2e", "deploy"')
    expect(requestLines(simulator)).not.toContain('GET runs/100/logs')
    expect(await filesOf(end)).toEqual([])
  })

  it('of a run in progress come one by one, as far as they have completed', async () => {
    const { simulator, run } = await start({
      id: 100,
      status: 'in_progress',
      jobs: [
        { name: 'a / b', conclusion: 'success', log: 'hello' },
        { name: 'busy', status: 'in_progress' },
        { name: 'lost', conclusion: 'failure', noLog: true },
      ],
    })
    const end = await download(simulator)
    const [done, , lost] = run.jobs
    expect(end.result.logs.jobs).toMatchObject([
      { jobId: done?.id, source: 'api', files: [`${done?.id}_a _ b.txt`], reason: null },
      { name: 'busy', source: 'none', reason: 'not-completed' },
      { name: 'lost', source: 'none', reason: 'logs-unavailable' },
    ])
    expect(await read(end, 'logs', `${done?.id}_a _ b.txt`)).toBe(held(run, 'a / b'))
    expect(requestLines(simulator).sort()).toEqual(
      ['GET runs/100', 'GET runs/100/jobs', `GET jobs/${done?.id}/logs`, `GET jobs/${lost?.id}/logs`].sort(),
    )
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'logs-incomplete', status: 'in_progress' }])
    expect(end.result.runs[0].message).toContain('no log could be had of: lost')
  })

  it('each get their own log, whatever their names', async () => {
    const long = `${'long '.repeat(18)}end`
    const names = [
      'a/b',
      'a_b',
      'a / b',
      'x: "y"',
      long,
      `${long}ing`,
      'twice',
      'twice',
      'twice (1)',
      'ice',
      '漢'.repeat(90),
    ]
    const jobs = names.map((name, index) => ({ name, log: `log of number ${index} <${name}>` }))
    const { simulator, run } = await start({ id: 100, conclusion: 'success', jobs })
    const end = await download(simulator)
    expect(end.exitCode).toBe(0)
    const logs = end.result.logs.jobs
    expect(logs).toHaveLength(names.length)
    for (const [index, { jobId, files }] of logs.entries()) {
      const job = run.jobs.find(({ id }) => id === jobId)
      const whole = files.find((file: string) => !file.includes('/'))
      expect(await read(end, 'logs', whole)).toBe(job && jobLog(job))
      expect(await read(end, 'logs', whole)).toContain(`log of number ${index} `)
    }
    const all = logs.flatMap(({ files }: { files: string[] }) => files)
    expect(new Set(all).size).toBe(all.length)
    expect(await filesOf(end)).toEqual([...all, 'manifest.json'].sort())
  })

  it.each(['jobs-only', 'no-steps', 'old-service'] as const)(
    'are found in archives of the shape %s',
    async (archiveLayout) => {
      const { simulator, run } = await start({ ...FAILED, archiveLayout })
      const end = await download(simulator)
      expect(end.exitCode).toBe(0)
      expect(simulator.requests).toHaveLength(4)
      const [whole = ''] = fileNames(end, 'test / unit')
      expect(await read(end, 'logs', whole)).toBe(held(run, 'test / unit'))
      const source = archiveLayout === 'old-service' ? 'steps' : 'job'
      expect(end.result.logs.jobs[1]).toMatchObject({ source })
    },
  )

  it('that the archive does not have are fetched by id', async () => {
    const { simulator, run } = await start({ ...FAILED, missing: ['test / unit'] })
    const end = await download(simulator)
    const id = run.jobs[1]?.id
    expect(end.exitCode).toBe(0)
    expect(end.result.logs.jobs[1]).toMatchObject({ source: 'api', files: [`${id}_test _ unit.txt`] })
    expect(await read(end, 'logs', `${id}_test _ unit.txt`)).toBe(held(run, 'test / unit'))
    expect(requestLines(simulator).at(-1)).toBe(`GET jobs/${id}/logs`)
  })

  it('that failed and have no log fail the step as logs-incomplete, with all others in place', async () => {
    const jobs = [
      { name: 'lost', conclusion: 'failure', noLog: true },
      { name: 'kept', conclusion: 'failure', log: 'x' },
    ]
    const { simulator } = await start({ id: 100, conclusion: 'failure', jobs })
    const end = await download(simulator)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'logs-incomplete' }])
    expect(end.outputs['log-count']).toBe('3')
    expect(await filesOf(end)).toContain('1_kept.txt'.replace('1', '0'))
    expect(end.stdout).toContain('lost')
  })
})

describe('logs that are gone', () => {
  it.each([
    { logs: 'expired', reason: 'logs-expired' },
    { logs: 'deleted', reason: 'logs-unavailable' },
  ] as const)('end as $reason when they are $logs', async ({ logs, reason }) => {
    const { simulator } = await start({ ...FAILED, logs })
    const end = await download(simulator)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason }])
    expect(await filesOf(end)).toEqual([])
    expect(simulator.requests).toHaveLength(3)
  })

  it('end as not-found with their run', async () => {
    const { simulator } = await start(FAILED)
    const end = await download(simulator, { 'run-id': '404' })
    expect(end.result.runs).toMatchObject([{ id: 404, outcome: 'failed', reason: 'not-found' }])
    expect(requestLines(simulator)).toEqual(['GET runs/404'])
  })

  it('end as permission for a token without rights', async () => {
    const { simulator } = await start(FAILED)
    simulator.addToken('weak', { kind: 'installation', login: 'app[bot]', permissions: {} })
    const end = await download(simulator, { token: 'weak' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(end.result.runs[0].message).toContain('actions: read')
  })
})

it('says in a sentence that `path` is a file, before any request', async () => {
  const { simulator } = await start(FAILED)
  const first = await download(simulator)
  const file = join(first.workspace, 'taken')
  await writeFile(file, 'mine')
  const sent = simulator.requests.length
  const end = await download(simulator, { path: file })
  expect(end.exitCode).toBe(1)
  expect(end.stdout).toMatch(/::error::Input `path` is .*taken.*folder/)
  expect(await readFile(file, 'utf8')).toBe('mine')
  expect(simulator.requests).toHaveLength(sent)
})
