import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { jumpingClock, runInProcess } from '../support/in-process.ts'

const simulators = useSimulators()

const READ = 'GET runs/100/pending_deployments'
const REVIEW = 'POST runs/100/pending_deployments'

const WAITING: RunSpec = {
  id: 100,
  jobs: [
    { name: 'stage', environment: 'staging' },
    { name: 'east', environment: 'production-east' },
    { name: 'west', environment: 'production-west' },
  ],
}

/** Adds three environments with monalisa as reviewer, her token, and a run that waits for all three. */
function furnish(simulator: Simulator, run: RunSpec | undefined = WAITING) {
  const permissions = { actions: 'write', deployments: 'write' } as const
  simulator.addToken('her-token', { kind: 'classic', login: 'monalisa', permissions })
  const repository = simulator.repository()
  const [staging, east, west] = ['staging', 'production-east', 'production-west'].map((name) =>
    repository.addEnvironment({ name, reviewers: ['monalisa'] }),
  )
  return { simulator, repository, staging, east, west, run: repository.addRun(run) }
}

const start = async (run?: RunSpec) => furnish(await simulators.start(), run)

const approve = (simulator: Simulator, inputs: Record<string, string> = {}, step: Partial<Step> = {}) =>
  simulators.run(simulator, {
    ...step,
    with: { operation: 'approve', token: 'her-token', 'run-id': '100', 'poll-interval': '1s', ...inputs },
  })

const reviews = (simulator: Simulator) =>
  simulator.requests.filter(({ method }) => method === 'POST').map(({ requestBody }) => requestBody)

