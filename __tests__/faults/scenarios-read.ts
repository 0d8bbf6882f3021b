import type { Simulator } from '../../simulator/index.ts'
import type { Scenario } from './scenario.ts'

type Ago = (minutes: number) => number

const SHA = 'a'.repeat(40)

/** What reads look at: finished runs, one that is under way, and one that waits. */
const fill = (ago: Ago) => (simulator: Simulator) => {
  const repository = simulator.repository()
  repository.addEnvironment({ name: 'production', reviewers: ['mona'] })
  const jobs = ['build', 'test'].map((name) => ({
    name,
    conclusion: name === 'test' ? 'failure' : 'success',
    steps: [{ name: 'Run', log: `${name} says\n##[error]something` }],
  }))
  repository.addRun({ id: 100, conclusion: 'failure', attempt: 2, createdAt: ago(60), jobs })
  repository.addRun({
    id: 101,
    status: 'waiting',
    createdAt: ago(50),
    jobs: [{ name: 'd', environment: 'production' }],
  })
  repository.addRun({ id: 102, createdAt: ago(1), headSha: SHA, jobs: [{ name: 'build', runFor: 90_000 }] })
  repository.addRun({
    id: 103,
    createdAt: ago(1),
    headSha: SHA,
    workflow: 'lint.yml',
    jobs: [{ name: 'lint', startAfter: 20_000, runFor: 30_000 }],
  })
}

const fillMany = (count: number, ago: Ago) => (simulator: Simulator) => {
  for (let index = 0; index < count; index += 1) {
    simulator.repository().addRun({ id: 1000 + index, conclusion: 'success', createdAt: ago(5_000 - index) })
  }
}

const named = (operation: string, id: string, inputs: Record<string, string> = {}) => ({
  operation,
  inputs: { 'run-id': id, ...inputs },
  asked: [Number(id)],
})

/** Reads and waits. */
export const readScenarios = (ago: Ago): Scenario[] => {
  const prepare = fill(ago)
  const ids = (count: number) => Array.from({ length: count }, (_, index) => 1000 + index)
  return [
    {
      name: 'list-runs over three pages',
      operation: 'list-runs',
      inputs: { branch: 'main', limit: '1000' },
      prepare: fillMany(230, ago),
      asked: ids(230),
    },
    {
      name: 'list-runs past the ceiling of a filtered list',
      operation: 'list-runs',
      inputs: { branch: 'main', limit: '2000' },
      prepare: fillMany(1_050, ago),
      asked: ids(1_050),
    },
    {
      name: 'list-runs of a workflow by its display name',
      operation: 'list-runs',
      inputs: { workflow: 'CI', status: 'failure, timed_out' },
      prepare,
      asked: [100],
    },
    { name: 'get-run', ...named('get-run', '100'), prepare },
    { name: 'get-run, an attempt', ...named('get-run', '100', { attempt: '1' }), prepare },
    { name: 'wait-for-run by id', ...named('wait-for-run', '102'), prepare },
    {
      name: 'wait-for-run of a commit, two workflows',
      operation: 'wait-for-run',
      inputs: { 'head-sha': SHA, workflow: 'ci.yml, lint.yml' },
      prepare,
      asked: [102, 103],
    },
    {
      name: 'wait-for-run with fail-fast of a failed run, and excerpts',
      ...named('wait-for-run', '100', { 'fail-fast': 'true', 'excerpt-lines': '5' }),
      endsRed: true,
      prepare,
    },
    { name: 'download-logs', ...named('download-logs', '100'), prepare },
    {
      name: 'download-logs, an attempt, failed jobs',
      ...named('download-logs', '100', { attempt: '1', 'only-failed': 'true' }),
      prepare,
    },
    { name: 'get-pending-deployments', ...named('get-pending-deployments', '101'), prepare },
    {
      name: 'get-reviews',
      ...named('get-reviews', '104'),
      prepare: (simulator) => {
        prepare(simulator)
        const run = simulator.repository().addRun({ id: 104, conclusion: 'success' })
        const environments = simulator.repository().environments
        run.approvals.push({ state: 'approved', comment: 'fine', login: 'mona', environments: [...environments] })
      },
    },
  ]
}
