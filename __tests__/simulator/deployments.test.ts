import { afterEach, describe, expect, it } from '@jest/globals'
import type { EnvironmentSpec, RunSpec } from '../../simulator/spec.ts'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

const RUN: RunSpec = { jobs: [{ name: 'deploy', environment: 'production', runFor: 1000 }] }
const REVIEWER = { token: 'reviewer' }

async function startGate(environment: Partial<EnvironmentSpec> = {}, spec: RunSpec = RUN) {
  const bench = await startBench()
  const permissions = { actions: 'write', deployments: 'write' } as const
  bench.simulator.addToken('reviewer', { kind: 'fine-grained', login: 'monalisa', permissions })
  bench.simulator.addToken('app', { kind: 'installation', login: 'guard[bot]', permissions, app: 'guard' })
  const { id } = bench.repository.addEnvironment({ name: 'production', ...environment })
  const run = bench.repository.addRun(spec)
  const pending = async (token = 'reviewer') => (await bench.get(`/runs/${run.id}/pending_deployments`, { token })).body
  const review = (body: object, token = 'reviewer') =>
    bench.post(`/runs/${run.id}/pending_deployments`, body, { token })
  const rule = (body: object, token = 'app') =>
    bench.post(`/runs/${run.id}/deployment_protection_rule`, body, { token })
  return { ...bench, run, id, pending, review, rule }
}

const approve = (id: number) => ({ environment_ids: [id], state: 'approved', comment: '' })

describe('a required review', () => {
  it('holds the run until it is approved', async () => {
    const { run, id, clock, pending, review, get } = await startGate({ reviewers: ['monalisa'], teams: ['ops'] })
    expect(run.status).toBe('waiting')
    expect(await pending()).toMatchObject([
      {
        environment: { id, name: 'production' },
        wait_timer: 0,
        wait_timer_started_at: null,
        current_user_can_approve: true,
        reviewers: [
          { type: 'User', reviewer: { login: 'monalisa' } },
          { type: 'Team', reviewer: { slug: 'ops' } },
        ],
      },
    ])
    const reply = await review({ ...approve(id), comment: 'Ship it' })
    expect(reply).toMatchObject({ status: 200, body: [{ environment: 'production', task: 'deploy' }] })
    expect(await pending()).toEqual([])
    expect(run.status).toBe('in_progress')
    expect((await get(`/runs/${run.id}/approvals`)).body).toMatchObject([
      { state: 'approved', comment: 'Ship it', user: { login: 'monalisa' }, environments: [{ id }] },
    ])
    clock.advance(1000)
    expect(run.conclusion).toBe('success')
  })

  it('fails the run when it is rejected', async () => {
    const { run, id, review } = await startGate({ reviewers: ['monalisa'] })
    await review({ ...approve(id), state: 'rejected' })
    expect(run).toMatchObject({ status: 'completed', conclusion: 'failure' })
  })

  it('is refused with one text for every reason', async () => {
    const { simulator, id, pending, review } = await startGate({ reviewers: ['monalisa'] })
    const refusal = {
      status: 422,
      body: { message: 'Validation Failed', errors: 'No pending deployment requests to approve or reject' },
    }
    simulator.addToken('stranger', { kind: 'classic', login: 'hubot', permissions: { deployments: 'write' } })
    expect(await review(approve(id), 'stranger')).toMatchObject(refusal)
    expect(await review(approve(id), 'simulator-token')).toMatchObject(refusal)
    expect(await review(approve(id + 1))).toMatchObject(refusal)
    expect((await pending('simulator-token'))[0].current_user_can_approve).toBe(false)
    await review(approve(id))
    expect(await review(approve(id))).toMatchObject(refusal)
  })

  it('may not come from the one who started the run', async () => {
    const environment = { reviewers: ['monalisa'], preventSelfReview: true }
    const { id, pending, review } = await startGate(environment, { ...RUN, actor: 'monalisa' })
    expect((await pending())[0].current_user_can_approve).toBe(false)
    expect((await review(approve(id))).status).toBe(422)
  })

  it('can collide with another one, once', async () => {
    const { repository, run, id, review } = await startGate({ reviewers: ['monalisa'] })
    repository.raceOnNextReview()
    expect(await review(approve(id))).toMatchObject({
      status: 422,
      body: { errors: 'There was a problem approving one of the gates' },
    })
    expect(run.status).toBe('waiting')
    expect((await review(approve(id))).status).toBe(200)
  })

  it('needs all three keys', async () => {
    const { review } = await startGate({ reviewers: ['monalisa'] })
    const reply = await review({ environment_ids: ['1'], state: 'maybe' })
    expect(reply.status).toBe(422)
    expect(reply.body.message).toMatch(/^Invalid request\./)
    for (const key of ['environment_ids', 'state', 'comment']) expect(reply.body.message).toContain(key)
  })

  it('covers all jobs of the environment', async () => {
    const jobs = [
      { name: 'a', environment: 'production' },
      { name: 'b', environment: 'production' },
    ]
    const { run, id, pending, review } = await startGate({ reviewers: ['monalisa'] }, { status: 'waiting', jobs })
    expect(await pending()).toHaveLength(1)
    expect((await review(approve(id))).body).toHaveLength(2)
    expect(run.conclusion).toBe('success')
  })

  it('is needed again after a re-run', async () => {
    const { run, id, review, post } = await startGate({ reviewers: ['monalisa'] })
    await review({ ...approve(id), state: 'rejected' })
    await post(`/runs/${run.id}/rerun-failed-jobs`, undefined, REVIEWER)
    expect(run).toMatchObject({ attempt: 2, status: 'waiting' })
  })
})

describe('a wait timer', () => {
  it('lets the job go after its minutes', async () => {
    const { run, clock, pending } = await startGate({ waitTimer: 5 })
    expect(await pending()).toMatchObject([
      { wait_timer: 5, wait_timer_started_at: '2026-06-15T12:00:00Z', current_user_can_approve: false },
    ])
    clock.advance(5 * 60_000)
    expect(run.status).toBe('in_progress')
  })
})

describe('a custom protection rule', () => {
  const answer = { environment_name: 'production', state: 'approved', comment: 'fine' }

  it('is answered by its app only', async () => {
    const { run, rule } = await startGate({ customRules: ['guard'] })
    expect(await rule(answer, 'simulator-token')).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    })
    expect((await rule({ environment_name: 'production', comment: 'thinking' })).status).toBe(204)
    expect(run.status).toBe('waiting')
    expect(await rule(answer)).toMatchObject({ status: 204, body: '' })
    expect(run.status).toBe('in_progress')
    expect(await rule(answer)).toMatchObject({
      status: 422,
      body: { errors: 'No pending deployment requests to approve or reject' },
    })
  })

  it('is answered once, and waits for the other rules', async () => {
    const { run, rule } = await startGate({ customRules: ['guard', 'other'] })
    await rule(answer)
    expect(run.status).toBe('waiting')
    expect(await rule(answer)).toMatchObject({
      status: 422,
      body: { errors: 'Deployment protection rule has already been reviewed' },
    })
  })

  it('needs a state or a comment', async () => {
    const { rule } = await startGate({ customRules: ['guard'] })
    expect((await rule({ environment_name: 'production' })).status).toBe(422)
    expect((await rule({ state: 'approved' })).body.message).toContain('environment_name')
  })

  it('fails the run when it is rejected', async () => {
    const { run, rule } = await startGate({ customRules: ['guard'] })
    await rule({ ...answer, state: 'rejected' })
    expect(run.conclusion).toBe('failure')
  })
})
