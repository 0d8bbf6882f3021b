import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatCreated, intersect, parseCreated } from '../../src/inputs/created.ts'
import { createFilter, statusQueries } from '../../src/runs/filter.ts'
import { chooseKept } from '../../src/runs/retention.ts'
import type { Run } from '../../src/runs/run.ts'
import { findStale, groupKey } from '../../src/runs/stale.ts'
import { isCompleted, STATUS_WORDS } from '../../src/runs/status.ts'
import { runs, span } from './worlds.ts'

const secondsOf = (run: Run) => Date.parse(run.createdAt ?? '') / 1000

const filter = fc.record(
  {
    branch: fc.constantFrom('main', 'release/*', 'release/**', 'none'),
    event: fc.constantFrom('push', 'pull_request'),
    actor: fc.constantFrom('octocat', 'OCTOCAT', 'nobody'),
    status: fc.uniqueArray(fc.constantFrom(...STATUS_WORDS), { minLength: 1, maxLength: 3 }),
    created: span,
    excludeBranches: fc.constantFrom<string[]>(['main'], ['release/**'], ['*']),
  },
  { requiredKeys: [] },
)

/** What globs mean here, said in another way. */
const GLOBS: Record<string, RegExp> = {
  main: /^main$/,
  none: /^none$/,
  '*': /^[^/]+$/,
  'release/*': /^release\/[^/]+$/,
  'release/**': /^release\/.+$/,
}

type Asked = Partial<{
  branch: string
  event: string
  actor: string
  status: string[]
  created: { from?: number; to?: number }
  excludeBranches: string[]
}>

function isAsked(run: Run, asked: Asked): boolean {
  const branch = run.branch
  const wrong = [
    asked.branch !== undefined && !(branch !== null && GLOBS[asked.branch]?.test(branch)),
    asked.excludeBranches?.some((glob) => branch !== null && GLOBS[glob]?.test(branch)),
    asked.event !== undefined && asked.event !== run.event,
    asked.actor !== undefined && asked.actor.toLowerCase() !== run.actor,
    asked.status !== undefined && !asked.status.some((word) => word === run.status || word === run.conclusion),
    asked.created?.from !== undefined && secondsOf(run) < asked.created.from,
    asked.created?.to !== undefined && secondsOf(run) > asked.created.to,
  ]
  return !wrong.includes(true)
}

describe('whatever the runs are', () => {
  it('a filter takes exactly those that fit each part of it', () => {
    fc.assert(
      fc.property(runs(), filter, (all, asked) => {
        const chosen = all.filter(createFilter(asked as Asked))
        expect(chosen).toEqual(all.filter((run) => isAsked(run, asked as Asked)))
      }),
    )
  })

  it('the queries for a list of statuses find every run that has one of them', () => {
    fc.assert(
      fc.property(runs(), fc.uniqueArray(fc.constantFrom(...STATUS_WORDS), { minLength: 1 }), (all, words) => {
        const queries = statusQueries(words)
        const isFound = (run: Run) =>
          queries.some((query) => query === undefined || query === run.status || query === run.conclusion)
        expect(
          all.filter((run) => words.includes(run.status ?? '') || words.includes(run.conclusion ?? '')).every(isFound),
        ).toBe(true)
        // The server knows no such word.
        expect(queries).not.toContain('startup_failure')
        expect(new Set(queries).size).toBe(queries.length)
      }),
    )
  })

  it('keep-latest keeps the newest completed ones of each workflow and branch, and no others', () => {
    fc.assert(
      fc.property(runs(), fc.integer({ min: 0, max: 4 }), (all, keep) => {
        const kept = chooseKept(all, keep)
        for (const run of all) {
          const isNewer = (other: Run) => other.id > run.id && isCompleted(other)
          const same = all.filter(({ workflowId, branch }) => workflowId === run.workflowId && branch === run.branch)
          expect(kept.has(run.id)).toBe(isCompleted(run) && same.filter(isNewer).length < keep)
        }
      }),
    )
  })

  it('the newest run of a group is never superseded, and of the others exactly those are that go on', () => {
    fc.assert(
      fc.property(runs(), (all) => {
        const stale = new Set(
          findStale(all, { superseded: true, staleAfter: undefined, now: 0 }).map(({ run }) => run.id),
        )
        for (const run of all) {
          const hasNewer = all.some((other) => other.id > run.id && groupKey(other) === groupKey(run))
          expect(stale.has(run.id)).toBe(hasNewer && !isCompleted(run))
        }
      }),
    )
  })
})

describe('a span of creation times', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(span, (given) => {
        const range = given as { from?: number; to?: number }
        fc.pre((range.from ?? 0) <= (range.to ?? Number.POSITIVE_INFINITY))
        const written = formatCreated(range)
        expect(written === undefined ? {} : parseCreated(written)).toEqual(range)
      }),
    )
  })

  it('that is intersected with another has the seconds of both, and no others', () => {
    const has = (range: { from?: number; to?: number }, value: number) =>
      value >= (range.from ?? Number.NEGATIVE_INFINITY) && value <= (range.to ?? Number.POSITIVE_INFINITY)
    fc.assert(
      fc.property(span, span, fc.integer({ min: 1_767_225_590, max: 1_767_228_700 }), (one, other, value) => {
        const [first, second] = [one, other] as { from?: number; to?: number }[]
        expect(has(intersect(first ?? {}, second ?? {}), value)).toBe(
          has(first ?? {}, value) && has(second ?? {}, value),
        )
      }),
    )
  })
})
