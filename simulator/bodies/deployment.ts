import type { Call, Scene } from '../call.ts'
import { toIso } from '../clock.ts'
import type { Approval, Environment } from '../environment.ts'
import { nodeId } from '../ids.ts'
import { mayReview, type WaitingJob } from '../review.ts'
import type { SimulatedRun } from '../run.ts'
import { accountBody, teamBody } from './account.ts'
import type { Schema } from './schemas.ts'

function environmentBody(scene: Scene, environment: Environment) {
  const { api, server } = scene.world.addresses
  const { fullName } = scene.repository
  return {
    id: environment.id,
    node_id: nodeId('EN', environment.id),
    name: environment.name,
    url: `${api}/repos/${fullName}/environments/${encodeURIComponent(environment.name)}`,
    html_url: `${server}/${fullName}/deployments/activity_log?environments_filter=${encodeURIComponent(environment.name)}`,
  }
}

/** One environment that a run waits for, as `pending-deployment`; `waiting` are its jobs. */
export function pendingBody(
  call: Call,
  run: SimulatedRun,
  environment: Environment,
  waiting: WaitingJob[],
): Schema<'pending-deployment'> {
  const { world, repository, grant } = call
  const [owner = ''] = repository.fullName.split('/')
  const openedAt = Math.min(...waiting.map(({ gate }) => gate.openedAt))
  return {
    environment: environmentBody(call, environment),
    wait_timer: environment.waitTimer,
    wait_timer_started_at: environment.waitTimer > 0 ? toIso(openedAt) : null,
    current_user_can_approve: waiting.some(({ gate }) => mayReview(run, gate, grant)),
    reviewers: [
      ...environment.reviewers.map((login) => ({ type: 'User' as const, reviewer: accountBody(world, login) })),
      ...environment.teams.map((slug) => ({ type: 'Team' as const, reviewer: teamBody(world, owner, slug) })),
    ],
  }
}

/** One review of the past, as `environment-approvals`. */
export function approvalBody(scene: Scene, approval: Approval): Schema<'environment-approvals'> {
  return {
    environments: approval.environments.map((environment) => ({
      ...environmentBody(scene, environment),
      created_at: toIso(environment.createdAt),
      updated_at: toIso(environment.createdAt),
    })),
    state: approval.state,
    user: accountBody(scene.world, approval.login),
    comment: approval.comment,
  }
}

/** The deployment of one waiting job, as `deployment`. */
export function deploymentBody(scene: Scene, run: SimulatedRun, waiting: WaitingJob): Schema<'deployment'> {
  const { gate } = waiting
  const { name } = gate.environment
  const repositoryUrl = `${scene.world.addresses.api}/repos/${scene.repository.fullName}`
  const url = `${repositoryUrl}/deployments/${gate.deploymentId}`
  return {
    url,
    id: gate.deploymentId,
    node_id: nodeId('DE', gate.deploymentId),
    sha: run.identity.headSha,
    ref: run.identity.branch ?? run.identity.headSha,
    task: 'deploy',
    payload: {},
    original_environment: name,
    environment: name,
    description: null,
    creator: accountBody(scene.world, run.identity.actor),
    created_at: toIso(gate.openedAt),
    updated_at: toIso(scene.world.timeline.now()),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl,
    transient_environment: false,
    production_environment: name === 'production',
    performed_via_github_app: null,
  }
}
