import { describe, expect, it } from '@jest/globals'
import type { RunSpec, Simulator } from '../../simulator/index.ts'
import { createSearch } from '../../src/runs/discover.ts'
import type { RunFilter } from '../../src/runs/filter.ts'
import { requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { createContext } from '../support/context.ts'

const simulators = useSimulators()

const SHA = 'a'.repeat(40)

async function simulate(...runs: RunSpec[]): Promise<Simulator> {
  const simulator = await simulators.start()
  simulator.repository()
  for (const run of runs) simulator.repository().addRun({ headSha: SHA, conclusion: 'success', ...run })
  return simulator
}

async function search(simulator: Simulator, filter: RunFilter) {
  const look = await createSearch(await createContext(simulator), filter)
  const found = async () => {
    const { newest, missing } = await look()
    return { ids: newest.map(({ id }) => id).sort(), missing }
  }
  return found
}

describe('a search for the runs of a filter', () => {
  it('finds the newest run of each workflow', async () => {
    const simulator = await simulate(
      { id: 101, createdAt: '2026-01-01T00:00:00Z' },
      { id: 102, createdAt: '2026-01-02T00:00:00Z' },
      { id: 103, createdAt: '2026-01-01T00:00:00Z', workflow: 'lint.yml' },
      { id: 104, headSha: 'b'.repeat(40) },
    )
    const look = await search(simulator, { headSha: SHA })
    expect(await look()).toEqual({ ids: [102, 103], missing: [] })
    expect(requestLines(simulator)).toEqual(['GET runs'])
  })

  it('never finds the run of this step', async () => {
    const simulator = await simulate(
      { id: 1, createdAt: '2026-01-02T00:00:00Z' },
      { id: 101, createdAt: '2026-01-01T00:00:00Z' },
    )
    expect(await (await search(simulator, { headSha: SHA }))()).toEqual({ ids: [101], missing: [] })
  })

  it('tells which of the named workflows has no run yet, as they are named', async () => {
    const simulator = await simulate({ id: 101 })
    simulator.repository().addWorkflow({ path: 'lint.yml', name: 'Lint' })
    const look = await search(simulator, { headSha: SHA, workflow: ['ci.yml', 'Lint'] })
    expect(await look()).toEqual({ ids: [101], missing: ['Lint'] })
    simulator.repository().addRun({ id: 102, workflow: 'lint.yml', headSha: SHA })
    expect(await look()).toEqual({ ids: [101, 102], missing: [] })
    // The display name is looked up once; each look is one list.
    expect(requestLines(simulator)).toEqual(['GET workflows', 'GET runs', 'GET runs'])
  })

  it('reads one page of each named workflow, however long its history', async () => {
    const simulator = await simulate()
    for (let id = 101; id <= 350; id += 1)
      simulator.repository().addRun({ id, conclusion: 'success', createdAt: id * 60_000 })
    simulator.repository().addRun({ id: 400, workflow: 'lint.yml', conclusion: 'success' })
    const look = await search(simulator, { branch: 'main', workflow: ['ci.yml', 'lint.yml'] })
    expect(await look()).toEqual({ ids: [350, 400], missing: [] })
    expect(requestLines(simulator).sort()).toEqual(['GET workflows/ci.yml/runs', 'GET workflows/lint.yml/runs'])
  })

  it('finds nothing where nothing is', async () => {
    const look = await search(await simulate(), { headSha: SHA })
    expect(await look()).toEqual({ ids: [], missing: [] })
  })
})
