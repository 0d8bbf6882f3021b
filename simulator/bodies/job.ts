import type { Scene } from '../call.ts'
import { toIso } from '../clock.ts'
import { nodeId } from '../ids.ts'
import type { SimulatedJob } from '../job.ts'
import type { SimulatedRun } from '../run.ts'
import { stepsOf } from '../steps.ts'
import type { Schema } from './schemas.ts'

/** A job as `job`. */
export function jobBody(scene: Scene, run: SimulatedRun, job: SimulatedJob): Schema<'job'> {
  const { api, server } = scene.world.addresses
  const { fullName } = scene.repository
  const { identity } = run
  const createdAt = job.createdAt ?? identity.createdAt
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: identity.spec.name === undefined ? identity.workflow.name : identity.spec.name,
    head_branch: identity.branch,
    run_url: `${api}/repos/${fullName}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId('CR', job.id),
    head_sha: identity.headSha,
    url: `${api}/repos/${fullName}/actions/jobs/${job.id}`,
    html_url: `${server}/${fullName}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: toIso(createdAt),
    // The schema has no null here: GitHub repeats the creation until the job starts.
    started_at: toIso(job.startedAt ?? createdAt),
    completed_at: job.completedAt === undefined ? null : toIso(job.completedAt),
    name: job.name,
    steps: stepBodies(job),
    check_run_url: `${api}/repos/${fullName}/check-runs/${job.id}`,
    labels: job.spec.labels ?? ['ubuntu-latest'],
    ...runnerOf(job),
  }
}

function stepBodies(job: SimulatedJob): NonNullable<Schema<'job'>['steps']> {
  return stepsOf(job).map(({ name, number, status, conclusion, startedAt, completedAt }) => ({
    name,
    status,
    conclusion,
    number,
    started_at: startedAt === undefined ? null : toIso(startedAt),
    completed_at: completedAt === undefined ? null : toIso(completedAt),
  }))
}

function runnerOf(job: SimulatedJob) {
  if (job.startedAt === undefined || job.conclusion === 'skipped') {
    return { runner_id: null, runner_name: null, runner_group_id: null, runner_group_name: null }
  }
  const number = (job.index % 20) + 1
  return {
    runner_id: number,
    runner_name: job.spec.runnerName ?? `GitHub Actions ${number}`,
    runner_group_id: 0,
    runner_group_name: 'GitHub Actions',
  }
}
