import { describe, expect, it } from '@jest/globals'
import { requestLines } from './action.ts'
import type { TestedOperation } from './operation.ts'

/** An operation that reads runs by their ids. */
export interface ReadingOperation {
  tested: TestedOperation
  /** Its requests for a run, each as method and path, in any order. */
  reads: (id: number) => string[]
}

const GONE = /^::error::.*404.*It does not exist, was deleted, or the token cannot see it/m

/** What all operations that read single runs have in common. */
export function itReadsRuns(operation: ReadingOperation): void {
  itReadsTheRunsNamed(operation)
  itTellsWhatCannotBeRead(operation)
}

function itReadsTheRunsNamed({ tested, reads }: ReadingOperation): void {
  const { simulate, run: read } = tested

  describe('the runs it reads', () => {
    it('are named by ids and run URLs, each read once', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success' }, { id: 101, status: 'in_progress' })
      const end = await read(simulator, { 'run-id': `${simulator.serverUrl}/octo/hello/actions/runs/101, 100` })
      expect(end).toMatchObject({
        exitCode: 0,
        outputs: { 'run-ids': '[101,100]', 'matched-count': '2', 'changed-count': '0' },
        result: { runs: [{ outcome: 'matched' }, { outcome: 'matched' }], requests: { writes: 0 } },
      })
      expect(requestLines(simulator).sort()).toEqual([...reads(100), ...reads(101)].sort())
    })

    it('may be that of a workflow_run event, or the one that the step runs in', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success' }, { id: 101 })
      const event = { event: { workflow_run: { id: 100 } }, env: { GITHUB_EVENT_NAME: 'workflow_run' } }
      expect((await read(simulator, {}, event)).outputs['run-ids']).toBe('[100]')
      const own = await read(simulator, { 'run-id': '101' }, { env: { GITHUB_RUN_ID: '101' } })
      expect(own).toMatchObject({ exitCode: 0, outputs: { 'run-id': '101' } })
    })

    it('are none when nothing says which: a filter does not', async () => {
      const simulator = await simulate({ id: 100 })
      const end = await read(simulator, { branch: 'main' })
      expect(requestLines(simulator)).toEqual([])
      expect(end.exitCode).toBe(1)
      expect(end.stdout).toMatch(/^::error::Nothing says which run to read: set `run-id`, or trigger/m)
      expect(end.stdout).toMatch(/^::warning::Input `branch` is set, but/m)
    })

    it('are read by the older API version where the server knows no newer one', async () => {
      const simulator = await tested.simulators.start({ apiVersions: ['2022-11-28'] })
      simulator.repository().addRun({ id: 100, conclusion: 'success' })
      const end = await read(simulator, { 'run-id': '100' })
      expect(end.exitCode).toBe(0)
      expect(end.stdout.match(/^(::notice::)?This server.*using 2022-11-28/gm)).toHaveLength(1)
      expect(simulator.requests.at(-1)?.requestHeaders['x-github-api-version']).toBe('2022-11-28')
    })

    it('are read again after a server error or a broken connection', async () => {
      const { end } = await tested.play({
        runs: [{ id: 100, conclusion: 'success' }],
        inputs: { 'run-id': '100' },
        faults: [
          [{ method: 'GET' }, { status: 502 }],
          [{ method: 'GET' }, { kind: 'reset' }],
        ],
      })
      expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'matched' }])
      expect(end.result.requests.retries).toBe(2)
    })
  })
}

function itTellsWhatCannotBeRead({ tested, reads }: ReadingOperation): void {
  const { simulate, run: read } = tested

  describe('a run that cannot be read', () => {
    it('fails the step by default, and the others are read all the same', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success' })
      const end = await read(simulator, { 'run-id': '404 100' })
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([
        { id: 404, outcome: 'failed', reason: 'not-found', url: `${simulator.serverUrl}/octo/hello/actions/runs/404` },
        { id: 100, outcome: 'matched', reason: null },
      ])
      expect(end.stdout).toMatch(GONE)
    })

    it.each([
      ['warn', /^::warning::Run 404: skipped \(not-found\)/m],
      ['ignore', /^Run 404: skipped \(not-found\)/m],
    ])('is skipped when if-no-runs-found says so: %s', async (policy, said) => {
      const simulator = await simulate({ id: 100, conclusion: 'success' })
      const end = await read(simulator, { 'run-id': '404', 'if-no-runs-found': policy })
      expect(end.exitCode).toBe(0)
      expect(end.result.runs).toMatchObject([{ id: 404, outcome: 'skipped', reason: 'not-found' }])
      expect(end.stdout).toMatch(said)
      expect(requestLines(simulator).length).toBeLessThanOrEqual(reads(404).length)
    })

    it('names the permission that the token lacks', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success' })
      simulator.addToken('no-actions-token', { kind: 'installation', login: 'bot', permissions: {} })
      const end = await read(simulator, { 'run-id': '100', token: 'no-actions-token', 'if-no-runs-found': 'ignore' })
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'permission' }])
      expect(end.stdout).toMatch(/^::error::.*Resource not accessible by integration.*`actions: read`/m)
    })

    it('may be one that the token cannot see', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success' })
      simulator.addToken('blind-token', { kind: 'classic', login: 'mona', permissions: {} })
      const end = await read(simulator, { 'run-id': '100', token: 'blind-token' })
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-found' }])
      expect(end.stdout).toMatch(GONE)
      expect(end.stdout).toContain('`actions: read`')
    })
  })
}
