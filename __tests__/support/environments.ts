import type { RunSpec, Simulator } from '../../simulator/index.ts'

/** Token of mona, who may review `staging` and `production`. */
export const REVIEWER = 'reviewer-token'

/** Environments that need a review, and a token of their reviewer. `vault` is somebody else's, `soak` only takes time. */
export function addReviewedEnvironments(simulator: Simulator): void {
  const repository = simulator.repository()
  repository.addEnvironment({ name: 'staging', reviewers: ['mona'] })
  repository.addEnvironment({ name: 'production', reviewers: ['mona', 'hubot'], teams: ['releasers'], waitTimer: 30 })
  repository.addEnvironment({ name: 'vault', reviewers: ['hubot'] })
  const permissions = { actions: 'write', deployments: 'write' } as const
  simulator.addToken(REVIEWER, { kind: 'fine-grained', login: 'mona', permissions })
}

/** A run with one job that waits at each of the environments. */
export const waitingRun = (id: number, ...environments: string[]): RunSpec => ({
  id,
  status: 'waiting',
  jobs: environments.map((environment) => ({ name: `deploy to ${environment}`, environment })),
})
