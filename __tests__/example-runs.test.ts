import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../simulator/index.ts'
import { listFiles, requestLines } from './support/action.ts'
import { useSimulators } from './support/checks.ts'
import { addReviewedEnvironments, REVIEWER, waitingRun } from './support/environments.ts'
import { daysAgo, idsOf, outcomesOf, writesOf } from './support/runs.ts'
import { inputsOf, readExample, readWorkflows } from './support/workflows.ts'

// Each example's steps of this action, with their inputs as they stand in the file, run by the bundle.

const simulators = useSimulators()

const SHA = 'a'.repeat(40)

/** What a runner sets for a workflow that another run has triggered. */
const ofRun = (id: number) => ({
  event: { workflow_run: { id } },
  env: { GITHUB_EVENT_NAME: 'workflow_run' },
})

describe('the example that re-runs flaky failures', () => {
  const [inputs = {}] = inputsOf(readExample('rerun-flaky.yml').jobs.rerun, {})
  const failed = (log: string, attempt = 1): RunSpec => ({
    id: 100,
    conclusion: 'failure',
    attempt,
    jobs: [{ name: 'test', conclusion: 'failure', steps: [{ name: 'Test', log }] }],
  })

  it.each([
    ['re-runs after a lost connection', failed('Error: read ECONNRESET'), 'changed', null],
    ['re-runs a test that is marked as flaky', failed('FAIL [flaky] clock'), 'changed', null],
    ['leaves a broken test alone', failed('expected 1, got 2'), 'skipped', 'pattern-not-matched'],
    ['ends at the third attempt', failed('Error: read ECONNRESET', 3), 'skipped', 'attempt-limit'],
  ])('%s', async (_name, run, outcome, reason) => {
    const simulator = await simulators.start()
    simulator.repository().addRun(run)
    const end = await simulators.run(simulator, { with: inputs, ...ofRun(100) })
    expect([end.exitCode, ...outcomesOf(end.result)]).toEqual([0, [100, outcome, reason]])
    expect(writesOf(simulator)).toEqual(outcome === 'changed' ? ['POST runs/100/rerun-failed-jobs'] : [])
  })
})

describe('the example of a release', () => {
  it.each([
    ['goes on', 'success', 0],
    ['stops', 'failure', 1],
  ])('%s when the security checks of the commit end with %s', async (_name, conclusion, exitCode) => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    repository.addWorkflow({ path: 'security.yml', name: 'Security' })
    repository.addRun({ id: 101, headSha: SHA, jobs: [{ name: 'build', runFor: 1500 }] })
    repository.addRun({ id: 102, headSha: SHA, workflow: 'security.yml', conclusion })
    repository.addRun({ id: 103, headSha: 'b'.repeat(40), conclusion: 'failure' })
    const [inputs = {}] = inputsOf(readExample('release-gate.yml').jobs.wait, { 'github.sha': SHA })
    const end = await simulators.run(simulator, { with: { ...inputs, 'poll-interval': '1s' } })
    expect(end.exitCode).toBe(exitCode)
    expect(JSON.parse(end.outputs['run-ids'] ?? '').sort()).toEqual([101, 102])
  })
})

describe('the example that cancels on close', () => {
  it("cancels the pull request's runs of the commit, and not what runs on main", async () => {
    const simulator = await simulators.start()
    const repository = simulator.repository()
    const live: RunSpec = { status: 'in_progress', headSha: SHA, branch: 'topic', event: 'pull_request' }
    repository.addRun({ ...live, id: 101 })
    repository.addRun({ ...live, id: 102, branch: 'main', event: 'push' })
    repository.addRun({ ...live, id: 103, headSha: 'b'.repeat(40), headRepository: 'stranger/hello' })
    const [inputs = {}] = inputsOf(readExample('cancel-on-close.yml').jobs.cancel, {
      'github.event.pull_request.head.sha': SHA,
    })
    const end = await simulators.run(simulator, { with: { ...inputs, 'poll-interval': '1s' } })
    expect([end.exitCode, ...outcomesOf(end.result)]).toEqual([0, [101, 'changed', null]])
    expect(writesOf(simulator)).toEqual(['POST runs/101/cancel'])
  })
})

