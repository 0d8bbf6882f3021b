import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { requestLines } from './action.ts'
import { type Scene, type TestedOperation, writeLines } from './operation.ts'
import { addRuns, MINUTE, writesOf } from './runs.ts'
import { itSparesItsOwnRun, itTakesRuns, itTellsRefusals, itWritesOnce } from './write-behaviour.ts'

/** A run that goes on until somebody cancels it. */
export const RUNNING: RunSpec = { id: 100, status: 'in_progress' }

const MANY = 1_500

/** Fills a repository with {@link MANY} completed runs, and with three older ones that go on. */
function fillRepository(simulator: Simulator): void {
  addRuns(simulator, MANY)
  const statuses = ['in_progress', 'queued', 'waiting']
  statuses.forEach((status, index) => {
    const createdAt = Date.now() - (MANY + index) * MINUTE
    simulator.repository().addRun({ id: 100 + index, status, createdAt, headSha: 'c'.repeat(40) })
  })
}

const cancelled = (simulator: Simulator, id: number) => simulator.repository().run(id)?.conclusion === 'cancelled'

/** What `cancel` and `force-cancel` have in common. */
export function itCancels(tested: TestedOperation, verb: 'cancel' | 'force-cancel'): void {
  const operation = {
    tested,
    run: { status: 'in_progress' },
    write: (id: number) => `POST runs/${id}/${verb}`,
    cost: 2,
    permission: 'actions: write' as const,
    effects: (simulator: Simulator) => Number(cancelled(simulator, 100)),
  }
  itTakesRuns(operation)
  itSparesItsOwnRun(operation)
  itTellsRefusals(operation)
  itWritesOnce(operation)
  itAsks(tested, verb)
  itIsRefused(tested, verb)
  itWaits(tested, verb)
  itChoosesByFilter(tested, verb)
}

function itAsks({ simulate, run }: TestedOperation, verb: string): void {
  describe(`${verb} of a run named by id`, () => {
    it('reads the run and asks the server to end it: two requests', async () => {
      const simulator = await simulate(RUNNING)
      const end = await run(simulator, { 'run-id': '100' })
      expect(requestLines(simulator)).toEqual(['GET runs/100', `POST runs/100/${verb}`])
      expect(simulator.requests[1]).toMatchObject({ status: 202, requestBody: undefined })
      expect(end).toMatchObject({
        exitCode: 0,
        outputs: { 'run-id': '100', 'run-ids': '[100]', status: 'in_progress', 'changed-count': '1' },
        result: {
          operation: verb,
          counts: { matched: 1, changed: 1, skipped: 0, failed: 0 },
          runs: [{ id: 100, outcome: 'changed', reason: null, message: `${verb} requested` }],
          requests: { total: 2, writes: 1 },
        },
      })
      expect(end.outputs.conclusion).toBeUndefined()
      expect(end.summary).toMatch(new RegExp(`✅ changed \\| ${verb} requested`))
      expect(cancelled(simulator, 100)).toBe(true)
    })

    it('sends no write in a dry run', async () => {
      const simulator = await simulate(RUNNING)
      const end = await run(simulator, { 'run-id': '100', 'dry-run': 'true', wait: 'true' })
      expect(requestLines(simulator)).toEqual(['GET runs/100'])
      expect(end.result).toMatchObject({
        dryRun: true,
        counts: { matched: 1, changed: 0 },
        runs: [{ outcome: 'planned', message: `would ${verb}` }],
      })
      expect(end.exitCode).toBe(0)
    })

    it('skips a completed run without a write', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success' })
      const end = await run(simulator, { 'run-id': '100' })
      expect(requestLines(simulator)).toEqual(['GET runs/100'])
      expect(end.result.runs).toMatchObject([
        { outcome: 'skipped', reason: 'already-completed', message: 'the run ended with success already' },
      ])
      expect(end.exitCode).toBe(0)
    })
  })
}

const conflict = (message: string) => ({ status: 409, body: { message, status: '409' } })

