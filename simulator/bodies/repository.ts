import type { Scene } from '../call.ts'
import { idOf, nodeId } from '../ids.ts'
import type { World } from '../world.ts'
import { accountBody } from './account.ts'
import type { Schema } from './schemas.ts'

type RepositoryBody = Schema<'minimal-repository'>

/** The version that dropped `has_downloads` (GHES 3.21 changelog). */
const WITHOUT_DOWNLOADS = '2026-03-10'

const built = new WeakMap<World, Map<string, RepositoryBody>>()

/** The repository that every run repeats twice, as `minimal-repository`. */
export function repositoryBody(scene: Scene): RepositoryBody {
  return remember(scene, scene.repository.fullName, () => build(scene, scene.repository.fullName, scene.repository.id))
}

/** A fork by its owner/name: only bodies know of it. */
export function forkBody(scene: Scene, fullName: string): RepositoryBody {
  return remember(scene, `fork ${fullName}`, () => ({ ...build(scene, fullName, idOf(fullName)), fork: true }))
}

/** A page of runs would otherwise build the same 50 URLs 200 times. */
function remember(scene: Scene, name: string, create: () => RepositoryBody): RepositoryBody {
  const bodies = built.get(scene.world) ?? new Map<string, RepositoryBody>()
  built.set(scene.world, bodies)
  const key = `${name} ${scene.apiVersion}`
  const body = bodies.get(key) ?? create()
  bodies.set(key, body)
  return body
}

function build(scene: Scene, fullName: string, id: number): RepositoryBody {
  const { api, server } = scene.world.addresses
  const [owner = '', name = ''] = fullName.split('/')
  return {
    id,
    node_id: nodeId('R', id),
    name,
    full_name: fullName,
    private: false,
    owner: accountBody(scene.world, owner),
    html_url: `${server}/${fullName}`,
    description: null,
    fork: false,
    ...links(`${api}/repos/${fullName}`),
    ...(scene.apiVersion < WITHOUT_DOWNLOADS ? { has_downloads: true } : {}),
  }
}

function links(url: string) {
  return {
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  }
}
