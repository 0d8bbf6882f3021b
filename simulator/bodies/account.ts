import { idOf, nodeId } from '../ids.ts'
import type { World } from '../world.ts'
import type { Schema } from './schemas.ts'

const built = new WeakMap<World, Map<string, Schema<'simple-user'>>>()

/** A user, an organization or a bot by login, as `simple-user`; built once, as a page of runs repeats it 400 times. */
export function accountBody(world: World, login: string): Schema<'simple-user'> {
  const bodies = built.get(world) ?? new Map<string, Schema<'simple-user'>>()
  built.set(world, bodies)
  const body = bodies.get(login) ?? build(world, login)
  bodies.set(login, body)
  return body
}

function build(world: World, login: string): Schema<'simple-user'> {
  const { api, server } = world.addresses
  const id = idOf(login.toLowerCase())
  const isBot = login.endsWith('[bot]')
  const url = `${api}/users/${encodeURIComponent(login)}`
  return {
    login,
    id,
    node_id: nodeId(isBot ? 'BOT' : 'U', id),
    avatar_url: `${server}/avatars/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: isBot ? `${server}/apps/${login.replace('[bot]', '')}` : `${server}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: isBot ? 'Bot' : 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

/** A team by slug, as `team`. */
export function teamBody(world: World, organization: string, slug: string): Schema<'team'> {
  const { api, server } = world.addresses
  const id = idOf(`team ${slug}`)
  const organizationId = idOf(organization.toLowerCase())
  const url = `${api}/organizations/${organizationId}/team/${id}`
  return {
    id,
    node_id: nodeId('T', id),
    name: slug,
    slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    url,
    html_url: `${server}/orgs/${organization}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: 'organization',
    organization_id: organizationId,
    parent: null,
  }
}