function itIsRefused({ simulate, run, play }: TestedOperation, verb: string): void {
  describe(`a ${verb} that cannot be`, () => {
    it.each([
      'Cannot cancel a workflow run that is completed.',
      'Cannot cancel a workflow run that has been completed',
      'Cannot cancel a workflow run that is not in progress.',
    ])('is skipped when the run ended meanwhile: %s', async (message) => {
      const simulator = await simulate(RUNNING)
      simulator.failNext({ method: 'POST' }, conflict(message))
      const end = await run(simulator, { 'run-id': '100' })
      expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'already-completed' }])
      expect(end.result.runs[0].message).toContain('Nothing is left to cancel.')
      expect(end.exitCode).toBe(0)
      expect(writeLines(simulator)).toHaveLength(1)
    })

    it('fails as wedged for a named run without jobs, which is asked once', async () => {
      const simulator = await simulate({ id: 100, wedged: true })
      const end = await run(simulator, { 'run-id': '100' })
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'wedged' }])
      expect(end.stdout).toMatch(/^::error::.*has not been queued yet.*through GitHub Support/m)
      expect(writeLines(simulator)).toEqual([`POST runs/100/${verb}`])
    })

    it('is skipped as wedged, with a warning, for a run that a filter chose', async () => {
      const simulator = await simulate({ id: 100, wedged: true }, { ...RUNNING, id: 101 })
      const end = await run(simulator, { branch: 'main' })
      expect(end.result.counts).toEqual({ matched: 2, changed: 1, skipped: 1, failed: 0 })
      expect(end.stdout).toMatch(/^::warning::Run 100: skipped \(wedged\)/m)
      expect(end.exitCode).toBe(0)
    })

    it.each([
      'Cannot cancel a workflow run that has not been queued yet.',
      'Cannot cancel a workflow re-run that has not yet queued.',
    ])('is asked for again when the run is about to be queued: %s', async (message) => {
      const { end, simulator } = await play({
        runs: [RUNNING],
        inputs: { 'run-id': '100' },
        faults: [[{ method: 'POST' }, conflict(message)]],
      })
      expect(writeLines(simulator)).toHaveLength(2)
      expect(end.result.runs).toMatchObject([{ outcome: 'changed', reason: null }])
    })

    it('is the true outcome when the one sent again finds the run cancelled', async () => {
      const { end, simulator } = await play(LATE_EFFECT)
      expect(writeLines(simulator)).toHaveLength(2)
      expect(cancelled(simulator, 100)).toBe(true)
      expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: `${verb} requested` }])
    })
  })
}

/** The answer to the write is lost, the run still looks alive, and the write that is sent again finds it cancelled. */
const LATE_EFFECT: Scene = {
  runs: [RUNNING],
  inputs: { 'run-id': '100' },
  faults: [
    [{ method: 'POST' }, { status: 502, when: 'after' }],
    [{ method: 'GET' }, { status: 200, times: 2, body: { id: 100, status: 'in_progress', conclusion: null } }],
  ],
}

function itWaits({ simulate, run, play }: TestedOperation, verb: 'cancel' | 'force-cancel'): void {
  const asked = { 'run-id': '100', wait: 'true' }
  const delays = { cancel: 60_000, forceCancel: 60_000 }

  describe(`${verb} with wait`, () => {
    it('reads the run until it has completed, and does not judge how', async () => {
      const inputs = { ...asked, 'success-conclusions': 'success' }
      const { end, simulator, clock } = await play({ runs: [RUNNING], inputs, delays })
      expect(writeLines(simulator)).toHaveLength(1)
      expect(end.result.runs).toMatchObject([
        {
          outcome: 'changed',
          reason: null,
          conclusion: 'cancelled',
          message: `${verb} requested, ended with cancelled`,
        },
      ])
      expect(end.outputs).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
      expect(end.failure).toBeUndefined()
      expect(clock.now() - Date.parse('2026-06-15T12:00:00Z')).toBeGreaterThanOrEqual(60_000)
    })

    it('ends with timeout when the server never acts', async () => {
      const { end } = await play({
        runs: [{ ...RUNNING, ignores: [verb] }],
        inputs: { ...asked, timeout: '10m' },
      })
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'timeout', status: 'in_progress' }])
      expect(end.failure).toContain('within its `timeout` of 10m')
    })

    it('waits through the bundle', async () => {
      const simulator = await simulate(RUNNING)
      const end = await run(simulator, { ...asked, 'poll-interval': '1s' })
      expect(end).toMatchObject({ exitCode: 0, outputs: { conclusion: 'cancelled' } })
      expect(requestLines(simulator)).toEqual(['GET runs/100', `POST runs/100/${verb}`, 'GET runs/100'])
    })
  })
}

