import { describe, expect, it } from '@jest/globals'
import { DEFAULT_TOKEN, type Simulator } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'

const simulators = useSimulators()

const SHA = 'a'.repeat(40)
const OTHER_SHA = 'b'.repeat(40)

/** Runs the bundle; a second is the shortest interval that it takes. */
const waitFor = (simulator: Simulator, inputs: Record<string, string> = {}, step: Partial<Step> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'wait-for-run', 'poll-interval': '1s', ...inputs } })

/** Resolves as soon as the simulator has answered so many requests; gives up after five seconds. */
async function answered(simulator: Simulator, count: number): Promise<void> {
  for (let look = 0; look < 250; look += 1) {
    if (simulator.requests.filter(({ endedAt }) => endedAt > 0).length >= count) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('runs named by id', () => {
  it('are waited for until each has completed', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    simulator.repository().addRun({ id: 101, workflow: 'lint.yml', jobs: [{ name: 'lint', runFor: 2500 }] })
    const end = await waitFor(simulator, { 'run-id': '100, 101' })
    expect(end.exitCode).toBe(0)
    expect(end.outputs).toMatchObject({
      'run-ids': '[100,101]',
      'matched-count': '2',
      'failed-count': '0',
      conclusion: 'success',
    })
    expect(end.outputs['run-id']).toBeUndefined()
    expect(end.result.runs).toMatchObject([
      { id: 100, outcome: 'matched', reason: null, conclusion: 'success' },
      { id: 101, outcome: 'matched', reason: null, conclusion: 'success', status: 'completed' },
    ])
    expect(JSON.parse(end.outputs.jobs ?? '')).toMatchObject([{ name: 'build' }, { name: 'lint', status: 'completed' }])
    // The one that had completed is read once; of the other the jobs again when it changed.
    expect(requestLines(simulator).filter((line) => line.includes('/100'))).toHaveLength(2)
    expect(requestLines(simulator).filter((line) => line === 'GET runs/101/jobs')).toHaveLength(2)
    expect(end.summary).toContain('wait-for-run')
  })

  it('give the outputs of the one run there is', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, conclusion: ['failure', 'success'], attempt: 2 })
    const end = await waitFor(simulator, { 'run-id': `${simulator.serverUrl}/octo/hello/actions/runs/100/attempts/1` })
    expect(end.exitCode).toBe(0)
    expect(end.outputs).toMatchObject({
      'run-id': '100',
      'run-attempt': '2',
      status: 'completed',
      conclusion: 'success',
      'run-url': `${simulator.serverUrl}/octo/hello/actions/runs/100`,
    })
    expect(requestLines(simulator)).toEqual(['GET runs/100', 'GET runs/100/jobs'])
  })

  it('fail the step as own-run, without a request, when one is the run of this step', async () => {
    const simulator = await simulators.start()
    const end = await waitFor(simulator, { 'run-id': '1' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 1, outcome: 'failed', reason: 'own-run' }])
    expect(end.stdout).toContain('workflow_run')
    expect(requestLines(simulator)).toEqual([])
  })

  it('fail alone when they do not exist: the others are waited for', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 101, jobs: [{ name: 'lint', runFor: 500 }] })
    const end = await waitFor(simulator, { 'run-id': '100 101' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([
      { id: 100, outcome: 'failed', reason: 'not-found', url: `${simulator.serverUrl}/octo/hello/actions/runs/100` },
      { id: 101, outcome: 'matched', conclusion: 'success' },
    ])
  })

  it('come from the event of a workflow_run trigger when nothing else is asked for', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    simulator.repository().addRun({ id: 101, conclusion: 'failure', headSha: SHA })
    const trigger = {
      env: { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_SHA: SHA },
      event: { workflow_run: { id: 100 } },
    }
    const end = await waitFor(simulator, {}, trigger)
    expect(end.outputs).toMatchObject({ 'run-ids': '[100]', conclusion: 'success' })
    expect(requestLines(simulator)[0]).toBe('GET runs/100')
    const filtered = await waitFor(simulator, { 'head-sha': SHA }, trigger)
    expect(filtered.outputs).toMatchObject({ 'run-ids': '[101]', conclusion: 'failure' })
  })
})

