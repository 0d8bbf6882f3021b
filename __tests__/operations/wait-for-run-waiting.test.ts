import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator, SimulatorOptions } from '../../simulator/index.ts'
import type { Clock } from '../../src/clock.ts'
import { requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { type JumpingClock, jumpingClock, runInProcess } from '../support/in-process.ts'

const simulators = useSimulators()

const MINUTE = 60_000
const SHA = 'a'.repeat(40)

/** A run of a quarter of an hour: at the default interval many looks find it unchanged. */
const LONG: RunSpec = { id: 100, headSha: SHA, jobs: [{ name: 'build', runFor: 15 * MINUTE }] }

/** The clock, with something that happens after so many sleeps. */
function interrupted(clock: JumpingClock, sleeps: number, act: () => void): Clock {
  let isOver = false
  return {
    now: clock.now,
    async sleep(ms, signal) {
      await clock.sleep(ms, signal)
      if (isOver || clock.slept.length < sleeps) return
      isOver = true
      act()
    },
  }
}

async function start(options: SimulatorOptions = {}) {
  const clock = jumpingClock()
  const simulator = await simulators.start({ clock: clock.time, ...options })
  const repository = simulator.repository()
  const begun = clock.now()
  const wait = async (inputs: Record<string, string> = {}, used: Clock = clock) => {
    const asked = { operation: 'wait-for-run', 'run-id': '100', ...inputs }
    return simulators.check(await runInProcess(simulator, asked, { clock: used }))
  }
  return { clock, simulator, repository, wait, elapsed: () => clock.now() - begun }
}

const readsOf = (simulator: Simulator, path: string) =>
  simulator.requests.filter((exchange) => exchange.path === `/repos/octo/hello/actions/${path}`)

describe('conclusions', () => {
  it.each(['success', 'neutral', 'skipped'])('%s passes', async (conclusion) => {
    const { repository, wait } = await start()
    repository.addRun({ id: 100, conclusion })
    const end = await wait()
    expect(end.failure).toBeUndefined()
    expect(end.outputs).toMatchObject({ conclusion, 'failed-count': '0' })
  })

  it.each(['failure', 'cancelled', 'timed_out', 'action_required', 'stale', 'startup_failure'])(
    '%s fails the step',
    async (conclusion) => {
      const { repository, wait } = await start()
      repository.addRun({ id: 100, conclusion })
      const end = await wait()
      expect(end.failure).toContain(`ended with ${conclusion}`)
      expect(end.outputs).toMatchObject({ conclusion, 'failed-count': '1' })
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'conclusion' }])
    },
  )

  it('are judged by success-conclusions', async () => {
    const { repository, wait } = await start()
    repository.addRun({ id: 100, conclusion: 'failure' })
    repository.addRun({ id: 101, conclusion: 'success' })
    const end = await wait({ 'run-id': '100 101', 'success-conclusions': 'failure' })
    expect(end.result.runs).toMatchObject([{ outcome: 'matched' }, { outcome: 'failed', reason: 'conclusion' }])
  })

  it('of several runs are told by the first that does not pass', async () => {
    const { repository, wait } = await start()
    repository.addRun({ id: 100, conclusion: 'success' })
    repository.addRun({ id: 101, conclusion: 'cancelled' })
    repository.addRun({ id: 102, conclusion: 'failure' })
    const end = await wait({ 'run-id': '100 101 102' })
    expect(end.outputs).toMatchObject({ conclusion: 'cancelled', 'failed-count': '2' })
  })

  it('name the jobs that failed', async () => {
    const { repository, wait } = await start()
    repository.addRun({
      id: 100,
      jobs: [
        { name: 'unit', conclusion: 'failure', runFor: MINUTE },
        { name: 'lint', runFor: 2 * MINUTE },
      ],
    })
    const end = await wait()
    expect(end.failure).toContain('ended with failure; failed jobs: unit')
  })
})

