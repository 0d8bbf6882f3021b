import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { addRuns, daysAgo, idsOf } from '../support/runs.ts'

const simulators = useSimulators()

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  for (const run of runs) simulator.repository().addRun(run)
  return simulator
}

const listRuns = (simulator: Simulator, inputs: Record<string, string> = {}, step: Omit<Step, 'with'> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'list-runs', ...inputs } })

const listed = ({ outputs }: { outputs: Record<string, string> }): number[] => JSON.parse(outputs['run-ids'] ?? '')

describe('list-runs', () => {
  it('lists the newest runs of the repository without a filter, in one request', async () => {
    const simulator = await simulate(
      { id: 101, conclusion: 'failure', createdAt: '2026-01-01T00:00:00Z', title: 'Older' },
      { id: 102, status: 'in_progress', createdAt: '2026-01-02T00:00:00Z', workflow: 'lint.yml', branch: 'dev' },
    )
    const end = await listRuns(simulator)
    expect(requestLines(simulator)).toEqual(['GET runs'])
    expect(simulator.requests[0]?.query).toEqual({ per_page: '100' })
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { 'run-ids': '[102,101]', 'matched-count': '2', 'changed-count': '0', 'skipped-count': '0' },
      result: {
        operation: 'list-runs',
        repository: 'octo/hello',
        dryRun: false,
        runs: [
          { id: 102, workflow: 'Lint', path: '.github/workflows/lint.yml', branch: 'dev', message: 'in_progress' },
          { id: 101, title: 'Older', conclusion: 'failure', outcome: 'matched', reason: null, message: 'failure' },
        ],
        requests: { total: 1, writes: 0 },
        truncated: false,
      },
    })
    expect(end.outputs['run-id']).toBeUndefined()
    expect(JSON.parse(readFileSync(end.outputs['result-path'] ?? '', 'utf8'))).toEqual(end.result)
    expect(end.summary).toContain('### list-runs: ✅ done')
  })

  it('gives the outputs of the one run it found', async () => {
    const simulator = await simulate({ id: 101, conclusion: 'failure', attempt: 2 }, { id: 102, conclusion: 'success' })
    const end = await listRuns(simulator, { status: 'failure' })
    expect(end.outputs).toMatchObject({
      'run-id': '101',
      'run-attempt': '2',
      'run-url': `${simulator.serverUrl}/octo/hello/actions/runs/101`,
      status: 'completed',
      conclusion: 'failure',
    })
  })

  it('lists the run of this step too: it only reads', async () => {
    const simulator = await simulate({ id: 101, status: 'in_progress' })
    expect(listed(await listRuns(simulator, {}, { env: { GITHUB_RUN_ID: '101' } }))).toEqual([101])
  })

  it('lists at most 100 runs, the newest, unless a limit says otherwise', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 130)
    const newestFirst = idsOf(simulator).reverse()
    expect(listed(await listRuns(simulator))).toEqual(newestFirst.slice(0, 100))
    expect(requestLines(simulator)).toHaveLength(1)
    expect(listed(await listRuns(simulator, { limit: '3' }))).toEqual(newestFirst.slice(0, 3))
    expect(requestLines(simulator)).toHaveLength(2)
    expect(listed(await listRuns(simulator, { limit: '130', branch: 'main' }))).toEqual(newestFirst)
    expect(requestLines(simulator)).toHaveLength(4)
  })

  it.each([
    [undefined, 0, undefined, false],
    ['warn', 0, undefined, true],
    ['error', 1, 'not-found', false],
  ])('ends as if-no-runs-found %s says when nothing matches', async (policy, exitCode, reason, warns) => {
    const simulator = await simulate({ id: 101, conclusion: 'success' })
    const end = await listRuns(simulator, { branch: 'none', ...(policy && { 'if-no-runs-found': policy }) })
    expect(end).toMatchObject({ exitCode, outputs: { 'run-ids': '[]', 'matched-count': '0' } })
    expect(end.result.reason).toBe(reason)
    expect(end.stdout.includes('::warning::')).toBe(warns)
    expect(end.stdout).toContain('No run in octo/hello matches the filters.')
  })

  it.each([
    ['unknown', 'Check `token`'],
    ['blind', '`actions: read`'],
  ])('fails with what to do when the token may not read: %s', async (token, advice) => {
    const simulator = await simulate({ id: 101, conclusion: 'success' })
    simulator.addToken('blind', { kind: 'installation', login: 'app[bot]', permissions: {} })
    const end = await listRuns(simulator, { token })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'permission', runs: [] })
    expect(end.result.message).toContain(advice)
  })

  it.each([
    ['status: failed', { status: 'failed' }, '"failed"'],
    ['older-than: 30', { 'older-than': '30' }, '"30"'],
    ['created: last week', { created: 'last week' }, '"last week"'],
    ['limit: 0', { limit: '0' }, '"0"'],
    ['check-suite-id: x', { 'check-suite-id': 'x' }, '"x"'],
  ])('refuses an input that it cannot read, before any request: %s', async (_name, inputs, seen) => {
    const simulator = await simulate({ id: 101, conclusion: 'failure' })
    const end = await listRuns(simulator, inputs as Record<string, string>)
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toContain(`is ${seen}: expected `)
    expect(requestLines(simulator)).toEqual([])
  })
})