describe('runs of a commit', () => {
  it('are those of GITHUB_SHA in a push', async () => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    repository.addRun({ id: 100, headSha: SHA, conclusion: 'success' })
    repository.addRun({ id: 101, headSha: SHA, workflow: 'lint.yml', conclusion: 'skipped' })
    repository.addRun({ id: 102, headSha: OTHER_SHA, conclusion: 'failure' })
    const end = await waitFor(simulator, {}, { env: { GITHUB_SHA: SHA } })
    expect(end.exitCode).toBe(0)
    expect(JSON.parse(end.outputs['run-ids'] ?? '').sort()).toEqual([100, 101])
    expect(simulator.requests[0]).toMatchObject({ path: '/repos/octo/hello/actions/runs', query: { head_sha: SHA } })
  })

  it('are those of the head of the pull request, not of the merge commit', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, headSha: SHA, event: 'pull_request', conclusion: 'success' })
    simulator.repository().addRun({ id: 101, headSha: OTHER_SHA, conclusion: 'failure' })
    const end = await waitFor(
      simulator,
      {},
      {
        env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_SHA: OTHER_SHA },
        event: { pull_request: { head: { sha: SHA } } },
      },
    )
    expect(end.exitCode).toBe(0)
    expect(end.outputs['run-ids']).toBe('[100]')
  })

  it('never include the run of this step', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 1, headSha: SHA, status: 'in_progress' })
    simulator.repository().addRun({ id: 100, workflow: 'lint.yml', headSha: SHA, conclusion: 'success' })
    const end = await waitFor(simulator, { 'head-sha': SHA })
    expect(end.exitCode).toBe(0)
    expect(end.outputs['run-ids']).toBe('[100]')
  })
})

describe('runs of a filter', () => {
  it('are the newest of each workflow: an older failure counts no more', async () => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    repository.addRun({ id: 100, headSha: SHA, conclusion: 'failure', createdAt: Date.now() - 60_000 })
    repository.addRun({ id: 101, headSha: SHA, jobs: [{ name: 'build', runFor: 1500 }] })
    repository.addRun({ id: 102, headSha: SHA, workflow: 'lint.yml', conclusion: 'success' })
    const end = await waitFor(simulator, { 'head-sha': SHA })
    expect(end.exitCode).toBe(0)
    expect(end.result.runs).toHaveLength(2)
    expect(end.result.runs).toContainEqual(expect.objectContaining({ id: 101, conclusion: 'success' }))
    expect(requestLines(simulator)).not.toContain('GET runs/100')
  })

  it('must appear, each named workflow of them, or the step fails as not-found', async () => {
    const simulator = await simulators.start()
    simulator.repository().addWorkflow({ path: 'lint.yml', name: 'Lint' })
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    const end = await waitFor(simulator, { workflow: 'ci.yml, lint.yml', 'appear-timeout': '1s' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({
      reason: 'not-found',
      runs: [{ id: 100, outcome: 'matched' }],
      counts: { matched: 1, failed: 0 },
    })
    expect(end.result.message).toMatch(/No run of lint\.yml appeared within 1s/)
    expect(end.stdout).toContain('::error::No run of lint.yml')
  })

  it('may appear late', async () => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    const waiting = waitFor(simulator, { 'head-sha': SHA, 'appear-timeout': '30s' })
    await answered(simulator, 1)
    repository.addRun({ id: 100, headSha: SHA, conclusion: 'success' })
    const end = await waiting
    expect(end.exitCode).toBe(0)
    expect(end.outputs['run-ids']).toBe('[100]')
    expect(end.stdout).toContain('Waiting for a run to appear.')
  })

  it('of a workflow that GitHub does not know yet are waited for', async () => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    const waiting = waitFor(simulator, { workflow: 'new.yml', 'appear-timeout': '20s' })
    while (simulator.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    const run = repository.addRun({ workflow: 'new.yml', status: 'completed', conclusion: 'success' })
    const end = await waiting
    expect(end.exitCode).toBe(0)
    expect(end.outputs['run-id']).toBe(String(run.id))
  })

  it('that were cancelled since a newer one superseded them leave the wait to the newer one', async () => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    const old = repository.addRun({ workflow: 'ci.yml', status: 'in_progress' })
    const waiting = waitFor(simulator, { workflow: 'ci.yml' })
    while (simulator.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    const next = repository.addRun({ workflow: 'ci.yml', status: 'completed', conclusion: 'success' })
    await fetch(`${simulator.apiUrl}/repos/octo/hello/actions/runs/${old.id}/cancel`, {
      method: 'POST',
      headers: { authorization: 'token simulator-token' },
    })
    const end = await waiting
    expect(end.exitCode).toBe(0)
    expect(end.outputs['run-ids']).toBe(`[${next.id}]`)
  })

  it('by a name that no workflow has fail with the names that there are', async () => {
    const simulator = await simulators.start()
    simulator.repository().addWorkflow({ path: 'lint.yml', name: 'Lint' })
    const end = await waitFor(simulator, { workflow: 'Lnt', 'appear-timeout': '0s' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'not-found' })
    expect(end.result.message).toContain('Lint (.github/workflows/lint.yml)')
  })

  it.each([
    { policy: undefined, exitCode: 1, reason: 'not-found', warns: false },
    { policy: 'error', exitCode: 1, reason: 'not-found', warns: false },
    { policy: 'warn', exitCode: 0, reason: undefined, warns: true },
    { policy: 'ignore', exitCode: 0, reason: undefined, warns: false },
  ])('that do not exist end as if-no-runs-found $policy says', async ({ policy, exitCode, reason, warns }) => {
    const simulator = await simulators.start()
    simulator.repository()
    const asked = policy === undefined ? {} : { 'if-no-runs-found': policy }
    const end = await waitFor(simulator, { 'head-sha': SHA, 'appear-timeout': '0s', ...asked })
    expect(end.exitCode).toBe(exitCode)
    expect(end.result.reason).toBe(reason)
    expect(end.outputs).toMatchObject({ 'run-ids': '[]', 'matched-count': '0' })
    expect(end.outputs.conclusion).toBeUndefined()
    expect(end.stdout.includes('::warning::')).toBe(warns)
    expect(requestLines(simulator)).toEqual(['GET runs'])
  })
})

