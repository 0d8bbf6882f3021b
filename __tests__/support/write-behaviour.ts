import { describe, expect, it } from '@jest/globals'
import type { Fault, RunSpec, Simulator, TokenGrant } from '../../simulator/index.ts'
import { requestLines } from './action.ts'
import { type Given, type TestedOperation, writeLines } from './operation.ts'
import { writesOf } from './runs.ts'

/** An operation that writes, as far as all of them behave alike. Its run is always the one with the id 100. */
export interface WritingOperation {
  tested: TestedOperation
  /** A run that it can act on; without id. */
  run: RunSpec
  /** What it needs beside `run-id`. */
  inputs?: Given
  /** Environments and tokens. */
  prepare?: (simulator: Simulator) => void
  /** Its write to a run, as method and path. */
  write: (id: number) => string
  /** Requests for one run. */
  cost: number
  permission: 'actions: write' | 'deployments: write'
  /** How often the write took effect on run 100. */
  effects: (simulator: Simulator) => number
}

async function start({ tested, run, prepare }: WritingOperation, ids: readonly number[] = [100]): Promise<Simulator> {
  const simulator = await tested.simulators.start()
  prepare?.(simulator)
  for (const id of ids) simulator.repository().addRun({ ...run, id })
  return simulator
}

/** How the runs are chosen, for operations that take several. */
export function itTakesRuns(operation: WritingOperation): void {
  const { tested, write, cost } = operation
  const given = operation.inputs ?? {}

  describe('the runs it acts on', () => {
    it('are named by ids and by the forms of run URLs, in any mix', async () => {
      const simulator = await start(operation, [100, 101, 102, 103])
      const page = `${simulator.serverUrl}/octo/hello/actions/runs`
      const named = `${page}/101/attempts/1,100\n${page}/102/job/7?pr=1 ${page}/103/`
      const end = await tested.run(simulator, { ...given, 'run-id': named })
      expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-ids': '[101,100,102,103]', 'changed-count': '4' } })
      expect(writesOf(simulator)).toEqual([100, 101, 102, 103].map(write))
      expect(requestLines(simulator)).toHaveLength(4 * cost)
    })

    it('may be that of a workflow_run event', async () => {
      const simulator = await start(operation, [100, 101])
      const step = { event: { workflow_run: { id: 100 } }, env: { GITHUB_EVENT_NAME: 'workflow_run' } }
      const end = await tested.run(simulator, given, step)
      expect(writeLines(simulator)).toEqual([write(100)])
      expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-id': '100' } })
    })

    it('are none when nothing says which', async () => {
      const simulator = await start(operation)
      const end = await tested.run(simulator, { ...given, limit: '5' })
      expect(requestLines(simulator)).toEqual([])
      expect(end.exitCode).toBe(1)
      expect(end.stdout).toMatch(/^::error::Nothing says which runs to act on: set `run-id`, or a filter/m)
    })

    it('do not stop one another: one that does not exist fails alone', async () => {
      const simulator = await start(operation)
      const end = await tested.run(simulator, { ...given, 'run-id': '404 100' })
      expect(end.result.runs).toMatchObject([
        { id: 404, outcome: 'failed', reason: 'not-found' },
        { id: 100, outcome: 'changed' },
      ])
      expect(end).toMatchObject({ exitCode: 1, outputs: { 'failed-count': '1', 'changed-count': '1' } })
    })

    it.each([
      ['ignore', 0, /^(?!::)No run in octo\/hello matches the filters/m],
      ['warn', 0, /^::warning::No run in octo\/hello matches the filters/m],
      ['error', 1, /^::error::No run in octo\/hello matches the filters.*`if-no-runs-found`/m],
    ])('may be none by filter: %s', async (policy, exitCode, said) => {
      const simulator = await start(operation)
      const end = await tested.run(simulator, { ...given, branch: 'other', 'if-no-runs-found': policy })
      expect(end.exitCode).toBe(exitCode)
      expect(end.stdout).toMatch(said)
      expect(writeLines(simulator)).toEqual([])
    })
  })
}

/** The run of the step itself is out of bounds. */
export function itSparesItsOwnRun(operation: WritingOperation): void {
  const { tested, write } = operation
  const given = operation.inputs ?? {}

  describe('the run of the step itself', () => {
    it('fails as own-run when it is named, without a write', async () => {
      const simulator = await start(operation)
      const end = await tested.run(simulator, { ...given, 'run-id': '100' }, { env: { GITHUB_RUN_ID: '100' } })
      expect(writeLines(simulator)).toEqual([])
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'own-run' }])
      expect(end.stdout).toMatch(/^::error::.*Do it from another workflow.*`workflow_run`/m)
    })

    it('is never taken by a filter', async () => {
      const simulator = await start(operation, [100, 101])
      const end = await tested.run(simulator, { ...given, branch: 'main' }, { env: { GITHUB_RUN_ID: '101' } })
      expect(end.outputs['run-ids']).toBe('[100]')
      expect(writeLines(simulator)).toEqual([write(100)])
    })
  })
}

