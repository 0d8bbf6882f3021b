import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import { requestLines } from '../support/action.ts'
import { waitingRun } from '../support/environments.ts'
import { useOperation, withoutProcess, writeLines } from '../support/operation.ts'
import { writesOf } from '../support/runs.ts'
import { itTakesRuns, itTellsRefusals, itWritesOnce } from '../support/write-behaviour.ts'

const tested = useOperation('review-protection-rule')
const { simulators, play } = tested

const APP = 'app-token'

/** `gated` waits for the answer of the app quality-gate, `other` for that of another one. */
function addRules(simulator: Simulator): void {
  const repository = simulator.repository()
  repository.addEnvironment({ name: 'gated', customRules: ['quality-gate'] })
  repository.addEnvironment({ name: 'other', customRules: ['somebody-else'] })
  const permissions = { actions: 'write', deployments: 'write' } as const
  simulator.addToken(APP, { kind: 'installation', login: 'quality-gate[bot]', app: 'quality-gate', permissions })
}

const GATED = { status: 'waiting', jobs: [{ name: 'deploy', environment: 'gated' }] }
const inputs = { environment: 'gated', state: 'approved', token: APP }

const operation = {
  tested: withoutProcess(tested),
  run: GATED,
  inputs,
  prepare: addRules,
  write: (id: number) => `POST runs/${id}/deployment_protection_rule`,
  cost: 1,
  permission: 'deployments: write' as const,
  effects: (simulator: Simulator) => Number(simulator.repository().run(100)?.status !== 'waiting'),
}

itTakesRuns(operation)
itTellsRefusals(operation, ['installation'])
itWritesOnce(operation)

const REVIEW = 'POST runs/100/deployment_protection_rule'

async function simulate(...environments: string[]): Promise<Simulator> {
  const simulator = await simulators.start()
  addRules(simulator)
  simulator.repository().addRun(waitingRun(100, ...environments))
  return simulator
}

const review = (simulator: Simulator, given: Record<string, string> = {}) =>
  tested.run(simulator, { 'run-id': '100', ...inputs, ...given })

describe('review-protection-rule', () => {
  it.each([
    ['approved', 'success'],
    ['rejected', 'failure'],
  ])('answers the rule: %s', async (state, conclusion) => {
    const simulator = await simulate('gated')
    const end = await review(simulator, { state, comment: 'All checks are in' })
    expect(requestLines(simulator)).toEqual([REVIEW])
    expect(simulator.requests[0]).toMatchObject({
      status: 204,
      requestBody: { environment_name: 'gated', state, comment: 'All checks are in' },
    })
    expect(simulator.repository().run(100)?.conclusion).toBe(conclusion)
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { environments: '["gated"]', 'changed-count': '1', 'run-id': '100', 'run-ids': '[100]' },
      result: {
        counts: { matched: 1, changed: 1, skipped: 0, failed: 0 },
        environments: ['gated'],
        runs: [{ id: 100, outcome: 'changed', reason: null, message: `rule of gated ${state}` }],
        requests: { total: 1, writes: 1 },
      },
    })
  })

  it('sends no comment that was not given', async () => {
    const simulator = await simulate('gated')
    await review(simulator)
    expect(simulator.requests[0]?.requestBody).toEqual({ environment_name: 'gated', state: 'approved' })
  })

  it('only comments when there is no state: the run goes on waiting', async () => {
    const simulator = await simulate('gated')
    const end = await review(simulator, { state: '', comment: 'Still measuring' })
    expect(simulator.requests[0]?.requestBody).toEqual({ environment_name: 'gated', comment: 'Still measuring' })
    expect(simulator.repository().run(100)?.status).toBe('waiting')
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'comment on the rule of gated' }])
  })

  it('sends nothing in a dry run', async () => {
    const simulator = await simulate('gated')
    const end = await review(simulator, { 'dry-run': 'true' })
    expect(requestLines(simulator)).toEqual([])
    expect(end).toMatchObject({ exitCode: 0, outputs: { environments: '["gated"]' } })
    expect(end.result.runs).toMatchObject([{ outcome: 'planned', message: 'would send: rule of gated approved' }])
  })

  it('takes the runs that wait by filter, and no others', async () => {
    const simulator = await simulate('gated')
    simulator.repository().addRun(waitingRun(101, 'gated'))
    simulator.repository().addRun({ id: 102, status: 'in_progress' })
    await review(simulator, { 'run-id': '', branch: 'main' })
    expect(simulator.requests[0]?.query).toMatchObject({ status: 'waiting' })
    expect(writesOf(simulator)).toEqual([REVIEW, REVIEW.replace('100', '101')])
  })
})