describe('refusals', () => {
  it.each([
    { what: 'a token without rights', token: 'weak', says: 'actions: read' },
    { what: 'a wrong token', token: 'unknown-token', says: 'Check `token`' },
  ])('of $what fail the run as permission and say what to do', async ({ token, says }) => {
    const simulator = await simulators.start()
    simulator.addToken('weak', { kind: 'installation', login: 'app[bot]', permissions: {} })
    simulator.repository().addRun({ id: 100, status: 'in_progress' })
    const end = await waitFor(simulator, { 'run-id': '100', token })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'permission' }])
    expect(end.result.runs[0].message).toContain(says)
    expect(requestLines(simulator)).toEqual(['GET runs/100'])
    const listed = await waitFor(simulator, { branch: 'main', token })
    expect(listed.result).toMatchObject({ reason: 'permission', runs: [] })
  })
})

describe('a cancelled step', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends within two seconds of %s, with outputs and summary', async (name) => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, status: 'in_progress' })
    let sentAt = 0
    const when = answered(simulator, 2).then(() => {
      sentAt = Date.now()
    })
    const end = await waitFor(simulator, { 'run-id': '100', 'poll-interval': '1h' }, { signal: { name, when } })
    expect(Date.now() - sentAt).toBeLessThan(2000)
    expect(end.exitCode).toBe(1)
    expect(end.outputs).toMatchObject({ 'run-id': '100', status: 'in_progress', 'failed-count': '1' })
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'timeout' }])
    expect(end.result.runs[0].message).toContain(name)
    expect(end.summary).toContain('cancelled')
    expect(end.outputs['result-path']).toBeDefined()
  })

  it('still tells of the runs that had appeared', async () => {
    const simulator = await simulators.start()
    simulator.repository().addWorkflow({ path: 'lint.yml', name: 'Lint' })
    simulator.repository().addRun({ id: 100, status: 'in_progress' })
    const end = await waitFor(
      simulator,
      { workflow: 'ci.yml, lint.yml', 'poll-interval': '1h', 'appear-timeout': '2h' },
      { signal: { name: 'SIGTERM', when: answered(simulator, 2) } },
    )
    expect(end.exitCode).toBe(1)
    expect(end.outputs['run-ids']).toBe('[100]')
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'timeout' }])
  })
})

it('never shows the token, even with debug logging on', async () => {
  const simulator = await simulators.start()
  simulator.repository().addRun({ id: 100, conclusion: 'success', title: `leak ${DEFAULT_TOKEN}` })
  const end = await waitFor(simulator, { 'run-id': '100' }, { env: { RUNNER_DEBUG: '1' } })
  expect(end.exitCode).toBe(0)
  expect(end.stdout).toContain(`::add-mask::${DEFAULT_TOKEN}`)
  expect(end.result.runs[0].title).toBe('leak ***')
})
