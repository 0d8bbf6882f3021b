import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { Fault, RunSpec, Simulator, SimulatorOptions, TokenGrant } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { jumpingClock, runInProcess } from '../support/in-process.ts'

const simulators = useSimulators()

const FAILED: RunSpec = { id: 100, conclusion: ['failure', 'success'] }
const TWO_MONTHS_AGO = Date.now() - 60 * 86_400_000

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  for (const run of runs) simulator.repository().addRun(run)
  return simulator
}

const rerunFailed = (simulator: Simulator, inputs: Record<string, string>, step: Omit<Step, 'with'> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'rerun-failed', ...inputs } })

const writes = (simulator: Simulator) => requestLines(simulator).filter((line) => !line.startsWith('GET '))
const RERUN = 'POST runs/100/rerun-failed-jobs'

describe('rerun-failed of a run named by id', () => {
  it('asks for the run, re-runs it and reads the new attempt: three requests', async () => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { 'run-id': '100' })
    expect(requestLines(simulator)).toEqual(['GET runs/100', RERUN, 'GET runs/100'])
    expect(simulator.requests[1]?.requestBody).toBeUndefined()
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { 'run-id': '100', 'run-ids': '[100]', 'run-attempt': '2', 'changed-count': '1', 'failed-count': '0' },
      result: {
        operation: 'rerun-failed',
        counts: { matched: 1, changed: 1, skipped: 0, failed: 0 },
        runs: [{ id: 100, attempt: 2, outcome: 'changed', reason: null, message: 'failed jobs re-run as attempt 2' }],
        requests: { total: 3, writes: 1, retries: 0 },
      },
    })
    expect(JSON.parse(readFileSync(end.outputs['result-path'] ?? '', 'utf8'))).toEqual(end.result)
  })

  it('says in the summary what became of the run', async () => {
    const simulator = await simulate(FAILED)
    const { summary } = await rerunFailed(simulator, { 'run-id': '100' })
    expect(summary).toContain('### rerun-failed: ✅ done')
    expect(summary).toContain(`(${simulator.serverUrl}/octo/hello/actions/runs/100)`)
    expect(summary).toMatch(/\| CI \| main \| ✅ changed \| failed jobs re-run as attempt 2 \|/)
  })

  it('passes debug logging on', async () => {
    const simulator = await simulate(FAILED)
    await rerunFailed(simulator, { 'run-id': '100', 'enable-debug-logging': 'true' })
    expect(simulator.requests[1]?.requestBody).toEqual({ enable_debug_logging: true })
  })

  it('takes run URLs, and several runs in any order', async () => {
    const simulator = await simulate(FAILED, { ...FAILED, id: 101 })
    const url = `${simulator.serverUrl}/octo/hello/actions/runs/101/attempts/1`
    const end = await rerunFailed(simulator, { 'run-id': `${url}, 100` })
    expect(end.outputs['run-ids']).toBe('[101,100]')
    expect(writes(simulator)).toHaveLength(2)
    expect(requestLines(simulator)).toHaveLength(6)
  })

  it('sends no write in a dry run', async () => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { 'run-id': '100', 'dry-run': 'true' })
    expect(requestLines(simulator)).toEqual(['GET runs/100'])
    expect(end.exitCode).toBe(0)
    expect(end.result).toMatchObject({ dryRun: true, counts: { matched: 1, changed: 0 } })
    expect(end.result.runs).toMatchObject([{ outcome: 'planned', message: 'would re-run failed jobs as attempt 2' }])
  })

  it.each<[string, RunSpec]>([
    ['nothing-failed', { conclusion: 'success' }],
    ['nothing-failed', { conclusion: 'skipped' }],
    ['nothing-failed', { conclusion: 'neutral' }],
    ['attempt-limit', { conclusion: 'failure', attempt: 3 }],
    ['already-running', { status: 'in_progress' }],
    ['already-running', { status: 'waiting' }],
  ])('skips it as %s without a write: %j', async (reason, run) => {
    const simulator = await simulate({ id: 100, ...run })
    const end = await rerunFailed(simulator, { 'run-id': '100' })
    expect(requestLines(simulator)).toEqual(['GET runs/100'])
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'skipped', reason }])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'skipped-count': '1', 'changed-count': '0' } })
  })

  it('skips a run that somebody else re-ran meanwhile', async () => {
    const simulator = await simulate(FAILED)
    const refusal = { status: 403, body: { message: 'This workflow is already running', status: '403' } }
    simulator.failNext({ method: 'POST' }, refusal)
    const end = await rerunFailed(simulator, { 'run-id': '100' })
    expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'already-running' }])
    expect(end.exitCode).toBe(0)
    expect(writes(simulator)).toEqual([RERUN])
  })

  it('acts on the run of a workflow_run event when nothing else is asked for', async () => {
    const simulator = await simulate({ ...FAILED, createdAt: TWO_MONTHS_AGO })
    const step = { event: { workflow_run: { id: 100 } }, env: { GITHUB_EVENT_NAME: 'workflow_run' } }
    const end = await rerunFailed(simulator, {}, step)
    expect(writes(simulator)).toEqual([RERUN])
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'too-old' }])
  })

  it('refuses the run that the step itself is part of', async () => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { 'run-id': '100' }, { env: { GITHUB_RUN_ID: '100' } })
    expect(requestLines(simulator)).toEqual([])
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'own-run' }])
    expect(end.stdout).toMatch(/^::error::.*workflow_run/m)
  })

  it('acts on nothing when nothing says which runs', async () => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { limit: '5', 'exclude-branches': 'main' })
    expect(requestLines(simulator)).toEqual([])
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/^::error::.*set `run-id`, or a filter/m)
    expect(end.result).toMatchObject({ runs: [], counts: { matched: 0 } })
  })
})