describe('fail-fast', () => {
  const jobs = [
    { name: 'unit', conclusion: 'failure', runFor: MINUTE },
    { name: 'slow', runFor: 60 * MINUTE },
  ]

  it('ends at the first failed job', async () => {
    const { repository, wait, elapsed } = await start()
    repository.addRun({ id: 100, jobs })
    repository.addRun({ id: 101, status: 'in_progress' })
    const end = await wait({ 'run-id': '100 101', 'fail-fast': 'true', timeout: '2h' })
    expect(end.failure).toContain('failed jobs: unit')
    expect(end.result.runs).toMatchObject([
      { id: 100, outcome: 'failed', reason: 'conclusion', status: 'in_progress' },
      { id: 101, outcome: 'matched' },
    ])
    expect(elapsed()).toBeLessThan(3 * MINUTE)
  })

  it('is off unless asked for', async () => {
    const { repository, wait, elapsed } = await start()
    repository.addRun({ id: 100, jobs })
    const end = await wait({ timeout: '2h' })
    expect(end.result.runs).toMatchObject([{ reason: 'conclusion', status: 'completed' }])
    expect(elapsed()).toBeGreaterThanOrEqual(60 * MINUTE)
  })
})

describe('the cost of a wait', () => {
  it('is one conditional request a look, and an unchanged run costs no quota', async () => {
    const { repository, simulator, wait, clock } = await start({ rateLimit: { limit: 1000 } })
    repository.addRun(LONG)
    const end = await wait()
    const reads = readsOf(simulator, 'runs/100')
    expect(end.failure).toBeUndefined()
    expect(reads).toHaveLength(clock.slept.length + 1)
    expect(reads.length).toBeGreaterThan(15)
    expect(reads.slice(1).every(({ requestHeaders }) => requestHeaders['if-none-match'] !== undefined)).toBe(true)
    const changes = reads.filter(({ status }) => status === 200)
    expect(changes).toHaveLength(2)
    expect(reads.filter(({ status }) => status === 304)).toHaveLength(reads.length - 2)
    expect(readsOf(simulator, 'runs/100/jobs')).toHaveLength(2)
    expect(simulator.requests).toHaveLength(reads.length + 2)
    expect(end.result.requests).toMatchObject({ notModified: reads.length - 2, writes: 0, retries: 0 })
    expect(end.result.rateLimit).toMatchObject({ limit: 1000, remaining: 1000 - 4 })
  })

  it('is one list before the first look and one before it ends green', async () => {
    const { repository, simulator, wait } = await start()
    repository.addRun({ ...LONG, conclusion: 'success' })
    await wait({ 'run-id': '', 'head-sha': SHA })
    expect(requestLines(simulator)).toEqual(['GET runs', 'GET runs/100', 'GET runs/100/jobs', 'GET runs'])
  })

  it('is a line in the log for each change only', async () => {
    const { repository, wait } = await start()
    const jobs = [
      { name: 'build', startAfter: 5 * MINUTE, runFor: 5 * MINUTE },
      { name: 'docs', needs: ['build'] },
    ]
    repository.addRun({ id: 100, title: '::error::x', jobs })
    const end = await wait()
    const lines = end.stdout.split('\n').filter((line) => line.startsWith('CI #1 (100)'))
    expect(lines).toEqual([
      'CI #1 (100) is queued, 0 of 1 jobs completed',
      'CI #1 (100) is in_progress, 0 of 1 jobs completed',
      'CI #1 (100) completed with success, 2 of 2 jobs completed',
    ])
  })
})

describe('a run that waits for a review', () => {
  const spec: RunSpec = { id: 100, jobs: [{ name: 'deploy', environment: 'production' }] }

  it('shows for which environments', async () => {
    const { repository, simulator, wait } = await start()
    repository.addEnvironment({ name: 'production', reviewers: ['monalisa'] })
    repository.addRun(spec)
    const end = await wait({ timeout: '10m' })
    expect(end.stdout).toContain('is waiting, 0 of 1 jobs completed, waiting for production')
    expect(readsOf(simulator, 'runs/100/pending_deployments')).toHaveLength(1)
    expect(end.result.runs).toMatchObject([{ reason: 'timeout', status: 'waiting' }])
  })

  it.each([403, 404, 502])('is waited for even if the environments cannot be read (%d)', async (status) => {
    const { repository, simulator, wait } = await start()
    repository.addEnvironment({ name: 'production', waitTimer: 5 })
    repository.addRun(spec)
    simulator.failNext({ path: /pending_deployments$/ }, { status, times: 3 })
    const end = await wait()
    expect(end.failure).toBeUndefined()
    expect(end.outputs.conclusion).toBe('success')
  })
})