const TEXTS: Record<TokenGrant['kind'], string> = {
  installation: 'Resource not accessible by integration',
  'fine-grained': 'Resource not accessible by personal access token',
  classic: 'Must have admin rights to Repository',
}

/** Refusals that any write can meet, and that mean the same for each. */
export function itTellsRefusals(
  operation: WritingOperation,
  kinds: TokenGrant['kind'][] = ['installation', 'fine-grained', 'classic'],
): void {
  const { tested, write, permission } = operation
  const given = { 'run-id': '100', ...operation.inputs }

  describe('a write that the server refuses', () => {
    it.each(kinds)('names the permission that the token lacks: %s', async (kind) => {
      const simulator = await start(operation)
      const permissions = permission === 'actions: write' ? ({ actions: 'read' } as const) : READS_DEPLOYMENTS
      simulator.addToken('read-only-token', { kind, login: 'mona', permissions, app: 'github-actions' })
      const end = await tested.run(simulator, { ...given, token: 'read-only-token' })
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'permission' }])
      expect(end.stdout).toMatch(new RegExp(`^::error::.*403.*${TEXTS[kind]}.*\`${permission}\``, 'm'))
      expect(operation.effects(simulator)).toBe(0)
    })

    it('is unsupported when the run is there and the endpoint is not', async () => {
      const simulator = await start(operation)
      simulator.failNext({ method: 'POST' }, { status: 404, body: { message: 'Not Found', status: '404' } })
      const end = await tested.run(simulator, given)
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ id: 100, outcome: 'failed', reason: 'unsupported' }])
      expect(end.stdout).toMatch(/^::error::.*404.*this server does not have the endpoint.*Check the version/m)
      expect(writeLines(simulator)).toEqual([write(100)])
    })

    it('is sent in the older API version to a server that does not know the newer one, with a notice', async () => {
      const simulator = await tested.simulators.start({ apiVersions: ['2022-11-28'], enterpriseVersion: '3.18.2' })
      operation.prepare?.(simulator)
      simulator.repository().addRun({ ...operation.run, id: 100 })
      const end = await tested.run(simulator, given)
      const versions = simulator.requests.map(({ requestHeaders }) => requestHeaders['x-github-api-version'])
      expect(versions[0]).toBe('2026-03-10')
      expect(new Set(versions.slice(1))).toEqual(new Set(['2022-11-28']))
      expect(operation.effects(simulator)).toBe(1)
      expect(end.exitCode).toBe(0)
      expect(end.stdout).toMatch(/^(::notice::)?This server does not know API version 2026-03-10: using 2022-11-28/m)
    })

    it('says of a repository that the token cannot see that this may be the reason', async () => {
      const simulator = await start(operation)
      simulator.addToken('blind-token', { kind: 'classic', login: 'mona', permissions: {}, repositories: [] })
      const end = await tested.run(simulator, { ...given, token: 'blind-token' })
      expect(end.exitCode).toBe(1)
      expect(end.stdout).toMatch(new RegExp(`^::error::.*404.*the token cannot see it.*\`${permission}\``, 'm'))
      expect([end.result.reason, end.result.runs[0]?.reason]).toContain('not-found')
    })
  })
}

const READS_DEPLOYMENTS = { actions: 'write', deployments: 'read' } as const

/** A lost answer never doubles a write. */
export function itWritesOnce(operation: WritingOperation): void {
  const { tested, run, write, effects, prepare } = operation
  const inputs = { 'run-id': '100', ...operation.inputs }
  const play = (fault: Fault) =>
    tested.play({
      runs: [{ ...run, id: 100 }],
      inputs,
      faults: [[{ method: 'POST' }, fault]],
      ...(prepare && { prepare }),
    })

  describe('a write whose answer is lost', () => {
    it.each<[string, Fault]>([
      ['a 502', { status: 502 }],
      ['a broken connection', { kind: 'reset' }],
    ])('is sent again when %s came before its effect', async (_name, fault) => {
      const { end, simulator } = await play(fault)
      expect(writeLines(simulator)).toEqual([write(100), write(100)])
      expect(effects(simulator)).toBe(1)
      expect(end.result.runs).toMatchObject([{ outcome: 'changed' }])
    })

    it.each<[string, Fault]>([
      ['a 502', { status: 502, when: 'after' }],
      ['a broken connection', { kind: 'reset', when: 'after' }],
    ])('is not sent again when %s came after its effect', async (_name, fault) => {
      const { end, simulator } = await play(fault)
      expect(writeLines(simulator)).toEqual([write(100)])
      expect(effects(simulator)).toBe(1)
      expect(end.result.runs).toMatchObject([{ outcome: 'changed' }])
      expect(end.failure).toBeUndefined()
    })

    it('is given up after three tries', async () => {
      const { end, simulator } = await play({ status: 500, times: 9 })
      expect(writeLines(simulator)).toEqual([write(100), write(100), write(100)])
      expect(effects(simulator)).toBe(0)
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error' }])
      expect(end.failure).toMatch(/answered 500 to POST .*The server failed/)
    })
  })
}