describe('what the server refuses', () => {
  const OLD = /created over a month ago/
  const rerunnable = { id: 100, conclusion: 'failure' }
  const refusals: [string, string, RunSpec, RegExp][] = [
    ['too old', 'too-old', { ...rerunnable, createdAt: TWO_MONTHS_AGO }, OLD],
    ['not retried', 'not-rerunnable', { ...rerunnable, rerunnable: false }, /cannot be retried/],
    ['dynamic', 'not-rerunnable', { ...rerunnable, workflow: 'dynamic/x/codeql' }, /cannot be retried/],
    ['without jobs', 'not-rerunnable', { ...rerunnable, conclusion: 'timed_out', jobs: [] }, /cannot be retried/],
  ]

  it.each(refusals)('is a failure for a named run: %s', async (_name, reason, run, said) => {
    const simulator = await simulate(run)
    const end = await rerunFailed(simulator, { 'run-id': '100' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason, message: expect.stringMatching(said) }])
    expect(end.exitCode).toBe(1)
    expect(writes(simulator)).toEqual([RERUN])
    expect(end.summary).toContain(reason)
  })

  it.each(refusals)('is skipped with a warning for a run that a filter chose: %s', async (_name, reason, run) => {
    const simulator = await simulate(run, { ...FAILED, id: 101 })
    const end = await rerunFailed(simulator, { status: 'failure, timed_out' })
    const outcomes = end.result.runs.map((one: { id: number; outcome: string; reason: string | null }) => [
      one.id,
      one.outcome,
      one.reason,
    ])
    expect(new Set(outcomes)).toEqual(
      new Set([
        [101, 'changed', null],
        [100, 'skipped', reason],
      ]),
    )
    expect(end.stdout).toMatch(new RegExp(`^::warning::Run 100: skipped \\(${reason}\\)`, 'm'))
    expect(end.exitCode).toBe(0)
  })

  it.each([
    'Unable to re-run this workflow run because it was created over a month ago',
    'This workflow run cannot be rerun',
  ])('is understood in its other wording: %s', async (message) => {
    const simulator = await simulate(FAILED)
    simulator.failNext({ method: 'POST' }, { status: 403, body: { message, status: '403' } })
    const end = await rerunFailed(simulator, { 'run-id': '100' })
    const reason = OLD.test(message) ? 'too-old' : 'not-rerunnable'
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason }])
    expect(end.stdout).toContain(message)
  })

  it.each([
    ['failed', 1, { 'run-id': '100' }],
    ['skipped', 0, { status: 'startup_failure' }],
  ])('is known before asking for a run that never started: %s', async (outcome, exitCode, inputs) => {
    const simulator = await simulate({ id: 100, conclusion: 'startup_failure' })
    const end = await rerunFailed(simulator, inputs as Record<string, string>)
    expect(writes(simulator)).toEqual([])
    expect(end.result.runs).toMatchObject([{ id: 100, outcome, reason: 'not-rerunnable' }])
    expect(end.exitCode).toBe(exitCode)
  })

  it.each<[TokenGrant['kind'], string]>([
    ['installation', 'Resource not accessible by integration'],
    ['fine-grained', 'Resource not accessible by personal access token'],
    ['classic', 'Must have admin rights to Repository'],
  ])('names the permission that a token lacks: %s', async (kind, said) => {
    const simulator = await simulate(FAILED)
    simulator.addToken('read-only-token', { kind, login: 'mona', permissions: { actions: 'read' } })
    const end = await rerunFailed(simulator, { 'run-id': '100', token: 'read-only-token' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(end.stdout).toMatch(new RegExp(`^::error::.*${said}.*\`actions: write\``, 'm'))
    expect(simulator.repository().run(100)?.attempt).toBe(1)
  })

  it('says of a repository that the token cannot see that this may be the reason', async () => {
    const simulator = await simulate(FAILED)
    simulator.addToken('blind-token', { kind: 'classic', login: 'mona', permissions: {}, repositories: [] })
    const end = await rerunFailed(simulator, { 'run-id': '100', token: 'blind-token' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'not-found' }])
    expect(end.stdout).toMatch(/^::error::.*404.*the token cannot see it.*`actions: write`/m)
    expect(writes(simulator)).toEqual([])
  })

  it('fails for a run that does not exist, and goes on with the others', async () => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { 'run-id': '404 100' })
    expect(end.result.runs).toMatchObject([
      { id: 404, outcome: 'failed', reason: 'not-found', url: `${simulator.serverUrl}/octo/hello/actions/runs/404` },
      { id: 100, outcome: 'changed', attempt: 2 },
    ])
    expect(end.exitCode).toBe(1)
  })

  it('tells of a wrong token what is wrong with it', async () => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { 'run-id': '100', token: 'wrong-token' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(end.stdout).toMatch(/^::error::.*401.*Bad credentials.*Check `token`/m)
    expect(writes(simulator)).toEqual([])
  })
})