describe('timeout', () => {
  it('fails the run as timeout, with all outputs', async () => {
    const { repository, simulator, wait, elapsed } = await start()
    repository.addRun({ id: 100, status: 'in_progress' })
    const end = await wait({ timeout: '10m' })
    expect(elapsed()).toBe(10 * MINUTE)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'timeout', status: 'in_progress' }])
    expect(end.outputs).toMatchObject({ 'run-id': '100', status: 'in_progress', 'failed-count': '1' })
    expect(JSON.parse(end.outputs.jobs ?? '')).toMatchObject([{ name: 'build', status: 'in_progress' }])
    expect(end.failure).toContain('`timeout` of 10m')
    expect(simulator.requests.every(({ method }) => method === 'GET')).toBe(true)
  })

  it('with on-timeout: cancel cancels what has not completed, within the timeout', async () => {
    const { repository, simulator, wait, elapsed } = await start()
    const run = repository.addRun({ id: 100, status: 'in_progress' })
    repository.addRun({ id: 101, conclusion: 'success' })
    const end = await wait({ 'run-id': '100 101', timeout: '10m', 'on-timeout': 'cancel' })
    expect(run).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
    expect(elapsed()).toBeLessThanOrEqual(10 * MINUTE)
    expect(elapsed()).toBeGreaterThanOrEqual(10 * MINUTE - 10_000)
    expect(end.result.runs).toMatchObject([
      { id: 100, outcome: 'failed', reason: 'timeout' },
      { id: 101, outcome: 'matched' },
    ])
    expect(end.failure).toContain('still in_progress at the end of the `timeout` of 10m; cancel requested')
    expect(requestLines(simulator).filter((line) => line.startsWith('POST'))).toEqual(['POST runs/100/cancel'])
    expect(requestLines(simulator).at(-1)).toBe('POST runs/100/cancel')
  })

  it('says so when the token may not cancel', async () => {
    const { repository, simulator, wait } = await start()
    repository.addRun({ id: 100, status: 'in_progress' })
    simulator.addToken('reader', { kind: 'installation', login: 'app[bot]', permissions: { actions: 'read' } })
    const end = await wait({ token: 'reader', timeout: '1m', 'on-timeout': 'cancel' })
    expect(end.result.runs).toMatchObject([{ reason: 'timeout' }])
    expect(end.failure).toMatch(/cancelling it failed: .*actions: write/)
  })

  it('cancels even when the server failed shortly before', async () => {
    const { repository, simulator, wait, clock } = await start()
    const run = repository.addRun({ id: 100, status: 'in_progress' })
    const failing = interrupted(clock, 6, () => simulator.failNext({ method: 'GET' }, { status: 502, times: 12 }))
    const end = await wait({ timeout: '90s', 'on-timeout': 'cancel' }, failing)
    expect(run.conclusion).toBe('cancelled')
    expect(end.result.runs).toMatchObject([{ reason: 'timeout' }])
  })
})