/** Runners have jq; elsewhere what needs it is reported as skipped. */
const withJq = spawnSync('jq', ['--version']).status === 0 ? it : it.skip

describe('the example of a nightly clean-up', () => {
  const job = readExample('nightly-clean-up.yml').jobs['clean-up']
  const [plan = {}, remove = {}] = inputsOf(job, {})
  const check = job?.steps.find(({ id }) => id === 'check')?.run ?? ''

  it('deletes what it planned', async () => {
    const simulator = await simulators.start()
    for (let id = 101; id <= 125; id += 1)
      simulator.repository().addRun({ id, branch: 'topic', conclusion: 'success', createdAt: daysAgo(300 - id) })
    simulator.repository().addRun({ id: 200, branch: 'main', conclusion: 'success', createdAt: daysAgo(300) })
    const planned = await simulators.run(simulator, { with: plan })
    expect(writesOf(simulator)).toEqual([])
    const done = await simulators.run(simulator, { with: remove })
    const idsWith = (result: typeof done.result, wanted: string) =>
      outcomesOf(result).flatMap(([id, outcome]) => (outcome === wanted ? [id] : []))
    expect(idsWith(planned.result, 'planned')).toEqual([101, 102, 103, 104, 105])
    expect(idsWith(done.result, 'changed')).toEqual([101, 102, 103, 104, 105])
    expect(idsOf(simulator)).toHaveLength(21)
  })

  withJq.each([
    ['goes on with a plan of the usual size', '2', 0],
    ['stops at a plan that is larger', '1', 1],
  ])('%s', async (_name, most, status) => {
    const simulator = await simulators.start()
    for (let id = 101; id <= 122; id += 1)
      simulator.repository().addRun({ id, branch: 'topic', conclusion: 'success', createdAt: daysAgo(300 - id) })
    const { outputs, workspace } = await simulators.run(simulator, { with: plan })
    const output = join(workspace, 'output-of-check')
    await writeFile(output, '')
    const env = { ...process.env, RESULT: outputs['result-path'] ?? '', MOST: most, GITHUB_OUTPUT: output }
    expect(spawnSync('bash', ['-e', '-c', check], { env }).status).toBe(status)
    expect(await readFile(output, 'utf8')).toBe('planned=2\n')
  })
})

describe('the example that approves after checks', () => {
  async function approve(conclusion: string) {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    const repository = simulator.repository()
    for (const [path, name] of [
      ['security.yml', 'Security'],
      ['deploy.yml', 'Deploy'],
    ] as const)
      repository.addWorkflow({ path, name })
    repository.addRun({ id: 101, headSha: SHA, conclusion })
    repository.addRun({ id: 102, headSha: SHA, workflow: 'security.yml', conclusion: 'success' })
    repository.addRun({ ...waitingRun(100, 'staging', 'production'), headSha: SHA, workflow: 'deploy.yml' })
    const [wait = {}, review = {}] = inputsOf(readExample('approve-after-checks.yml').jobs.approve, {
      'github.event.workflow_run.head_sha': SHA,
      'github.event.workflow_run.id': '100',
      'secrets.REVIEWER_TOKEN': REVIEWER,
    })
    const waited = await simulators.run(simulator, { with: wait, ...ofRun(100) })
    return { simulator, waited, review: () => simulators.run(simulator, { with: review, ...ofRun(100) }) }
  }

  it('approves staging and leaves production to people', async () => {
    const { waited, review } = await approve('success')
    expect(waited.exitCode).toBe(0)
    const { exitCode, outputs } = await review()
    expect([exitCode, outputs.environments]).toEqual([0, '["staging"]'])
  })

  it('does not get there when CI was skipped or failed', async () => {
    const ends = await Promise.all([approve('skipped'), approve('failure')])
    expect(ends.map(({ waited }) => waited.exitCode)).toEqual([1, 1])
  })
})