describe('rerun-failed by filter', () => {
  it('takes runs that failed or timed out, and no others', async () => {
    const simulator = await simulate(
      { ...FAILED, id: 101 },
      { id: 102, conclusion: 'timed_out' },
      { id: 103, conclusion: 'cancelled' },
      { id: 104, conclusion: 'success' },
      { id: 105, status: 'in_progress' },
      { id: 106, conclusion: 'failure', branch: 'other' },
      { id: 107, conclusion: 'startup_failure' },
    )
    const end = await rerunFailed(simulator, { branch: 'main' })
    expect(writes(simulator).sort()).toEqual(['POST runs/101/rerun-failed-jobs', 'POST runs/102/rerun-failed-jobs'])
    // Two lists, one for each conclusion, and three requests a run.
    expect(requestLines(simulator)).toHaveLength(2 + 2 * 3)
    expect(end.outputs['matched-count']).toBe('2')
  })

  it('never takes the run that the step itself is part of', async () => {
    const simulator = await simulate(FAILED, { ...FAILED, id: 101 })
    const end = await rerunFailed(simulator, { branch: 'main' }, { env: { GITHUB_RUN_ID: '101' } })
    expect(end.outputs['run-ids']).toBe('[100]')
    expect(writes(simulator)).toEqual([RERUN])
  })

  it.each([
    ['ignore', 0, /^(?!::)No run in octo\/hello matches the filters/m],
    ['warn', 0, /^::warning::No run in octo\/hello matches the filters/m],
    ['error', 1, /^::error::No run in octo\/hello matches the filters.*`if-no-runs-found`/m],
  ])('does nothing when nothing matches: %s', async (policy, exitCode, said) => {
    const simulator = await simulate(FAILED)
    const end = await rerunFailed(simulator, { branch: 'other', 'if-no-runs-found': policy })
    expect(end.exitCode).toBe(exitCode)
    expect(end.stdout).toMatch(said)
    expect(end.outputs).toMatchObject({ 'run-ids': '[]', 'matched-count': '0' })
    expect(writes(simulator)).toEqual([])
  })
})

/** Runs it in this process, in time that jumps. */
async function withClock(
  run: RunSpec,
  inputs: Record<string, string>,
  plan: { faults?: Fault[] } & SimulatorOptions = {},
) {
  const clock = jumpingClock()
  const { faults = [], ...options } = plan
  const simulator = await simulators.start({ clock: clock.time, ...options })
  simulator.repository().addRun({ id: 100, ...run })
  for (const fault of faults) simulator.failNext({ method: 'POST' }, fault)
  const asked = { operation: 'rerun-failed', 'run-id': '100', ...inputs }
  const end = simulators.check(await runInProcess(simulator, asked, { clock }))
  return { end, simulator, clock, attempt: simulator.repository().run(100)?.attempt }
}

