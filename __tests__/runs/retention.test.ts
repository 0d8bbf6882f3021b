import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import type { RunFilter } from '../../src/runs/filter.ts'
import { chooseKept, listForCleanUp } from '../../src/runs/retention.ts'
import { toRun } from '../../src/runs/run.ts'
import { requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { createContext } from '../support/context.ts'
import { addRuns, DAY, MINUTE } from '../support/runs.ts'

const simulators = useSimulators()

/** Runs as a list shows them, newest first. */
const runs = (...specs: [id: number, workflow: number, branch: string | null, status?: string][]) =>
  specs.map(([id, workflow, branch, status = 'completed']) =>
    toRun({ id, workflow_id: workflow, head_branch: branch, status }),
  )

describe('keep-latest', () => {
  it('keeps the newest of each workflow and branch', () => {
    const listed = runs([9, 1, 'main'], [8, 1, 'dev'], [7, 2, 'main'], [6, 1, 'main'], [5, 1, 'main'], [4, 1, 'dev'])
    expect([...chooseKept(listed, 1)]).toEqual([9, 8, 7])
    expect([...chooseKept(listed, 2)]).toEqual([9, 8, 7, 6, 4])
  })

  it('counts only completed runs: a live one is no replacement for the last result', () => {
    const listed = runs([9, 1, 'main', 'in_progress'], [8, 1, 'main', 'queued'], [7, 1, 'main'], [6, 1, 'main'])
    expect([...chooseKept(listed, 1)]).toEqual([7])
  })

  it('keeps nothing at 0, and all where there are fewer', () => {
    const listed = runs([9, 1, 'main'], [8, 1, 'main'])
    expect(chooseKept(listed, 0).size).toBe(0)
    expect(chooseKept(listed, 10).size).toBe(2)
  })

  it('takes runs without a branch for one group, and a branch of that text for another', () => {
    expect([...chooseKept(runs([9, 1, null], [8, 1, null], [7, 1, 'null']), 1)]).toEqual([9, 7])
  })

  it('tells workflows apart by path where the server gives no id', () => {
    const listed = ['a.yml', 'b.yml'].map((path, index) => toRun({ id: index + 1, path, status: 'completed' }))
    expect([...chooseKept(listed, 1)]).toEqual([1, 2])
  })
})

describe('the list of a clean-up', () => {
  const NOW = Date.parse('2026-06-15T12:00:00Z')

  /** Ten runs, a minute apart; every second one a failure. */
  async function simulate(): Promise<Simulator> {
    const simulator = await simulators.start()
    addRuns(simulator, 10, (index) => ({ conclusion: index % 2 === 0 ? 'failure' : 'success' }), NOW)
    return simulator
  }

  async function list(simulator: Simulator, filter: RunFilter, keep: number) {
    const context = await createContext(simulator)
    const chosen = await listForCleanUp(context, filter, () => true, keep)
    return { chosen: chosen.map(({ id }) => id), reported: context.report.runs }
  }

  it('is oldest first, and its limit takes the oldest', async () => {
    const { chosen } = await list(await simulate(), { branch: 'main', limit: 3 }, 0)
    expect(chosen).toEqual([1001, 1002, 1003])
  })

  it.each<[string, RunFilter, number[], number[]]>([
    ['status', { status: ['failure'] }, [1001, 1003, 1005, 1007], [1009]],
    ['creation time', { created: { to: NOW / 1000 - 5 * 60 } }, [1001, 1002, 1003, 1004, 1005], []],
    ['limit', { branch: 'main', limit: 2 }, [1001, 1002], [1010, 1009, 1008]],
  ])('is narrowed by %s only after the newest were counted', async (_name, filter, chosen, kept) => {
    const { chosen: ids, reported } = await list(await simulate(), filter, 3)
    expect(ids).toEqual(chosen)
    expect(reported.map(({ run, outcome, reason }) => [run.id, outcome, reason])).toEqual(
      kept.map((id) => [id, 'skipped', 'kept']),
    )
  })

  it('asks the server for what narrows, unless the newest have to be counted first', async () => {
    const simulator = await simulate()
    const filter = { branch: 'main', status: ['failure'], created: { to: NOW / 1000 } }
    await list(simulator, filter, 0)
    await list(simulator, filter, 1)
    expect(simulator.requests.map(({ query }) => Object.keys(query).sort())).toEqual([
      ['branch', 'created', 'per_page', 'status'],
      ['branch', 'per_page'],
    ])
    expect(requestLines(simulator)).toHaveLength(2)
  })

  it('counts the newest within what the other filters choose', async () => {
    const simulator = await simulate()
    simulator.repository().addRun({ id: 2001, conclusion: 'success', event: 'schedule', createdAt: NOW + MINUTE })
    const { chosen, reported } = await list(simulator, { event: 'push', created: { to: NOW / 1000 + DAY } }, 1)
    expect(chosen).toHaveLength(9)
    expect(reported.map(({ run }) => run.id)).toEqual([1010])
  })
})
