import type { Repository } from './repository.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** Fills a repository with a run in every state, and with one that lives: tests, then a deployment to review. */
export function addDemoRuns(repository: Repository, now: number): void {
  repository.addEnvironment({ name: 'staging', waitTimer: 1 })
  repository.addEnvironment({ name: 'production', reviewers: ['octocat'], preventSelfReview: true })
  for (const [index, conclusion] of ['success', 'failure', 'cancelled', 'timed_out', 'skipped', 'neutral'].entries()) {
    repository.addRun({ conclusion, title: `Ended as ${conclusion}`, createdAt: now - (20 - index) * MINUTE })
  }
  repository.addRun({ conclusion: 'startup_failure', title: 'Broken workflow file', createdAt: now - 14 * MINUTE })
  repository.addRun({ conclusion: 'action_required', title: 'From a fork', event: 'pull_request', branch: 'patch-1' })
  repository.addRun({ conclusion: 'failure', title: 'Too old to re-run', createdAt: now - 45 * DAY, logs: 'expired' })
  for (const status of ['queued', 'pending', 'in_progress']) {
    repository.addRun({ status, title: `Stays ${status}`, branch: 'feature/demo', event: 'pull_request' })
  }
  repository.addRun({ wedged: true, title: 'Stuck before it was queued' })
  addFlakyRun(repository, now)
  addLivingRun(repository)
}

/** Fails for a reason that a re-run cures. */
function addFlakyRun(repository: Repository, now: number): void {
  repository.addRun({
    conclusion: ['failure', 'success'],
    title: 'Flaky',
    createdAt: now - 10 * MINUTE,
    rerunTakes: MINUTE / 2,
    jobs: [
      { name: 'build' },
      {
        name: 'test',
        needs: ['build'],
        conclusion: ['failure', 'success'],
        steps: [
          { name: 'Set up job' },
          { name: 'Run tests', conclusion: 'failure', log: ['##[error]connect ECONNRESET', 'All tests passed'] },
        ],
      },
    ],
  })
}

function addLivingRun(repository: Repository): void {
  repository.addRun({
    workflow: 'deploy.yml',
    title: 'Test, then deploy',
    actor: 'hubot',
    jobs: [
      { name: 'test', startAfter: MINUTE / 12, runFor: MINUTE / 2 },
      { name: 'staging', needs: ['test'], environment: 'staging', runFor: MINUTE / 6 },
      { name: 'production', needs: ['staging'], environment: 'production', runFor: MINUTE / 6 },
    ],
  })
}