describe('a re-run whose answer is lost', () => {
  it.each<[string, Fault]>([
    ['a 502', { status: 502 }],
    ['a broken connection', { kind: 'reset' }],
  ])('takes effect once when %s came before the effect', async (_name, fault) => {
    const { end, simulator, attempt } = await withClock(FAILED, {}, { faults: [fault] })
    expect(attempt).toBe(2)
    expect(requestLines(simulator)).toEqual(['GET runs/100', RERUN, 'GET runs/100', RERUN, 'GET runs/100'])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2 }])
  })

  it.each<[string, Fault]>([
    ['a 502', { status: 502, when: 'after' }],
    ['a broken connection', { kind: 'reset', when: 'after' }],
  ])('is not sent again when %s came after the effect', async (_name, fault) => {
    const { end, simulator, attempt } = await withClock(FAILED, {}, { faults: [fault] })
    expect(attempt).toBe(2)
    expect(writes(simulator)).toEqual([RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2 }])
  })

  it('is known to have taken effect when the repeated one finds the run running', async () => {
    const plan = { faults: [{ status: 502, when: 'after' } as const], delays: { rerun: 5_000 } }
    const { end, simulator, attempt } = await withClock(FAILED, {}, plan)
    expect(attempt).toBe(2)
    expect(writes(simulator)).toEqual([RERUN, RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2 }])
  })

  it('is given up after three tries', async () => {
    const { end, simulator, attempt } = await withClock(FAILED, {}, { faults: [{ status: 500, times: 9 }] })
    expect(attempt).toBe(1)
    expect(writes(simulator)).toEqual([RERUN, RERUN, RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error' }])
  })
})

describe('the new attempt', () => {
  it('is waited for until it exists', async () => {
    const { end } = await withClock(FAILED, {}, { delays: { rerun: 20_000 } })
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2 }])
    expect(end.result.requests.writes).toBe(1)
  })

  it('is a failure when the server accepts the re-run and does nothing for 60 s', async () => {
    const { end, clock } = await withClock({ ...FAILED, ignores: ['rerun'] }, {})
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-started', attempt: 1 }])
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(60_000, 0)
    expect(end.result.requests.writes).toBe(1)
    expect(end.failure).toContain('no new attempt came within 60 s')
  })
})

describe('rerun-failed with wait', () => {
  const FLAKY: RunSpec = { conclusion: ['failure', 'failure', 'success'], rerunTakes: 90_000 }

  it('goes on until the run succeeds', async () => {
    const { end, simulator, attempt } = await withClock(FLAKY, { wait: 'true', 'max-attempts': '5' })
    expect(attempt).toBe(3)
    expect(writes(simulator)).toEqual([RERUN, RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 3, conclusion: 'success' }])
    expect(end.outputs).toMatchObject({ status: 'completed', conclusion: 'success', 'run-attempt': '3' })
    expect(end.failure).toBeUndefined()
  })

  it('fails with the conclusion when the last attempt that is allowed fails too', async () => {
    const run = { conclusion: 'failure', rerunTakes: 90_000 }
    const { end, simulator } = await withClock(run, { wait: 'true', 'max-attempts': '3' })
    expect(writes(simulator)).toEqual([RERUN, RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'conclusion', attempt: 3 }])
    expect(end.failure).toContain('attempt 3 ended with failure')
  })

  it('judges the conclusion by success-conclusions', async () => {
    const run = { conclusion: ['failure', 'cancelled'], rerunTakes: 1_000 }
    const { end } = await withClock(run, { wait: 'true', 'success-conclusions': 'success, cancelled' })
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2, conclusion: 'cancelled' }])
  })

  it('first waits for a run that is still running', async () => {
    const jobs = [{ name: 'test', runFor: 30_000, conclusion: ['failure', 'success'] }]
    const { end, simulator } = await withClock({ jobs }, { wait: 'true' })
    expect(writes(simulator)).toEqual([RERUN])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2, conclusion: 'success' }])
  })

  it('re-runs nothing when the run that it waited for succeeded', async () => {
    const { end, simulator } = await withClock({ jobs: [{ name: 'test', runFor: 30_000 }] }, { wait: 'true' })
    expect(writes(simulator)).toEqual([])
    expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'nothing-failed' }])
  })

  it('ends with timeout when the attempt does not end in time, and says how far it came', async () => {
    const run = { conclusion: 'failure', rerunTakes: Number.POSITIVE_INFINITY }
    const { end, clock } = await withClock(run, { wait: 'true', timeout: '10m' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'timeout', attempt: 2, status: 'in_progress' }])
    expect(end.failure).toContain('10m')
    expect(clock.now() - Date.parse('2026-06-15T12:00:00Z')).toBe(600_000)
  })

  it('runs through the bundle in real time', async () => {
    const simulator = await simulate({ ...FLAKY, id: 100, rerunTakes: 300 })
    const end = await rerunFailed(simulator, { 'run-id': '100', wait: 'true', 'poll-interval': '1s' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-attempt': '3', conclusion: 'success' } })
  })
})