describe('a server in trouble', () => {
  it.each([
    { what: '502', fault: { status: 502, times: 15 } },
    { what: '429', fault: { status: 429, headers: { 'retry-after': '20' }, times: 8 } },
    {
      what: 'a secondary limit',
      fault: { status: 403, body: { message: 'You have exceeded a secondary rate limit.' }, times: 3 },
    },
    { what: 'broken connections', fault: { kind: 'reset', times: 8 } },
    { what: 'answers that are no JSON', fault: { kind: 'garbage', times: 8 } },
  ] as const)('does not end the wait: $what', async ({ fault }) => {
    const { repository, simulator, wait, clock } = await start()
    repository.addRun(LONG)
    const end = await wait(
      {},
      interrupted(clock, 2, () => simulator.failNext({ path: /runs\/100/ }, fault)),
    )
    expect(end.failure).toBeUndefined()
    expect(end.outputs.conclusion).toBe('success')
    expect(end.result.requests.retries).toBeGreaterThan(0)
  })

  it('does not end the wait by answers that are cut short', async () => {
    const { repository, simulator, wait } = await start()
    repository.addRun(LONG)
    simulator.failNext({ path: /runs\/100/ }, { kind: 'truncate', times: 8 })
    const end = await wait()
    expect(end.failure).toBeUndefined()
    expect(end.result.requests.retries).toBe(7)
  })

  it('ends it after five looks in a row that fail with all their retries', async () => {
    const { repository, simulator, wait, clock } = await start()
    repository.addRun(LONG)
    const failing = interrupted(clock, 2, () => simulator.failNext({}, { status: 502, times: 1000 }))
    const end = await wait({}, failing)
    expect(readsOf(simulator, 'runs/100').filter(({ status }) => status === 502)).toHaveLength(5 * 6)
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'server-error' }])
    expect(end.failure).toContain('GitHub answered 502')
    expect(end.outputs['run-id']).toBe('100')
  })

  it('starts the count again with each look that succeeds', async () => {
    const { repository, simulator, wait, clock } = await start()
    repository.addRun(LONG)
    const fail = () => simulator.failNext({ path: /runs\/100$/ }, { status: 502, times: 4 * 6 })
    const twice = interrupted(clock, 2, fail)
    const end = await wait({}, interrupted({ ...clock, sleep: twice.sleep }, 35, fail))
    expect(end.failure).toBeUndefined()
    expect(readsOf(simulator, 'runs/100').filter(({ status }) => status === 502)).toHaveLength(2 * 4 * 6)
  })

  it('is told as such, not as not-found, when no list could be had', async () => {
    const { simulator, wait } = await start()
    simulator.failNext({}, { status: 502, times: 1000 })
    const end = await wait({ 'run-id': '', 'head-sha': SHA, 'appear-timeout': '0s' })
    expect(end.result).toMatchObject({ reason: 'server-error', runs: [] })
    expect(end.failure).toContain('502')
  })
})

describe('the end of a wait', () => {
  it('comes at once with a token that is refused', async () => {
    const { repository, simulator, wait, clock } = await start()
    repository.addRun(LONG)
    const revoked = interrupted(clock, 2, () =>
      simulator.failNext({}, { status: 401, body: { message: 'Bad credentials' } }),
    )
    const end = await wait({}, revoked)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(requestLines(simulator)).toEqual(['GET runs/100', 'GET runs/100/jobs', 'GET runs/100', 'GET runs/100'])
  })

  it('comes with the deletion of the run', async () => {
    const { repository, wait, clock } = await start()
    const run = repository.addRun(LONG)
    const end = await wait(
      {},
      interrupted(clock, 3, () => repository.deleteRun(run)),
    )
    expect(end.failure).toContain('deleted')
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'not-found', status: 'in_progress' }])
  })

  it('waits for a run that appeared meanwhile', async () => {
    const { repository, simulator, wait, clock } = await start()
    repository.addRun(LONG)
    const later = interrupted(clock, 3, () => {
      repository.addRun({ id: 200, workflow: 'lint.yml', headSha: SHA, jobs: [{ name: 'lint', runFor: 60 * MINUTE }] })
    })
    const end = await wait({ 'run-id': '', 'head-sha': SHA, timeout: '3h' }, later)
    expect(end.failure).toBeUndefined()
    expect(end.result.runs).toMatchObject([
      { id: 100, conclusion: 'success' },
      { id: 200, conclusion: 'success' },
    ])
    expect(readsOf(simulator, 'runs')).toHaveLength(3)
  })

  it('waits for a newer run in the place of the one that passed', async () => {
    const { repository, wait, clock } = await start()
    repository.addRun(LONG)
    const later = interrupted(clock, 3, () => {
      repository.addRun({
        id: 200,
        headSha: SHA,
        jobs: [{ name: 'build', conclusion: 'failure', runFor: 20 * MINUTE }],
      })
    })
    const end = await wait({ 'run-id': '', 'head-sha': SHA }, later)
    expect(end.result.runs).toMatchObject([{ id: 200, outcome: 'failed', reason: 'conclusion' }])
  })

  it('never goes back to an older run that a filter shows last', async () => {
    const { repository, simulator, wait } = await start()
    repository.addRun({ id: 90, status: 'in_progress', createdAt: '2026-06-15T11:00:00Z' })
    repository.addRun(LONG)
    const end = await wait({ 'run-id': '', status: 'in_progress' })
    expect(end.failure).toBeUndefined()
    expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'matched', conclusion: 'success' }])
    expect(requestLines(simulator)).not.toContain('GET runs/90')
  })
})