describe('the environments of a run', () => {
  it('are approved in one request, with two in all', async () => {
    const { simulator, run, staging, west } = await start()
    const end = await approve(simulator, { environment: 'staging, production-west' })
    expect(end.exitCode).toBe(0)
    expect(requestLines(simulator)).toEqual([READ, REVIEW])
    expect(reviews(simulator)).toEqual([
      {
        environment_ids: [staging?.id, west?.id],
        state: 'approved',
        comment: `Approved by ${simulator.serverUrl}/octo/hello/actions/runs/1`,
      },
    ])
    expect(run.jobs.map(({ name, status }) => [name, status])).toEqual([
      ['stage', 'completed'],
      ['east', 'waiting'],
      ['west', 'completed'],
    ])
    expect(end.outputs).toMatchObject({
      environments: '["staging","production-west"]',
      'run-ids': '[100]',
      'run-id': '100',
      'changed-count': '1',
      'failed-count': '0',
    })
    expect(end.result).toMatchObject({
      runs: [{ id: 100, outcome: 'changed', reason: null, message: 'approved: staging, production-west' }],
      requests: { total: 2, writes: 1 },
    })
    expect(end.summary).toContain('staging, production-west')
  })

  it('are chosen by globs', async () => {
    const { simulator, run, east, west } = await start()
    const end = await approve(simulator, { environment: 'production-*', comment: 'Ship it' })
    expect(end.exitCode).toBe(0)
    expect(reviews(simulator)).toMatchObject([{ environment_ids: [east?.id, west?.id], comment: 'Ship it' }])
    simulator.settle()
    expect(run.approvals).toMatchObject([{ state: 'approved', comment: 'Ship it', login: 'monalisa' }])
  })

  it('are all that the token may review when none is named', async () => {
    const { simulator, repository, staging } = await start({ id: 99 })
    repository.addEnvironment({ name: 'vault', reviewers: ['hubot'] })
    const jobs = ['staging', 'vault'].map((name) => ({ name, environment: name }))
    repository.addRun({ id: 100, jobs })
    const end = await approve(simulator)
    expect(end.outputs.environments).toBe('["staging"]')
    expect(reviews(simulator)).toMatchObject([{ environment_ids: [staging?.id] }])
  })

  it('are only planned in a dry run', async () => {
    const { simulator, run } = await start()
    const end = await approve(simulator, { environment: 'staging', 'dry-run': 'true' })
    expect(end.exitCode).toBe(0)
    expect(end.result).toMatchObject({ dryRun: true, runs: [{ outcome: 'planned', reason: null }] })
    expect(end.outputs).toMatchObject({ environments: '["staging"]', 'changed-count': '0' })
    expect(requestLines(simulator)).toEqual([READ])
    expect(run.status).toBe('waiting')
  })

  it('may appear late, within appear-timeout', async () => {
    const clock = jumpingClock()
    const jobs = [
      { name: 'build', runFor: 60_000 },
      { name: 'stage', environment: 'staging', needs: ['build'] },
    ]
    const { simulator, run } = furnish(await simulators.start({ clock: clock.time }), { id: 100, jobs })
    const inputs = { operation: 'approve', token: 'her-token', 'run-id': '100', environment: 'staging' }
    const soon = simulators.check(await runInProcess(simulator, { ...inputs, 'appear-timeout': '30s' }, { clock }))
    expect(soon.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    const late = simulators.check(await runInProcess(simulator, { ...inputs, 'appear-timeout': '5m' }, { clock }))
    expect(late.result.runs).toMatchObject([{ outcome: 'changed' }])
    expect(run.conclusion).toBe('success')
  })

  it('are never said to be absent when the server could not tell', async () => {
    const clock = jumpingClock()
    const { simulator } = furnish(await simulators.start({ clock: clock.time }))
    simulator.failNext({}, { status: 502, times: 100 })
    const inputs = { operation: 'approve', token: 'her-token', 'run-id': '100' }
    const end = simulators.check(await runInProcess(simulator, inputs, { clock }))
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error' }])
    expect(end.outputs.environments).toBe('[]')
  })
})

describe('a token that may not review', () => {
  it.each([
    { what: 'GITHUB_TOKEN, any', token: 'simulator-token', inputs: {} },
    { what: 'GITHUB_TOKEN, by name', token: 'simulator-token', inputs: { environment: 'staging' } },
    { what: 'a stranger', token: 'stranger', inputs: { environment: 'production-*' } },
  ])('ends as not-a-reviewer, without a write: $what', async ({ token, inputs }) => {
    const { simulator } = await start()
    const permissions = { actions: 'write', deployments: 'write' } as const
    simulator.addToken('stranger', { kind: 'fine-grained', login: 'hubot', permissions })
    const end = await approve(simulator, { token, ...inputs })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'not-a-reviewer' }])
    expect(end.result.runs[0].message).toMatch(/required reviewer.*GITHUB_TOKEN/)
    expect(end.outputs).toMatchObject({ environments: '[]', 'failed-count': '1' })
    expect(requestLines(simulator)).toEqual([READ])
  })

  it('is also that of the one who started the run, where self-review is prevented', async () => {
    const { simulator, repository } = await start({ id: 99 })
    repository.addEnvironment({ name: 'strict', reviewers: ['monalisa'], preventSelfReview: true })
    repository.addRun({ id: 100, actor: 'monalisa', jobs: [{ name: 'go', environment: 'strict' }] })
    const end = await approve(simulator)
    expect(end.result.runs).toMatchObject([{ reason: 'not-a-reviewer' }])
    expect(end.result.runs[0].message).toContain('self-review')
    expect(requestLines(simulator)).toEqual([READ])
  })

  it('stops the whole review when it may review only a part of what was named', async () => {
    const { simulator, repository } = await start({ id: 99 })
    repository.addEnvironment({ name: 'vault', reviewers: ['hubot'] })
    const run = repository.addRun({ id: 100, jobs: ['staging', 'vault'].map((name) => ({ name, environment: name })) })
    const end = await approve(simulator, { environment: 'staging, vault' })
    expect(end.result.runs).toMatchObject([{ reason: 'not-a-reviewer' }])
    expect(end.result.runs[0].message).toContain('may not review vault')
    expect(reviews(simulator)).toEqual([])
    simulator.settle()
    expect(run.approvals).toEqual([])
  })
})

