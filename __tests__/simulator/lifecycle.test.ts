import { afterEach, describe, expect, it } from '@jest/globals'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

const states = (jobs: { name: string; status: string; conclusion: string | null }[]) =>
  jobs.map(({ name, status, conclusion }) => `${name}: ${conclusion ?? status}`)

describe('a scripted run', () => {
  it('goes from queued over in_progress to completed as its jobs do', async () => {
    const { repository, clock, get } = await startBench()
    const run = repository.addRun({
      jobs: [
        { name: 'build', startAfter: 1000, runFor: 5000 },
        { name: 'test', needs: ['build'], runFor: 2000 },
      ],
    })
    const read = async () => (await get(`/runs/${run.id}`)).body
    expect((await read()).status).toBe('queued')
    clock.advance(1000)
    expect((await read()).status).toBe('in_progress')
    expect((await get(`/runs/${run.id}/jobs`)).body.total_count).toBe(1)
    clock.advance(5000)
    expect(states((await get(`/runs/${run.id}/jobs`)).body.jobs)).toEqual(['build: success', 'test: in_progress'])
    clock.advance(60_000)
    expect(await read()).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      updated_at: '2026-06-15T12:00:08Z',
    })
  })

  it('shows queued while any of its jobs is queued', async () => {
    const { repository, clock } = await startBench()
    const run = repository.addRun({
      jobs: [
        { name: 'fast', runFor: 1000 },
        { name: 'late', startAfter: 5000, runFor: 1000 },
      ],
    })
    clock.advance(10)
    expect(run.jobs.map((job) => job.status)).toEqual(['in_progress', 'queued'])
    expect(run.status).toBe('queued')
  })

  it('skips what needs a failed job, but not always() jobs', async () => {
    const { repository } = await startBench()
    const run = repository.addRun({
      jobs: [
        { name: 'build', conclusion: 'failure' },
        { name: 'test', needs: ['build'] },
        { name: 'report', needs: ['test'], ignoresCancel: true },
      ],
    })
    expect(states(run.jobs)).toEqual(['build: failure', 'test: skipped', 'report: success'])
    expect(run.conclusion).toBe('failure')
  })

  it('has lived already if it was created in the past', async () => {
    const { repository, clock } = await startBench()
    const createdAt = clock.now() - 3_600_000
    const run = repository.addRun({ createdAt, jobs: [{ name: 'build', runFor: 60_000 }] })
    expect(run.status).toBe('completed')
    expect(run.jobs[0]?.completedAt).toBe(createdAt + 60_000)
  })
})

describe('a frozen run', () => {
  it('stays as it is described', async () => {
    const { repository, clock, get } = await startBench()
    const run = repository.addRun({
      status: 'in_progress',
      jobs: [{ name: 'a', conclusion: 'success' }, { name: 'b' }],
    })
    clock.advance(86_400_000)
    expect((await get(`/runs/${run.id}`)).body).toMatchObject({ status: 'in_progress', conclusion: null })
    expect(states((await get(`/runs/${run.id}/jobs`)).body.jobs)).toEqual(['a: success', 'b: in_progress'])
  })

  it('spreads its conclusion over jobs that have none, and skips those behind a failure', async () => {
    const { repository } = await startBench()
    const run = repository.addRun({ conclusion: 'failure', jobs: [{ name: 'a' }, { name: 'b', needs: ['a'] }] })
    expect(states(run.jobs)).toEqual(['a: failure', 'b: skipped'])
    const mixed = repository.addRun({
      conclusion: 'failure',
      jobs: [{ name: 'a' }, { name: 'b', conclusion: 'failure' }],
    })
    expect(states(mixed.jobs)).toEqual(['a: success', 'b: failure'])
  })

  it('has older attempts', async () => {
    const { repository, get } = await startBench()
    const run = repository.addRun({ attempt: 3, conclusion: ['failure', 'cancelled', 'success'] })
    expect((await get(`/runs/${run.id}`)).body).toMatchObject({ run_attempt: 3, conclusion: 'success' })
    const second = await get(`/runs/${run.id}/attempts/2`)
    expect(second.body).toMatchObject({ run_attempt: 2, conclusion: 'cancelled' })
    expect(second.body.previous_attempt_url).toMatch(/attempts\/1$/)
    expect((await get(`/runs/${run.id}/attempts/4`)).status).toBe(404)
    expect((await get(`/runs/${run.id}/jobs?filter=all`)).body.total_count).toBe(3)
    expect((await get(`/runs/${run.id}/attempts/1/jobs`)).body.jobs[0]).toMatchObject({ conclusion: 'failure' })
  })
})

