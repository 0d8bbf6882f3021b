import { describe, expect, it } from '@jest/globals'
import { type Run, unreadRun } from '../../src/runs/run.ts'
import { findStale, newestByGroup, type StaleRules } from '../../src/runs/stale.ts'

const NOW = Date.parse('2026-06-15T12:00:00Z')
const HOUR = 3_600_000
const RULES: StaleRules = { superseded: true, staleAfter: undefined, now: NOW }

/** A run of one and the same group, active and numbered by its id. */
const run = (id: number, facts: Partial<Run> = {}): Run => ({
  ...unreadRun(id, ''),
  number: id,
  workflowId: 7,
  path: '.github/workflows/ci.yml',
  branch: 'main',
  event: 'push',
  headRepository: 'octo/hello',
  actor: 'octocat',
  status: 'in_progress',
  createdAt: '2026-06-15T11:00:00Z',
  ...facts,
})
const completed = (id: number, facts: Partial<Run> = {}): Run =>
  run(id, { status: 'completed', conclusion: 'success', ...facts })

const staleIds = (runs: Run[], rules: Partial<StaleRules> = {}) =>
  findStale(runs, { ...RULES, ...rules }).map((stale) => [stale.run.id, stale.reason])

describe('newestByGroup', () => {
  it('is the run with the highest number of each group, in whatever order they come', () => {
    const newest = newestByGroup([run(2), run(3), run(1), run(5, { branch: 'other' })])
    expect([...newest.values()].map(({ id }) => id)).toEqual([3, 5])
  })

  it('goes by the number of the run and not by its id or age', () => {
    const runs = [run(9, { number: 1, createdAt: '2026-06-15T11:59:00Z' }), run(8, { number: 2 })]
    expect([...newestByGroup(runs).values()].map(({ id }) => id)).toEqual([8])
  })

  it.each<[string, Partial<Run>]>([
    ['workflow', { workflowId: 8 }],
    ['event', { event: 'pull_request' }],
    ['branch', { branch: 'other' }],
    ['missing branch', { branch: null }],
    ['head repository', { headRepository: 'mona/hello' }],
    ['deleted head repository', { headRepository: null }],
  ])('keeps runs apart by their %s', (_name, facts) => {
    expect(newestByGroup([run(1), run(2, facts)]).size).toBe(2)
  })

  it('tells workflows apart by their path where the server names no id', () => {
    const [one, other] = [run(1, { workflowId: null }), run(2, { workflowId: null, path: 'other.yml' })]
    expect(newestByGroup([one, other]).size).toBe(2)
  })

  it('keeps deleted forks of different people apart', () => {
    const orphans = ['mona', 'hubot', 'mona'].map((actor, index) => run(index, { headRepository: null, actor }))
    expect(newestByGroup(orphans).size).toBe(2)
  })
})

describe('findStale', () => {
  it('finds every active run that a newer one superseded, and never the newest', () => {
    expect(staleIds([run(3), run(1), run(2)])).toEqual([
      [1, 'superseded'],
      [2, 'superseded'],
    ])
  })

  it('lets a completed run supersede, but never be stale', () => {
    expect(staleIds([run(1), completed(2), completed(3)])).toEqual([[1, 'superseded']])
    expect(staleIds([completed(1), run(2)])).toEqual([])
  })

  it.each(['queued', 'waiting', 'pending', 'requested', 'something_new'])('takes %s for active', (status) => {
    expect(staleIds([run(1, { status }), run(2)])).toEqual([[1, 'superseded']])
  })

  it('finds no run of the same number superseded', () => {
    expect(staleIds([run(1), run(1)])).toEqual([])
  })

  it('finds active runs over age, exactly at the bound not yet', () => {
    const runs = [
      run(1, { branch: 'a', createdAt: new Date(NOW - HOUR).toISOString() }),
      run(2, { branch: 'b', createdAt: new Date(NOW - HOUR - 1).toISOString() }),
      completed(3, { branch: 'c', createdAt: '2020-01-01T00:00:00Z' }),
    ]
    expect(staleIds(runs, { staleAfter: HOUR })).toEqual([[2, 'over-age']])
  })

  it('counts the age from the start of the latest attempt', () => {
    const old = { createdAt: '2026-01-01T00:00:00Z' }
    const runs = [run(1, { ...old, startedAt: new Date(NOW - 60_000).toISOString() }), run(2, { ...old, branch: 'b' })]
    expect(staleIds(runs, { staleAfter: HOUR, superseded: false })).toEqual([[2, 'over-age']])
  })

  it('takes a run of unknown age for young', () => {
    expect(staleIds([run(1, { createdAt: null })], { staleAfter: 1 })).toEqual([])
  })

  it('gives `superseded` as the reason of a run that is both', () => {
    const old = { createdAt: '2026-01-01T00:00:00Z' }
    expect(staleIds([run(1, old), run(2)], { staleAfter: HOUR * 24 })).toEqual([[1, 'superseded']])
    expect(staleIds([run(1, old), run(2)], { staleAfter: HOUR * 24, superseded: false })).toEqual([[1, 'over-age']])
  })
})