describe('the example that keeps the logs of failures', () => {
  it('has the logs of the failed jobs, of the attempt that ran them, where the upload looks', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({
      id: 100,
      attempt: 2,
      conclusion: 'failure',
      jobs: [
        { name: 'build', conclusion: 'success', log: 'fine' },
        { name: 'test', conclusion: 'failure', steps: [{ name: 'Test', log: '##[error]broken' }] },
      ],
    })
    const job = readExample('keep-failure-logs.yml').jobs.logs
    const [inputs = {}] = inputsOf(job, {})
    const end = await simulators.run(simulator, { with: inputs, ...ofRun(100) })
    expect(end.exitCode).toBe(0)
    expect(job?.steps.at(-1)?.with?.path).toBe('$' + '{{ steps.logs.outputs.logs-path }}')
    const files = await listFiles(join(end.workspace, end.outputs['logs-path'] ?? 'none'))
    expect(files).toContain('manifest.json')
    expect(files.filter((file) => file.includes('test')).length).toBe(Number(end.outputs['log-count']))
    expect(files.filter((file) => file.includes('build'))).toEqual([])
  })
})

describe('the example of an Enterprise Server', () => {
  const { cancel, 'other-server': other } = readExample('enterprise-server.yml').jobs

  it('cancels on a server without rate limits that knows the older API version only', async () => {
    const simulator = await simulators.start({ enterpriseVersion: '3.17.0', apiVersions: ['2022-11-28'] })
    const repository = simulator.repository()
    for (const id of [101, 102])
      repository.addRun({ id, status: 'in_progress', branch: 'topic', createdAt: Date.now() })
    repository.addRun({ id: 103, status: 'queued', branch: 'old', createdAt: daysAgo(1) })
    repository.addRun({ id: 104, status: 'queued', branch: 'main', createdAt: daysAgo(1) })
    const [inputs = {}] = inputsOf(cancel, {})
    const end = await simulators.run(simulator, { with: inputs })
    expect(end.exitCode).toBe(0)
    expect(simulator.apiUrl).toMatch(/\/api\/v3$/)
    expect(outcomesOf(end.result).sort()).toEqual([
      [101, 'changed', 'superseded'],
      [103, 'changed', 'over-age'],
    ])
  })

  it('reads from the other server, not from the one that it runs on', async () => {
    const [own, foreign] = [await simulators.start(), await simulators.start({ enterpriseVersion: null, basePath: '' })]
    foreign.repository().addRun({ id: 300, conclusion: 'timed_out' })
    const [inputs = {}] = inputsOf(other, { 'secrets.GITHUB_COM_TOKEN': 'simulator-token' })
    expect(inputs['api-url']).toBe('https://api.github.com')
    const end = await simulators.run(own, { with: { ...inputs, 'api-url': foreign.apiUrl } })
    expect([end.exitCode, end.outputs['run-ids']]).toEqual([0, '[300]'])
    expect([requestLines(own).length, requestLines(foreign).length > 0]).toEqual([0, true])
  })
})

describe('the example of retention', () => {
  it('deletes old runs, then the logs of those that are younger, and of each branch keeps the newest', async () => {
    const simulator = await simulators.start()
    for (let id = 101; id <= 112; id += 1)
      simulator.repository().addRun({ id, branch: 'topic', conclusion: 'success', createdAt: daysAgo(250 - id) })
    for (let id = 113; id <= 116; id += 1)
      simulator.repository().addRun({ id, branch: 'topic', conclusion: 'success', createdAt: daysAgo(160 - id) })
    const steps = inputsOf(readExample('retention.yml').jobs['clean-up'], { 'inputs.dry-run || false': 'false' })
    const ends = []
    for (const inputs of steps) ends.push(await simulators.run(simulator, { with: inputs }))
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(writesOf(simulator)).toEqual([
      ...[101, 102, 103, 104, 105, 106].map((id) => `DELETE runs/${id}`),
      'DELETE runs/113/logs',
    ])
  })
})

describe('docs/examples', () => {
  it('has no workflow that no test runs', async () => {
    const tests = ['example-runs.test.ts', 'examples.test.ts'].map((name) =>
      readFile(join(import.meta.dirname, name), 'utf8'),
    )
    const text = (await Promise.all(tests)).join('')
    expect(Object.keys(readWorkflows('docs/examples')).filter((name) => !text.includes(`'${name}'`))).toEqual([])
  })
})