describe('a re-run', () => {
  it('makes a new attempt with new job ids after its delay', async () => {
    const { repository, clock, get, post } = await startBench({ delays: { rerun: 2000 } })
    const run = repository.addRun({ conclusion: ['failure', 'success'], rerunTakes: 5000 })
    const before = run.jobs[0]?.id
    expect(await post(`/runs/${run.id}/rerun`)).toMatchObject({ status: 201, body: {} })
    expect((await get(`/runs/${run.id}`)).body).toMatchObject({ run_attempt: 1, status: 'completed' })
    expect((await post(`/runs/${run.id}/rerun`)).body.message).toBe('This workflow is already running')
    clock.advance(2000)
    const started = (await get(`/runs/${run.id}`)).body
    expect(started).toMatchObject({ run_attempt: 2, status: 'in_progress', run_started_at: '2026-06-15T12:00:02Z' })
    expect(started.triggering_actor.login).toBe('github-actions[bot]')
    expect(run.jobs[0]?.id).not.toBe(before)
    clock.advance(5000)
    expect(run).toMatchObject({ status: 'completed', conclusion: 'success', attempt: 2 })
    expect((await get(`/jobs/${before}`)).body).toMatchObject({ run_attempt: 1, conclusion: 'failure' })
  })

  it('of failed jobs takes their dependents along and carries the others over', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({
      jobs: [
        { name: 'lint' },
        { name: 'test', conclusion: ['failure', 'success'] },
        { name: 'deploy', needs: ['test'] },
      ],
    })
    expect(states(run.jobs)).toEqual(['lint: success', 'test: failure', 'deploy: skipped'])
    await post(`/runs/${run.id}/rerun-failed-jobs`)
    expect(states(run.jobs)).toEqual(['lint: success', 'test: success', 'deploy: success'])
    expect(run.jobs.map((job) => job.ranIn)).toEqual([1, 2, 2])
  })

  it('of one job takes that job and its dependents', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({
      conclusion: 'success',
      jobs: [{ name: 'a' }, { name: 'b', needs: ['a'] }, { name: 'c' }],
    })
    await post(`/jobs/${run.jobs[0]?.id}/rerun`, { enable_debugger: true })
    expect(run.jobs.map((job) => job.ranIn)).toEqual([2, 2, 1])
  })

  it('can be accepted and ignored', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({ conclusion: 'failure', ignores: ['rerun'] })
    expect((await post(`/runs/${run.id}/rerun`)).status).toBe(201)
    expect(run.attempt).toBe(1)
  })

  it('may go on for ever', async () => {
    const { repository, clock, post } = await startBench()
    const run = repository.addRun({ conclusion: 'failure', rerunTakes: Number.POSITIVE_INFINITY })
    await post(`/runs/${run.id}/rerun`)
    clock.advance(1e10)
    expect(run.status).toBe('in_progress')
  })
})

describe('a cancel', () => {
  it('ends a run after its delay', async () => {
    const { repository, clock, post } = await startBench({ delays: { cancel: 3000 } })
    const run = repository.addRun({ status: 'in_progress', jobs: [{ name: 'a' }, { name: 'b', needs: ['a'] }] })
    expect(await post(`/runs/${run.id}/cancel`)).toMatchObject({ status: 202, body: {} })
    expect(run.status).toBe('in_progress')
    clock.advance(3000)
    expect(run).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
    expect(states(run.jobs)).toEqual(['a: cancelled', 'b: skipped'])
  })

  it('leaves always() jobs to force-cancel', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({ status: 'in_progress', jobs: [{ name: 'a' }, { name: 'b', ignoresCancel: true }] })
    await post(`/runs/${run.id}/cancel`)
    expect(run.status).toBe('in_progress')
    expect(states(run.jobs)).toEqual(['a: cancelled', 'b: in_progress'])
    await post(`/runs/${run.id}/force-cancel`)
    expect(run).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
  })

  it('can be accepted and ignored until it is forced', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({ status: 'queued', ignores: ['cancel'] })
    expect((await post(`/runs/${run.id}/cancel`)).status).toBe(202)
    expect(run.status).toBe('queued')
    await post(`/runs/${run.id}/force-cancel`)
    expect(run.conclusion).toBe('cancelled')
  })

  it('does not stop a re-run from succeeding', async () => {
    const { repository, post } = await startBench()
    const run = repository.addRun({ status: 'in_progress' })
    await post(`/runs/${run.id}/cancel`)
    await post(`/runs/${run.id}/rerun-failed-jobs`)
    expect(run).toMatchObject({ attempt: 2, conclusion: 'success' })
  })
})

describe('a delete', () => {
  it('removes the run, then answers 404', async () => {
    const { repository, call, get } = await startBench()
    const run = repository.addRun({ conclusion: 'success' })
    const jobId = run.jobs[0]?.id
    expect(await call('DELETE', `/runs/${run.id}`)).toMatchObject({ status: 204, body: '' })
    expect((await call('DELETE', `/runs/${run.id}`)).status).toBe(404)
    expect((await get('/runs')).body.total_count).toBe(0)
    expect((await get(`/jobs/${jobId}`)).status).toBe(404)
    expect(run.deleted).toBe(true)
  })
})