describe('nothing to review', () => {
  it('lists what waits instead', async () => {
    const { simulator } = await start()
    const end = await approve(simulator, { environment: 'prod' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    expect(end.result.runs[0].message).toContain('No environment of prod waits')
    expect(end.result.runs[0].message).toContain('waiting are: staging, production-east, production-west')
    expect(requestLines(simulator)).toEqual([READ])
  })

  it.each([
    { what: 'a run that does not exist', inputs: { 'run-id': '404' }, reason: 'not-found' },
    { what: 'a run without environments', inputs: { 'run-id': '99' }, reason: 'no-pending-deployment' },
    { what: 'a token without rights', inputs: { token: 'blind' }, reason: 'permission' },
    { what: 'a wrong token', inputs: { token: 'revoked' }, reason: 'permission' },
  ])('fails the run: $what', async ({ inputs, reason }) => {
    const { simulator, repository } = await start()
    repository.addRun({ id: 99, conclusion: 'success' })
    simulator.addToken('blind', { kind: 'installation', login: 'app[bot]', permissions: {} })
    const end = await approve(simulator, inputs)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason }])
    expect(reviews(simulator)).toEqual([])
  })

  it('names the permission that the write needs', async () => {
    const { simulator } = await start()
    simulator.addToken('half', { kind: 'fine-grained', login: 'monalisa', permissions: { actions: 'read' } })
    const end = await approve(simulator, { token: 'half', environment: 'staging' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(end.result.runs[0].message).toContain('deployments: write')
    expect(requestLines(simulator)).toEqual([READ, REVIEW])
  })
})

describe('a review that goes wrong', () => {
  it('is tried once more after a race, on what waits then', async () => {
    const { simulator, repository, run } = await start()
    repository.raceOnNextReview()
    const end = await approve(simulator, { environment: 'staging' })
    expect(end.exitCode).toBe(0)
    expect(requestLines(simulator)).toEqual([READ, REVIEW, READ, REVIEW])
    simulator.settle()
    expect(run.approvals).toHaveLength(1)
  })

  it('is given up after a second race, with the words of the server', async () => {
    const { simulator } = await start()
    const body = { message: 'Validation Failed', errors: 'There was a problem approving one of the gates' }
    simulator.failNext({ method: 'POST' }, { status: 422, body, times: 2 })
    const end = await approve(simulator, { environment: 'staging' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs[0]).toMatchObject({ outcome: 'failed' })
    expect(end.result.runs[0].message).toContain('Validation Failed: There was a problem approving one of the gates')
    expect(reviews(simulator)).toHaveLength(2)
  })

  it('shows errors that are a string', async () => {
    const { simulator } = await start()
    const body = { message: 'Validation Failed', errors: 'No pending deployment requests to approve or reject' }
    simulator.failNext({ method: 'POST' }, { status: 422, body })
    const end = await approve(simulator, { environment: 'staging' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'no-pending-deployment' }])
    expect(end.stdout).toContain('No pending deployment requests to approve or reject')
    expect(reviews(simulator)).toHaveLength(1)
  })

  it.each([
    { what: 'a 502', fault: { status: 502, when: 'after' } },
    { what: 'a broken connection', fault: { kind: 'reset', when: 'after' } },
  ] as const)('is not sent again when it took effect before $what', async ({ fault }) => {
    const { simulator, run } = await start()
    simulator.failNext({ method: 'POST' }, fault)
    const end = await approve(simulator)
    expect(end.exitCode).toBe(0)
    expect(end.outputs['changed-count']).toBe('1')
    expect(requestLines(simulator)).toEqual([READ, REVIEW, READ])
    simulator.settle()
    expect(run.approvals).toHaveLength(1)
  })

  it('is sent again when it had no effect before a 502', async () => {
    const { simulator, run } = await start()
    simulator.failNext({ method: 'POST' }, { status: 502 })
    const end = await approve(simulator)
    expect(end.exitCode).toBe(0)
    expect(requestLines(simulator)).toEqual([READ, REVIEW, READ, REVIEW])
    expect(run.conclusion).toBe('success')
  })
})

describe('runs of a filter', () => {
  it('are those that wait', async () => {
    const { simulator, repository } = await start()
    repository.addRun({ id: 101, branch: 'main', status: 'in_progress' })
    repository.addRun({ id: 102, branch: 'main', jobs: [{ name: 'stage', environment: 'staging' }] })
    repository.addRun({ id: 103, branch: 'dev', jobs: [{ name: 'stage', environment: 'staging' }] })
    const end = await approve(simulator, { 'run-id': '', branch: 'main', environment: 'staging' })
    expect(end.exitCode).toBe(0)
    expect(end.outputs).toMatchObject({ 'run-ids': '[102,100]', 'changed-count': '2', environments: '["staging"]' })
    expect(simulator.requests[0]?.query).toMatchObject({ branch: 'main', status: 'waiting' })
    expect(requestLines(simulator)).toHaveLength(1 + 2 * 2)
  })

  it('fail the step when there are none', async () => {
    const { simulator } = await start()
    const end = await approve(simulator, { 'run-id': '', branch: 'none' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'not-found', runs: [] })
    const ignored = await approve(simulator, { 'run-id': '', branch: 'none', 'if-no-runs-found': 'ignore' })
    expect(ignored.exitCode).toBe(0)
    expect(ignored.outputs).toMatchObject({ 'run-ids': '[]', 'matched-count': '0' })
  })

  it('do not stop one another', async () => {
    const { simulator, repository } = await start()
    repository.addEnvironment({ name: 'vault', reviewers: ['hubot'] })
    repository.addRun({ id: 102, jobs: [{ name: 'vault', environment: 'vault' }] })
    const end = await approve(simulator, { 'run-id': '102 100' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([
      { id: 102, outcome: 'failed', reason: 'not-a-reviewer' },
      { id: 100, outcome: 'changed' },
    ])
  })

  it('must be asked for: without run and filter nothing is sent', async () => {
    const { simulator } = await start()
    const end = await approve(simulator, { 'run-id': '' })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toContain('Nothing says which runs to act on')
    expect(requestLines(simulator)).toEqual([])
  })
})
