import { describe, expect, it } from '@jest/globals'
import type { Fault, Simulator } from '../../simulator/index.ts'
import { requestLines } from '../support/action.ts'
import { addReviewedEnvironments, REVIEWER, waitingRun } from '../support/environments.ts'
import { useOperation, withoutProcess, writeLines } from '../support/operation.ts'
import { itTakesRuns, itTellsRefusals, itWritesOnce } from '../support/write-behaviour.ts'

const tested = useOperation('reject')
const { simulators, play } = tested

const operation = {
  tested: withoutProcess(tested),
  run: { status: 'waiting', jobs: [{ name: 'deploy', environment: 'staging' }] },
  inputs: { token: REVIEWER },
  prepare: addReviewedEnvironments,
  write: (id: number) => `POST runs/${id}/pending_deployments`,
  cost: 2,
  permission: 'deployments: write' as const,
  effects: (simulator: Simulator) => simulator.repository().run(100)?.approvals.length ?? 0,
}

itTakesRuns(operation)
// Tokens of apps are no reviewers: they come no further than the read.
itTellsRefusals(operation, ['fine-grained', 'classic'])
itWritesOnce(operation)

const READ = 'GET runs/100/pending_deployments'
const REJECT = 'POST runs/100/pending_deployments'

async function simulate(...environments: string[]): Promise<Simulator> {
  const simulator = await simulators.start()
  addReviewedEnvironments(simulator)
  simulator.repository().addRun(waitingRun(100, ...environments))
  return simulator
}

const reject = (simulator: Simulator, inputs: Record<string, string> = {}) =>
  tested.run(simulator, { 'run-id': '100', token: REVIEWER, ...inputs })

const idOf = (simulator: Simulator, name: string) => simulator.repository().environment(name).id

describe('reject', () => {
  it('reads what waits and rejects all that the token may review, in one write', async () => {
    const simulator = await simulate('staging', 'production', 'vault')
    const end = await reject(simulator)
    expect(requestLines(simulator)).toEqual([READ, REJECT])
    expect(simulator.requests[1]?.requestBody).toEqual({
      environment_ids: [idOf(simulator, 'staging'), idOf(simulator, 'production')],
      state: 'rejected',
      comment: `Rejected by ${simulator.serverUrl}/octo/hello/actions/runs/1`,
    })
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { environments: '["staging","production"]', 'changed-count': '1', 'run-id': '100' },
      result: {
        operation: 'reject',
        counts: { matched: 1, changed: 1, skipped: 0, failed: 0 },
        environments: ['staging', 'production'],
        runs: [{ outcome: 'changed', reason: null, message: 'rejected: staging, production' }],
        requests: { total: 2, writes: 1 },
      },
    })
  })

  it('fails the run that waits', async () => {
    const simulator = await simulate('staging')
    await reject(simulator)
    expect(simulator.repository().run(100)).toMatchObject({ status: 'completed', conclusion: 'failure' })
  })

  it('rejects only what is asked for, with the comment that is given', async () => {
    const simulator = await simulate('staging', 'production')
    const end = await reject(simulator, { environment: 'prod*', comment: 'Not on a Friday' })
    expect(simulator.requests[1]?.requestBody).toEqual({
      environment_ids: [idOf(simulator, 'production')],
      state: 'rejected',
      comment: 'Not on a Friday',
    })
    expect(end.outputs.environments).toBe('["production"]')
  })

  it('sends no write in a dry run', async () => {
    const simulator = await simulate('staging')
    const end = await reject(simulator, { 'dry-run': 'true' })
    expect(requestLines(simulator)).toEqual([READ])
    expect(end).toMatchObject({ exitCode: 0, outputs: { environments: '["staging"]', 'changed-count': '0' } })
    expect(end.result.runs).toMatchObject([{ outcome: 'planned', message: 'would be rejected: staging' }])
  })

  it('takes the runs that wait by filter, and no others', async () => {
    const simulator = await simulate('staging')
    simulator.repository().addRun({ id: 101, status: 'in_progress' })
    simulator.repository().addRun({ id: 102, conclusion: 'success' })
    const end = await reject(simulator, { 'run-id': '', branch: 'main' })
    expect(simulator.requests[0]?.query).toMatchObject({ status: 'waiting', branch: 'main' })
    expect(requestLines(simulator)).toEqual(['GET runs', READ, REJECT])
    expect(end.outputs['run-ids']).toBe('[100]')
  })
})

