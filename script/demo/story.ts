import {
  type EnvironmentSpec,
  type RunSpec,
  type SimulatedRun,
  type Simulator,
  scaledClock,
  startSimulator,
} from '../../simulator/index.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** How many times faster than real time the simulated GitHub lives: a CI of two minutes takes four seconds. */
export const TIME_SCALE = 30

/** The commit that is released. */
const SHA = '5f1c0ffee7b0a4d2c93e86b1f2d7a9e4c8b35a61'

/** The token of a person who may review deployments to production; `github-actions[bot]`, as any app, may not. */
export const REVIEWER_TOKEN = 'ghp_release_captain'

const PRODUCTION: EnvironmentSpec = { name: 'production', reviewers: ['release-captain'], preventSelfReview: true }

const FLAKY_LOG = [
  'npm test -- --shard=2/2\n✓ adds to the cart\n✗ pays with a card\n##[error]connect ECONNREFUSED 127.0.0.1:5432\n##[error]Process completed with exit code 1.',
  'npm test -- --shard=2/2\n✓ adds to the cart\n✓ pays with a card',
]

/** CI of the commit: it failed for a reason that a re-run cures. */
const ci = (now: number): RunSpec => ({
  workflow: 'ci.yml',
  workflowName: 'CI',
  title: 'Pay with a card',
  headSha: SHA,
  createdAt: now - 6 * MINUTE,
  conclusion: ['failure', 'success'],
  jobs: [
    { name: 'lint' },
    { name: 'test (1/2)' },
    {
      name: 'test (2/2)',
      conclusion: ['failure', 'success'],
      runFor: 60 * SECOND,
      steps: [{ name: 'Set up job' }, { name: 'Run tests', conclusion: 'failure', log: FLAKY_LOG }],
    },
    { name: 'package', needs: ['test (1/2)', 'test (2/2)'], runFor: 40 * SECOND },
  ],
})

const SECURITY: RunSpec = {
  workflow: 'security.yml',
  workflowName: 'Security',
  title: 'Pay with a card',
  headSha: SHA,
  jobs: [{ name: 'scan', startAfter: 20 * SECOND, runFor: 70 * SECOND }],
}

const RELEASE: RunSpec = {
  workflow: 'release.yml',
  workflowName: 'Release',
  title: 'Release 4.2.0',
  headSha: SHA,
  event: 'workflow_run',
  jobs: [
    { name: 'build', runFor: 30 * SECOND },
    { name: 'deploy', needs: ['build'], environment: 'production', runFor: 60 * SECOND },
  ],
}

/** A run of a pull request's preview that goes on until it is cancelled. */
const preview = (branch: string, createdAt: number, spec: RunSpec = {}): RunSpec => ({
  workflow: 'preview.yml',
  workflowName: 'Preview',
  title: `Preview of ${branch}`,
  event: 'pull_request',
  status: 'in_progress',
  branch,
  createdAt,
  ...spec,
})

/** A step's end as the story has it. */
export interface Ending {
  passes: boolean
  /** Outputs that it must have set to these values. */
  outputs?: Record<string, string>
  /** Reasons in its result, one a run. */
  reasons?: (string | null)[]
}

/** How each step of pipeline.yml ends. */
export const ENDINGS: Record<string, Ending> = {
  rerun: { passes: true, outputs: { 'changed-count': '1', 'run-attempt': '2', conclusion: 'success' } },
  checks: { passes: true, outputs: { 'matched-count': '2', conclusion: 'success' } },
  logs: { passes: true, outputs: { 'logs-path': 'logs', 'failed-count': '0' } },
  refused: { passes: false, reasons: ['not-a-reviewer'] },
  approve: { passes: true, outputs: { environments: '["production"]', 'changed-count': '1' } },
  deployed: { passes: true, outputs: { conclusion: 'success' } },
  plan: { passes: true, outputs: { 'matched-count': '3', 'changed-count': '0' }, reasons: Array(3).fill('superseded') },
  cancel: {
    passes: true,
    outputs: { 'changed-count': '3', 'failed-count': '0' },
    reasons: Array(3).fill('superseded'),
  },
}

/** The story's GitHub. */
export interface Stage {
  simulator: Simulator
  repository: string
  /** The run that the demo's steps are part of. */
  ownRun: SimulatedRun
  /** Payload of the event that started it. */
  event: { workflow_run: { id: number; head_sha: string; conclusion: string | null } }
  /** What happens elsewhere right before a step begins. */
  before: Record<string, () => void>
  /** What is wrong with GitHub after the last step; a sentence each. */
  check(): string[]
}

/** Starts the simulator, with everything that happened before the first step. */
export async function setStage(): Promise<Stage> {
  const clock = scaledClock(TIME_SCALE)
  const now = clock.now()
  const delays = { cancel: 15 * SECOND, forceCancel: 10 * SECOND, rerun: 5 * SECOND, review: 5 * SECOND }
  const simulator = await startSimulator({ clock, delays, latency: 20 })
  const repository = simulator.repository('octo-org/shop')
  repository.addEnvironment(PRODUCTION)
  simulator.addToken(REVIEWER_TOKEN, {
    kind: 'fine-grained',
    login: 'release-captain',
    permissions: { actions: 'read', deployments: 'write' },
  })
  const failed = repository.addRun(ci(now))
  const stale = [
    preview('feature/cart', now - 31 * MINUTE),
    // Its clean-up ignores a cancel, as an `if: always()` job does.
    preview('feature/cart', now - 18 * MINUTE, { jobs: [{ name: 'clean up', ignoresCancel: true }] }),
    preview('feature/search', now - 9 * MINUTE, { status: 'queued' }),
  ].map((spec) => repository.addRun(spec))
  const newest = ['feature/cart', 'feature/search', 'fix/typo'].map((branch, index) =>
    repository.addRun(preview(branch, now - (4 - index) * MINUTE)),
  )
  const ownRun = repository.addRun({
    workflow: 'pipeline.yml',
    workflowName: 'Release pipeline',
    event: 'workflow_run',
    status: 'in_progress',
  })
  let release: SimulatedRun | undefined
  return {
    simulator,
    repository: repository.fullName,
    ownRun,
    event: { workflow_run: { id: failed.id, head_sha: SHA, conclusion: failed.conclusion } },
    before: {
      checks: () => repository.addRun(SECURITY),
      refused: () => {
        release = repository.addRun(RELEASE)
      },
    },
    check: () => [
      ...(release?.conclusion === 'success' ? [] : ['the release was not deployed']),
      ...(release?.approvals.map(({ login }) => login).join() === 'release-captain'
        ? []
        : ['the review is not the one of the reviewer']),
      ...stale.filter((run) => run.conclusion !== 'cancelled').map(({ id }) => `run ${id} was not cancelled`),
      ...[...newest, ownRun].filter((run) => run.status !== 'in_progress').map(({ id }) => `run ${id} did not go on`),
    ],
  }
}