function itChoosesByFilter({ simulate, simulators, run }: TestedOperation, verb: string): void {
  describe(`${verb} by filter`, () => {
    it('takes the runs that have not completed, in the same number of requests whatever else there is', async () => {
      const simulator = await simulators.start()
      fillRepository(simulator)
      const end = await run(simulator, { event: 'push' })
      expect(writesOf(simulator)).toEqual([100, 101, 102].map((id) => `POST runs/${id}/${verb}`))
      // One page that shows how many there are, and one for each status that is not the end.
      const lists = requestLines(simulator).filter((line) => line.startsWith('GET '))
      expect(lists).toEqual(Array(6).fill('GET runs'))
      expect(lists.length).toBeLessThanOrEqual(Math.ceil(MANY / 100))
      expect(end).toMatchObject({ exitCode: 0, outputs: { 'matched-count': '3', 'changed-count': '3' } })
    })

    it('asks the server for what it can filter by: the runs of a commit cost one list', async () => {
      const simulator = await simulators.start()
      fillRepository(simulator)
      await run(simulator, { 'head-sha': 'c'.repeat(40) })
      expect(simulator.requests[0]?.query).toMatchObject({ head_sha: 'c'.repeat(40) })
      expect(requestLines(simulator).filter((line) => line.startsWith('GET '))).toEqual(['GET runs'])
      expect(writeLines(simulator)).toHaveLength(3)
    })

    it('takes only the statuses that are asked for', async () => {
      const simulator = await simulators.start()
      fillRepository(simulator)
      const end = await run(simulator, { status: 'queued, waiting' })
      expect(writesOf(simulator)).toEqual([101, 102].map((id) => `POST runs/${id}/${verb}`))
      expect(requestLines(simulator)).toHaveLength(2 + 2)
      expect(end.outputs['matched-count']).toBe('2')
    })

    it('checks every filter again: branch globs, exclusions, actor, age and limit', async () => {
      const simulator = await simulate(
        { ...RUNNING, id: 101, branch: 'release/1', createdAt: Date.now() - 7_200_000 },
        { ...RUNNING, id: 102, branch: 'release/2', createdAt: Date.now() - 7_100_000 },
        { ...RUNNING, id: 103, branch: 'release/3', createdAt: Date.now() - 7_000_000, actor: 'mona' },
        { ...RUNNING, id: 104, branch: 'release/old', createdAt: Date.now() - 7_000_000 },
        { ...RUNNING, id: 105, branch: 'main', createdAt: Date.now() - 7_000_000 },
        { ...RUNNING, id: 106, branch: 'release/6' },
      )
      const chosen = { branch: 'release/*', 'exclude-branches': '*/old', actor: 'octocat', 'older-than': '1h' }
      const end = await run(simulator, { ...chosen, limit: '1' })
      expect(end.outputs['run-ids']).toBe('[102]')
      expect(writeLines(simulator)).toEqual([`POST runs/102/${verb}`])
    })

    it('takes the runs of a workflow by its file or its display name', async () => {
      const simulator = await simulate(
        { ...RUNNING, workflow: 'deploy.yml', workflowName: 'Ship it' },
        { ...RUNNING, id: 101 },
      )
      const end = await run(simulator, { workflow: 'Ship it', 'dry-run': 'true' })
      const other = await run(simulator, { workflow: 'deploy.yml' })
      expect([end.outputs['run-ids'], other.outputs['run-ids']]).toEqual(['[100]', '[100]'])
    })
  })
}
