import type { Scene } from '../call.ts'
import { toIso } from '../clock.ts'
import { idOf, nodeId, shaOf } from '../ids.ts'
import type { Attempt, SimulatedRun } from '../run.ts'
import { accountBody } from './account.ts'
import { forkBody, repositoryBody } from './repository.ts'
import type { Schema } from './schemas.ts'

type RunBody = Schema<'workflow-run'>

/** How a run is shown. */
export interface RunView {
  /** Default the latest. */
  attempt?: Attempt
  excludePullRequests?: boolean
}

/** A run, or one attempt of it, as `workflow-run`. */
export function runBody(scene: Scene, run: SimulatedRun, view: RunView = {}): RunBody {
  const { identity } = run
  const attempt = view.attempt ?? run.latest
  const { spec, workflow } = identity
  return {
    id: run.id,
    name: spec.name === undefined ? workflow.name : spec.name,
    node_id: nodeId('WFR', run.id),
    head_branch: identity.branch,
    head_sha: identity.headSha,
    path: spec.pathRef === undefined ? workflow.path : `${workflow.path}@${spec.pathRef}`,
    display_title: titleOf(run),
    run_number: run.number,
    event: identity.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: workflow.id,
    check_suite_id: identity.checkSuiteId,
    check_suite_node_id: nodeId('CS', identity.checkSuiteId),
    ...runLinks(scene, run, view.attempt),
    pull_requests: view.excludePullRequests ? [] : pullRequests(scene, run),
    created_at: toIso(identity.createdAt),
    updated_at: toIso(attempt.updatedAt),
    actor: accountBody(scene.world, identity.actor),
    run_attempt: attempt.number,
    referenced_workflows: [],
    run_started_at: toIso(attempt.startedAt),
    triggering_actor: accountBody(scene.world, attempt.triggeringActor),
    head_commit: headCommit(run),
    repository: repositoryBody(scene),
    head_repository: headRepository(scene, run),
  }
}

function titleOf(run: SimulatedRun): string {
  return run.identity.spec.title ?? `Change number ${run.number}`
}

/** Jobs and logs of an older attempt have their own URLs. */
function runLinks(scene: Scene, run: SimulatedRun, shown: Attempt | undefined) {
  const { api, server } = scene.world.addresses
  const actions = `${api}/repos/${scene.repository.fullName}/actions`
  const url = `${actions}/runs/${run.id}`
  const attempt = shown ?? run.latest
  const parts = shown ? `${url}/attempts/${shown.number}` : url
  const page = `${server}/${scene.repository.fullName}/actions/runs/${run.id}`
  return {
    url,
    html_url: shown ? `${page}/attempts/${shown.number}` : page,
    jobs_url: `${parts}/jobs`,
    logs_url: `${parts}/logs`,
    check_suite_url: `${api}/repos/${scene.repository.fullName}/check-suites/${run.identity.checkSuiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: attempt.number > 1 ? `${url}/attempts/${attempt.number - 1}` : null,
    workflow_url: `${actions}/workflows/${run.identity.workflow.id}`,
  }
}

function pullRequests(scene: Scene, run: SimulatedRun): Schema<'pull-request-minimal'>[] {
  const { api } = scene.world.addresses
  const { fullName, id } = scene.repository
  const url = `${api}/repos/${fullName}`
  const repo = { id, url, name: fullName.slice(fullName.indexOf('/') + 1) }
  return (run.identity.spec.pullRequests ?? []).map((number) => ({
    url: `${url}/pulls/${number}`,
    id: idOf(`${fullName}#${number}`),
    number,
    head: { ref: run.identity.branch ?? '', sha: run.identity.headSha, repo },
    base: { ref: 'main', sha: shaOf(`${fullName} main`), repo },
  }))
}

function headCommit(run: SimulatedRun): Schema<'simple-commit'> {
  const { actor, headSha, createdAt } = run.identity
  // The schema wants a valid e-mail address, which brackets would spoil.
  const name = actor.replace('[bot]', '')
  const person = { name, email: `${name}@users.noreply.github.com` }
  return {
    id: headSha,
    tree_id: shaOf(`tree ${headSha}`),
    message: titleOf(run),
    timestamp: toIso(createdAt),
    author: person,
    committer: person,
  }
}

function headRepository(scene: Scene, run: SimulatedRun): RunBody['head_repository'] {
  const { headRepository: name } = run.identity.spec
  // The schema requires it, yet it is null once a fork is deleted (github/rest-api-description#1586).
  if (name === null) return null as unknown as RunBody['head_repository']
  return name === undefined || name === scene.repository.fullName ? repositoryBody(scene) : forkBody(scene, name)
}
