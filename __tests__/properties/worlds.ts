import fc from 'fast-check'
import type { Run } from '../../src/runs/run.ts'
import { ACTIVE_STATUSES, CONCLUSIONS } from '../../src/runs/status.ts'

/** A second in the year 2026. */
const second = fc.integer({ min: 1_767_225_600, max: 1_767_225_600 + 3_000 })

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** A status with the conclusion that goes with it. */
const state = fc.oneof(
  fc.record({ status: fc.constantFrom(...ACTIVE_STATUSES), conclusion: fc.constant(null) }),
  fc.record({ status: fc.constant('completed'), conclusion: fc.constantFrom(...CONCLUSIONS) }),
)

const facts = fc.record({
  workflowId: fc.integer({ min: 1, max: 3 }),
  branch: fc.constantFrom('main', 'release/1', 'release/1/x', 'topic', null),
  event: fc.constantFrom('push', 'pull_request'),
  actor: fc.constantFrom('octocat', 'mona', null),
  headRepository: fc.constantFrom('octo/hello', 'fork/hello', null),
  second,
  state,
})

/** Runs of a repository in the order of the API: newest first. */
export const runs = (maxLength = 60): fc.Arbitrary<Run[]> =>
  fc.array(facts, { maxLength }).map((all) =>
    all
      .sort((one, other) => one.second - other.second)
      .map(
        ({ second: createdAt, state: { status, conclusion }, ...rest }, index): Run => ({
          ...rest,
          id: index + 1,
          attempt: 1,
          number: index + 1,
          workflow: `workflow ${rest.workflowId}`,
          path: null,
          title: null,
          headSha: null,
          checkSuiteId: null,
          status,
          conclusion,
          createdAt: iso(createdAt),
          startedAt: iso(createdAt),
          updatedAt: iso(createdAt),
          url: '',
        }),
      )
      .reverse(),
  )

/** A span of creation times, open at either end or not. */
export const span = fc.record({ from: second, to: second }, { requiredKeys: [] })
