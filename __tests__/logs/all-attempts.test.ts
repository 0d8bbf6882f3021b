import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { groupExecutions } from '../../src/logs/all-attempts.ts'
import type { Job } from '../../src/runs/read.ts'
import { toJob } from '../../src/runs/read.ts'
import { listFiles, requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'

const execution = (id: number, name: string, attempt: number): Job =>
  toJob({ id, run_id: 1, name, run_attempt: attempt, status: 'completed', conclusion: 'success' })

describe('executions of a job', () => {
  it('are told apart from those of another job of the same name, and are newest first', () => {
    const jobs = [execution(1, 'a', 1), execution(2, 'a', 1), execution(3, 'b', 1), execution(4, 'a', 2)]
    const groups = groupExecutions(jobs).map((group) => group.map((job) => job.id))
    expect(groups).toEqual([[4, 1], [2], [3]])
  })
})

describe('download-logs with attempt: all', () => {
  const simulators = useSimulators()

  const world = async () => {
    const simulator = await simulators.start()
    const run = simulator.repository().addRun({
      status: 'completed',
      conclusion: ['failure', 'success'],
      jobs: [
        { name: 'build', conclusion: 'success', steps: [{ name: 'Compile', log: ['built in attempt 1', 'never'] }] },
        {
          name: 'test',
          conclusion: ['failure', 'success'],
          steps: [{ name: 'Check', log: ['##[error]flaky', 'all passed'] }],
        },
      ],
    })
    const again = await fetch(`${simulator.apiUrl}/repos/octo/hello/actions/runs/${run.id}/rerun-failed-jobs`, {
      method: 'POST',
      headers: { authorization: 'token simulator-token' },
    })
    expect(again.status).toBe(201)
    simulator.settle()
    expect(run.attempt).toBe(2)
    simulator.requests.length = 0
    return { simulator, run }
  }

  it('fetches the newest log of every job, each attempt into its own folder', async () => {
    const { simulator, run } = await world()
    const end = await simulators.run(simulator, {
      with: { operation: 'download-logs', 'run-id': String(run.id), attempt: 'all', path: 'logs' },
    })
    expect(end.exitCode).toBe(0)
    const { jobs } = end.result.logs
    expect(jobs.map((job: { name: string }) => job.name).sort()).toEqual(['build', 'test'])
    const texts = await Promise.all(
      jobs.map(async (job: { files: string[] }) =>
        (await Promise.all(job.files.map((file) => readFile(join(end.workspace, 'logs', file), 'utf8')))).join(''),
      ),
    )
    const byName = Object.fromEntries(jobs.map((job: { name: string }, index: number) => [job.name, texts[index]]))
    expect(byName.build).toContain('built in attempt 1')
    expect(byName.test).toContain('all passed')
    expect(byName.test).not.toContain('flaky')
    const manifest = JSON.parse(await readFile(join(end.workspace, 'logs/manifest.json'), 'utf8'))
    expect(manifest).toEqual(end.result.logs)
    const files = await listFiles(join(end.workspace, 'logs'))
    expect(files.filter((file) => file !== 'manifest.json').sort()).toEqual(
      jobs.flatMap((job: { files: string[] }) => job.files).sort(),
    )
  })

  it('keeps the archives of the attempts under their names', async () => {
    const { simulator, run } = await world()
    const end = await simulators.run(simulator, {
      with: { operation: 'download-logs', 'run-id': String(run.id), attempt: 'all', path: 'logs', format: 'both' },
    })
    expect(end.exitCode).toBe(0)
    expect(await listFiles(join(end.workspace, 'logs'))).toContain(`logs-${run.id}-2.zip`)
    expect(requestLines(simulator)).toContain(`GET runs/${run.id}/logs`)
  })

  it('goes on to the attempt before when the newest one has no log of a job', async () => {
    const { simulator, run } = await world()
    const carried = run.jobs.find((job) => job.name === 'build')
    simulator.failNext(
      { path: new RegExp(`/jobs/${carried?.id}/logs`) },
      { status: 404, body: { message: 'Not Found' } },
    )
    const end = await simulators.run(simulator, {
      with: { operation: 'download-logs', 'run-id': String(run.id), attempt: 'all', path: 'logs' },
    })
    expect(end.exitCode).toBe(0)
    const build = end.result.logs.jobs.find((job: { name: string }) => job.name === 'build')
    expect(build).toMatchObject({ attempt: 1, source: 'steps' })
    expect(requestLines(simulator)).toContain(`GET runs/${run.id}/attempts/1/logs`)
  })
})