describe('list-runs with filters', () => {
  it('sends the server what it can check, and checks the rest itself', async () => {
    const sha = 'a'.repeat(40)
    const run = { conclusion: 'failure', event: 'schedule', actor: 'hubot', headSha: sha, createdAt: daysAgo(10) }
    const simulator = await simulate(
      { ...run, id: 101, branch: 'release/1', checkSuiteId: 7, pullRequests: [3] },
      { ...run, id: 102, branch: 'release/old' },
      { ...run, id: 103, branch: 'main' },
      { ...run, id: 104, branch: 'release/1', checkSuiteId: 8, createdAt: daysAgo(1) },
    )
    const filters = {
      branch: 'release/*',
      'exclude-branches': '*/old',
      event: 'schedule',
      actor: 'hubot',
      'head-sha': sha,
      'check-suite-id': '7',
      status: 'failure, startup_failure',
      created: '>=2020-01-01',
      'older-than': '7d',
      'newer-than': '2w',
      'exclude-pull-requests': 'true',
    }
    const end = await listRuns(simulator, filters)
    expect(end.outputs['run-ids']).toBe('[101]')
    expect(simulator.requests.map(({ query }) => query)).toEqual([
      {
        event: 'schedule',
        actor: 'hubot',
        head_sha: sha,
        check_suite_id: '7',
        status: 'completed',
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z\.\.\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
        exclude_pull_requests: 'true',
        per_page: '100',
      },
    ])
  })

  it('lists the runs of a workflow from its own endpoint, a display name for one request more', async () => {
    const simulator = await simulate(
      { id: 101, conclusion: 'success' },
      { id: 102, conclusion: 'success', workflow: 'lint.yml', workflowName: 'Lint all' },
    )
    expect(listed(await listRuns(simulator, { workflow: 'ci.yml' }))).toEqual([101])
    expect(requestLines(simulator)).toEqual(['GET workflows/ci.yml/runs'])
    expect(listed(await listRuns(simulator, { workflow: 'Lint all' }))).toEqual([102])
    expect(requestLines(simulator).slice(1)).toEqual([
      'GET workflows',
      expect.stringMatching(/^GET workflows\/\d+\/runs$/),
    ])
  })

  it.each(['ci.yaml', 'Continuous'])('lists the workflows there are when it finds none: %s', async (workflow) => {
    const simulator = await simulate({ id: 101, conclusion: 'success' })
    const end = await listRuns(simulator, { workflow, 'if-no-runs-found': 'ignore' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'not-found', runs: [] })
    expect(end.result.message).toContain('CI (.github/workflows/ci.yml)')
  })
})

describe('a long list', () => {
  it('of 1,000 unfiltered runs takes ten requests', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 1050)
    const end = await listRuns(simulator, { limit: '1000' })
    expect(requestLines(simulator)).toHaveLength(10)
    expect(new Set(listed(end)).size).toBe(1000)
  })

  it.each(['empty', '422'] as const)(
    'of 2,500 filtered runs is complete, none twice, past the ceiling of 1,000 (page 11: %s)',
    async (overflow) => {
      const simulator = await simulators.start({ overflow })
      // Three runs share each second: windows must not cut between them.
      const second = (index: number) => Date.parse('2026-01-01T00:00:00Z') + Math.floor(index / 3) * 1000
      addRuns(simulator, 2500, (index) => ({ createdAt: second(index) }))
      simulator.repository().addRun({ id: 1, conclusion: 'success', branch: 'dev' })
      const end = await listRuns(simulator, { branch: 'main', limit: '5000' })
      expect(end.exitCode).toBe(0)
      expect(listed(end)).toEqual(Array.from({ length: 2500 }, (_, index) => 3500 - index))
      // 25 pages, and one more where two windows share a second.
      expect(requestLines(simulator).length).toBeLessThanOrEqual(27)
      expect(simulator.requests.every(({ status }) => status === 200)).toBe(true)
    },
  )

  it('is not cut where one second has more runs than the server shows: it fails', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 1001, () => ({ createdAt: '2026-01-01T00:00:00Z' }))
    const end = await listRuns(simulator, { branch: 'main', limit: '5000' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'server-error', runs: [] })
    expect(end.result.message).toContain('Narrow the filter')
  })

  it('that fits no output is cut in `result`, while `run-ids` and the file are whole', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 2000, (index) => ({ title: `Ünïcode ${'é'.repeat(100)} ${index}` }))
    const end = await listRuns(simulator, { limit: '5000' })
    expect(end.exitCode).toBe(0)
    const bytes = Buffer.byteLength(end.outputs.result ?? '')
    expect(bytes).toBeLessThanOrEqual(900_000)
    expect(bytes).toBeGreaterThan(890_000)
    expect(end.result.truncated).toBe(true)
    expect(end.result.counts.matched).toBe(2000)
    expect(end.result.runs.length).toBeLessThan(2000)
    expect(end.result.runs[0].id).toBe(3000)
    expect(listed(end)).toHaveLength(2000)
    const whole = JSON.parse(readFileSync(end.outputs['result-path'] ?? '', 'utf8'))
    expect(whole.runs).toHaveLength(2000)
    expect(whole.truncated).toBe(false)
  })

  it('that ends before all that was promised came is an error, never a shorter list', async () => {
    const simulator = await simulators.start()
    addRuns(simulator, 3)
    const run = { id: 1003, status: 'completed', created_at: '2026-01-01T00:00:00Z' }
    simulator.failNext({ method: 'GET' }, { status: 200, body: { total_count: 3, workflow_runs: [run] } })
    const end = await listRuns(simulator, { branch: 'main' })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'server-error' })
  })
})