describe('a rejection that cannot be', () => {
  it.each([
    [
      'an environment of others that is asked for',
      ['vault', 'staging'],
      { environment: 'vault, staging' },
      /may not review vault\./,
    ],
    ['nothing but environments of others', ['vault'], {}, /may not review vault\./],
    [
      'a token of an app',
      ['staging'],
      { token: 'simulator-token' },
      /may not review staging\..*app tokens can never be/,
    ],
  ])('fails as not-a-reviewer without a write: %s', async (_name, environments, inputs, said) => {
    const simulator = await simulate(...environments)
    const end = await reject(simulator, inputs as Record<string, string>)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-a-reviewer' }])
    expect(end.stdout).toMatch(said)
    expect(requestLines(simulator)).toEqual([READ])
    expect(end.outputs.environments).toBe('[]')
  })

  it('fails as no-pending-deployment when nothing waits, without a write', async () => {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    const end = await reject(simulator)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    expect(requestLines(simulator)).toEqual([READ])
  })

  it('lists what waits when it is not what was asked for', async () => {
    const simulator = await simulate('staging', 'vault')
    const end = await reject(simulator, { environment: 'prod*' })
    expect(end.stdout).toMatch(/^::error::.*No environment of prod\* waits.*; waiting are: staging, vault/m)
    expect(end.result.runs).toMatchObject([{ reason: 'no-pending-deployment' }])
  })

  it('understands a 422 whose `errors` is a string', async () => {
    const simulator = await simulate('staging')
    const body = {
      message: 'Validation Failed',
      errors: 'No pending deployment requests to approve or reject',
      status: '422',
    }
    simulator.failNext({ method: 'POST' }, { status: 422, body })
    const end = await reject(simulator)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    expect(end.stdout).toMatch(
      /^::error::.*422.*Validation Failed: No pending deployment requests to approve or reject/m,
    )
    expect(writeLines(simulator)).toHaveLength(1)
  })

  it('reads again and is sent once more when it met another review', async () => {
    const simulator = await simulate('staging')
    simulator.repository().raceOnNextReview()
    const end = await reject(simulator)
    expect(requestLines(simulator)).toEqual([READ, REJECT, READ, REJECT])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'rejected: staging' }])
  })

  it('waits appear-timeout for what is asked for', async () => {
    const jobs = [
      { name: 'build', runFor: 90_000 },
      { name: 'deploy', environment: 'staging', needs: ['build'] },
    ]
    const { end, simulator } = await play({
      runs: [{ id: 100, jobs }],
      inputs: { 'run-id': '100', token: REVIEWER, environment: 'staging', 'appear-timeout': '5m' },
      prepare: addReviewedEnvironments,
    })
    expect(writeLines(simulator)).toEqual([REJECT])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'rejected: staging' }])
  })
})

describe('a rejection whose answer is lost and whose effect is not seen yet', () => {
  it.each<[string, Fault]>([
    ['a 502', { status: 502, when: 'after' }],
    ['a broken connection', { kind: 'reset', when: 'after' }],
  ])('is not sent again after %s: the token may not review it any more', async (_name, fault) => {
    const { end, simulator } = await play({
      runs: [waitingRun(100, 'staging')],
      inputs: { 'run-id': '100', token: REVIEWER },
      prepare: addReviewedEnvironments,
      faults: [[{ method: 'POST' }, fault]],
      delays: { review: 30_000 },
    })
    expect(writeLines(simulator)).toEqual([REJECT])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'rejected: staging' }])
  })
})