describe('a rule that cannot be answered', () => {
  it('fails as permission, and says whose token it takes, for a token that is not of its app', async () => {
    const simulator = await simulate('other')
    const end = await review(simulator, { environment: 'other' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(end.stdout).toMatch(/^::error::.*403.*not accessible by integration.*the GitHub App that owns the rule/m)
    expect(end.outputs.environments).toBe('[]')
  })

  it('fails as no-pending-deployment when it has been answered before', async () => {
    const simulator = await simulate('gated')
    const text = 'Deployment protection rule has already been reviewed'
    simulator.failNext({ method: 'POST' }, { status: 422, body: { message: 'Validation Failed', errors: text } })
    const end = await review(simulator)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    expect(end.stdout).toMatch(new RegExp(`^::error::.*422.*Validation Failed: ${text}.*answered before`, 'm'))
    expect(writeLines(simulator)).toEqual([REVIEW])
  })

  it('lists what waits when the environment does not', async () => {
    const simulator = await simulate('gated', 'other')
    const end = await review(simulator, { environment: 'prod' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    expect(end.stdout).toMatch(/^::error::.*No pending deployment requests.*waiting are: gated, other/m)
    expect(writeLines(simulator)).toEqual([REVIEW])
  })

  it('is sent once more when it met another review', async () => {
    const simulator = await simulate('gated')
    simulator.repository().raceOnNextReview()
    const end = await review(simulator)
    expect(writeLines(simulator)).toEqual([REVIEW, REVIEW])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'rule of gated approved' }])
  })

  it('fails when the second review meets another one too', async () => {
    const simulator = await simulate('gated')
    const errors = 'There was a problem approving one of the gates'
    simulator.failNext({ method: 'POST' }, { status: 422, body: { message: 'Validation Failed', errors }, times: 2 })
    const end = await review(simulator)
    expect(writeLines(simulator)).toEqual([REVIEW, REVIEW])
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error' }])
    expect(end.stdout).toContain(errors)
  })

  it('is known to be answered when the answer was lost and it is not seen yet', async () => {
    const { end, simulator } = await play({
      runs: [waitingRun(100, 'gated')],
      inputs: { 'run-id': '100', ...inputs },
      prepare: addRules,
      faults: [[{ method: 'POST' }, { status: 502, when: 'after' }]],
      delays: { review: 30_000 },
    })
    expect(writeLines(simulator)).toEqual([REVIEW, REVIEW])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'rule of gated approved' }])
  })

  it('never sends a comment twice: nobody could see whether the first one arrived', async () => {
    const { end, simulator } = await play({
      runs: [waitingRun(100, 'gated')],
      inputs: { 'run-id': '100', ...inputs, state: '', comment: 'Still measuring' },
      prepare: addRules,
      faults: [[{ method: 'POST' }, { status: 502, when: 'after' }]],
    })
    expect(writeLines(simulator)).toEqual([REVIEW])
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error' }])
  })
})

describe('inputs of review-protection-rule', () => {
  it.each<[RegExp, Record<string, string>]>([
    [/`environment` is required/, { environment: '' }],
    [/`environment` names several environments: `review-protection-rule` takes one/, { environment: 'gated, other' }],
    [/`state` and `comment` are both unset: set at least one of them/, { state: '' }],
    [/`state` is "maybe": expected one of `approved`, `rejected`/, { state: 'maybe' }],
  ])('are refused before any request: %s', async (said, given) => {
    const simulator = await simulate('gated')
    const end = await review(simulator, given)
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(said)
    expect(requestLines(simulator)).toEqual([])
  })
})
