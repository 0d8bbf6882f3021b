import { describe, expect, it } from '@jest/globals'
import {
  createFilter,
  type FilterValues,
  narrows,
  queryParameters,
  type RunFilter,
  statusQueries,
  toFilter,
} from '../../src/runs/filter.ts'
import { type Run, unreadRun } from '../../src/runs/run.ts'

const NOW = Date.parse('2026-06-15T12:00:00Z')
const seconds = (iso: string): number => Date.parse(iso) / 1000

const run = (facts: Partial<Run> = {}): Run => ({
  ...unreadRun(1, ''),
  branch: 'main',
  event: 'push',
  actor: 'octocat',
  headSha: 'abc123',
  checkSuiteId: 42,
  status: 'completed',
  conclusion: 'failure',
  createdAt: '2026-06-15T11:00:00Z',
  ...facts,
})

describe('createFilter', () => {
  it('takes every run when nothing is asked for', () => {
    expect(createFilter({})(run())).toBe(true)
    expect(createFilter({})(unreadRun(1, ''))).toBe(true)
  })

  it.each<[string, RunFilter, boolean]>([
    ['branch', { branch: 'main' }, true],
    ['branch', { branch: 'mai' }, false],
    ['branch', { branch: 'm*' }, true],
    ['branch', { branch: 'release/*' }, false],
    ['excluded branch', { excludeBranches: ['main'] }, false],
    ['excluded branch', { excludeBranches: ['release/*', 'm?in'] }, false],
    ['excluded branch', { excludeBranches: ['release/*'] }, true],
    ['event', { event: 'push' }, true],
    ['event', { event: 'pull_request' }, false],
    ['actor, in any case', { actor: 'OctoCat' }, true],
    ['actor', { actor: 'mona' }, false],
    ['commit, in any case', { headSha: 'ABC123' }, true],
    ['commit', { headSha: 'abc' }, false],
    ['check suite', { checkSuiteId: 42 }, true],
    ['check suite', { checkSuiteId: 43 }, false],
    ['conclusion', { status: ['success', 'failure'] }, true],
    ['conclusion', { status: ['success'] }, false],
    ['status', { status: ['completed'] }, true],
    ['status', { status: ['queued', 'in_progress'] }, false],
    ['span', { created: { from: seconds('2026-06-15T11:00:00Z') } }, true],
    ['span', { created: { to: seconds('2026-06-15T11:00:00Z') } }, true],
    ['span', { created: { from: seconds('2026-06-15T11:00:01Z') } }, false],
    ['span', { created: { to: seconds('2026-06-15T10:59:59Z') } }, false],
    ['all of it', { branch: 'main', event: 'push', status: ['failure'], actor: 'octocat' }, true],
    ['all of it but one', { branch: 'main', event: 'push', status: ['failure'], actor: 'mona' }, false],
  ])('checks the %s: %j', (_name, filter, isChosen) => {
    expect(createFilter(filter)(run())).toBe(isChosen)
  })

  it('does not take a conclusion that a run had before it was re-run', () => {
    expect(createFilter({ status: ['failure'] })(run({ status: 'in_progress' }))).toBe(false)
  })

  it('takes no run without a branch or a date for one that has it', () => {
    expect(createFilter({ branch: '**' })(run({ branch: null }))).toBe(false)
    expect(createFilter({ created: { to: seconds('2026-06-15T11:00:00Z') } })(run({ createdAt: null }))).toBe(false)
  })

  it('never excludes a run that has no branch', () => {
    expect(createFilter({ excludeBranches: ['**'] })(run({ branch: null }))).toBe(true)
  })
})

describe('statusQueries', () => {
  it.each<[string[] | undefined, (string | undefined)[]]>([
    [undefined, [undefined]],
    [['failure'], ['failure']],
    [
      ['failure', 'timed_out', 'failure'],
      ['failure', 'timed_out'],
    ],
    [['startup_failure'], ['completed']],
    [['failure', 'startup_failure', 'success'], ['completed']],
    [['completed', 'failure'], ['completed']],
    [
      ['failure', 'queued', 'in_progress'],
      ['queued', 'in_progress', 'failure'],
    ],
    [['queued', 'in_progress', 'waiting', 'pending', 'requested', 'completed'], [undefined]],
    [['queued', 'in_progress', 'waiting', 'pending', 'requested', 'startup_failure'], [undefined]],
  ])('are the fewest for %j', (words, queries) => {
    expect(statusQueries(words)).toEqual(queries)
  })
})

describe('queryParameters', () => {
  it('leaves to the server what it can check', () => {
    const filter: RunFilter = {
      branch: 'main',
      event: 'push',
      actor: 'mona',
      headSha: 'abc',
      checkSuiteId: 42,
      created: { from: seconds('2026-06-15T11:00:00Z') },
      excludePullRequests: true,
      status: ['failure'],
      excludeBranches: ['release/*'],
      workflow: ['ci.yml'],
      limit: 5,
    }
    expect(queryParameters(filter, 'failure')).toEqual({
      branch: 'main',
      event: 'push',
      actor: 'mona',
      head_sha: 'abc',
      check_suite_id: 42,
      status: 'failure',
      created: '>=2026-06-15T11:00:00Z',
      exclude_pull_requests: true,
    })
  })

  it('keeps globs to itself', () => {
    expect(queryParameters({ branch: 'release/*' }, undefined)).toEqual({})
    expect(queryParameters({ branch: 'release/{1,2}' }, undefined)).toEqual({})
  })

  it('sends nothing that was not asked for', () => {
    expect(queryParameters({ excludePullRequests: false, limit: 5 }, undefined)).toEqual({})
  })
})

describe('narrows', () => {
  it.each<RunFilter>([
    { workflow: ['ci.yml'] },
    { branch: 'main' },
    { event: 'push' },
    { actor: 'mona' },
    { headSha: 'abc' },
    { checkSuiteId: 1 },
    { status: ['failure'] },
    { created: { to: 0 } },
  ])('is true for what chooses runs: %j', (filter) => {
    expect(narrows(filter)).toBe(true)
  })

  it('is false for limits and exclusions, which would leave every run chosen', () => {
    expect(narrows({})).toBe(false)
    expect(narrows({ limit: 5, excludeBranches: ['main'], excludePullRequests: true, branch: undefined })).toBe(false)
  })
})

describe('toFilter', () => {
  const none: FilterValues = { 'exclude-pull-requests': false }

  it('counts ages back from now, in whole seconds that lie within them', () => {
    const filter = toFilter({ ...none, 'older-than': 3_600_000, 'newer-than': 7_200_000 }, NOW + 500)
    expect(filter.created).toEqual({ from: seconds('2026-06-15T10:00:01Z'), to: seconds('2026-06-15T11:00:00Z') })
  })

  it('joins ages with `created`, the narrower bound of each', () => {
    const created = { from: seconds('2026-06-01T00:00:00Z'), to: seconds('2026-06-15T11:30:00Z') }
    const filter = toFilter({ ...none, created, 'older-than': 3_600_000 }, NOW)
    expect(filter.created).toEqual({ from: created.from, to: seconds('2026-06-15T11:00:00Z') })
  })

  it('has no span when none is asked for', () => {
    expect(toFilter(none, NOW).created).toBeUndefined()
    expect(narrows(toFilter(none, NOW))).toBe(false)
  })
})
