import type { Simulator } from '../../simulator/index.ts'
import { CANARY, type Scenario } from './scenario.ts'

const asReviewer = (simulator: Simulator) => {
  const repository = simulator.repository()
  repository.addEnvironment({ name: 'staging', reviewers: ['mona'] })
  repository.addEnvironment({ name: 'production', reviewers: ['mona'] })
  simulator.addToken(CANARY, {
    kind: 'fine-grained',
    login: 'mona',
    permissions: { actions: 'write', deployments: 'write' },
  })
  for (const id of [100, 101]) {
    const jobs = ['staging', 'production'].map((environment) => ({ name: environment, environment }))
    repository.addRun({ id, status: 'waiting', jobs })
  }
}

const asApp = (simulator: Simulator) => {
  const repository = simulator.repository()
  repository.addEnvironment({ name: 'production', customRules: ['gatekeeper'] })
  simulator.addToken(CANARY, {
    kind: 'installation',
    login: 'gatekeeper[bot]',
    app: 'gatekeeper',
    permissions: { actions: 'read', deployments: 'write' },
  })
  repository.addRun({ id: 100, status: 'waiting', jobs: [{ name: 'deploy', environment: 'production' }] })
}

const waits = (simulator: Simulator, id: number) =>
  simulator
    .repository()
    .run(id)
    ?.jobs.some((job) => job.status === 'waiting')

const isReviewed = (simulator: Simulator, id: number) =>
  simulator.repository().run(id) !== undefined && !waits(simulator, id)

const rule = { 'run-id': '100', environment: 'production' }

/** Reviews of deployments. */
export const reviewScenarios: Scenario[] = [
  {
    name: 'approve by id, all environments',
    operation: 'approve',
    inputs: { 'run-id': '100 101' },
    prepare: asReviewer,
    asked: [100, 101],
    isDone: isReviewed,
  },
  {
    name: 'approve by filter, with a delay',
    operation: 'approve',
    inputs: { branch: 'main', environment: 'staging, production', 'appear-timeout': '1m' },
    options: { delays: { review: 4_000 } },
    prepare: asReviewer,
    asked: [100, 101],
    isDone: isReviewed,
  },
  {
    name: 'reject by id',
    operation: 'reject',
    inputs: { 'run-id': '100', environment: '*' },
    prepare: asReviewer,
    asked: [100],
    isDone: isReviewed,
  },
  {
    name: 'review-protection-rule',
    operation: 'review-protection-rule',
    inputs: { ...rule, state: 'approved' },
    prepare: asApp,
    asked: [100],
    isDone: isReviewed,
  },
  {
    name: 'review-protection-rule, a comment',
    operation: 'review-protection-rule',
    inputs: { ...rule, comment: 'still looking' },
    prepare: asApp,
    asked: [100],
    isDone: () => true,
    leavesNoTrace: true,
  },
]
