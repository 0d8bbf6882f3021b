import { createHash } from 'node:crypto'
import type { Answer } from './answer.ts'
import { readBody } from './body-check.ts'
import type { Route } from './call.ts'
import type { Incoming } from './host.ts'
import { refusals, refuse, unsupportedVersion } from './refusals.ts'
import type { Repository } from './repository.ts'
import { findRoute } from './router.ts'
import { deploymentRoutes } from './routes/deployments.ts'
import { jobRoutes } from './routes/jobs.ts'
import { logRoutes } from './routes/logs.ts'
import { answerGraphql, answerMeta, answerRateLimit } from './routes/meta.ts'
import { runRoutes } from './routes/runs.ts'
import { workflowRoutes } from './routes/workflows.ts'
import type { TokenGrant } from './spec.ts'
import { canSee, readToken, refusePermission } from './tokens.ts'
import type { World } from './world.ts'

const routes: Route[] = [...runRoutes, ...jobRoutes, ...logRoutes, ...workflowRoutes, ...deploymentRoutes]

const DOCS = 'https://docs.github.com'

/** An accepted request: its token and API version are known. */
interface Admitted {
  world: World
  incoming: Incoming
  token: string
  grant: TokenGrant
  apiVersion: string
}

/** Answers one request to the REST API. */
export function answerApi(world: World, incoming: Incoming): Answer {
  const { requestHeaders, path } = incoming.exchange
  const apiVersion = requestHeaders['x-github-api-version'] ?? world.settings.apiVersions[0] ?? '2022-11-28'
  if (!world.settings.apiVersions.includes(apiVersion)) {
    return dress(world, apiVersion, refuse(unsupportedVersion(apiVersion, world.settings.apiVersions)))
  }
  if (path === '/meta') return dress(world, apiVersion, answerMeta(world))
  const token = readToken(requestHeaders.authorization)
  const grant = token === undefined ? undefined : world.tokens.get(token)
  if (token === undefined || !grant) {
    const refusal = token === undefined ? refusals.requiresAuthentication : refusals.badCredentials
    return dress(world, apiVersion, refuse(refusal))
  }
  return dress(world, apiVersion, answerLimited({ world, incoming, token, grant, apiVersion }))
}

/** Applies the rate limit and conditional requests: neither a 304 nor GET /rate_limit costs anything. */
function answerLimited(admitted: Admitted): Answer {
  const { world, incoming, token, apiVersion } = admitted
  const { rateLimits } = world
  if (isGraphql(incoming)) return answerGraphql()
  if (incoming.exchange.path === '/rate_limit') return answerRateLimit(world, token, apiVersion)
  if (rateLimits.isExhausted(token)) {
    return withHeaders(refuse(refusals.rateLimited), rateLimits.headers(token))
  }
  const answer = conditional(incoming, answerRepository(admitted))
  if (answer.status !== 304) rateLimits.spend(token)
  return withHeaders(answer, rateLimits.headers(token))
}

/** GHES has it beside its REST base path: /api/graphql. */
function isGraphql({ exchange }: Incoming): boolean {
  return exchange.method === 'POST' && (exchange.path === '/graphql' || exchange.path === '/api/graphql')
}

/** An ETag is good for the same token and media type only (docs/github-api.md, Rate limits). */
function conditional(incoming: Incoming, answer: Answer): Answer {
  const { method, requestHeaders } = incoming.exchange
  if (method !== 'GET' || answer.status !== 200) return answer
  const bytes = Buffer.from(JSON.stringify(answer.body))
  const hash = createHash('sha256').update(bytes)
  hash.update(requestHeaders.authorization ?? '').update(requestHeaders.accept ?? '')
  const etag = `W/"${hash.digest('hex')}"`
  const known = (requestHeaders['if-none-match'] ?? '').split(',').map((value) => value.trim())
  if (known.includes(etag)) return { status: 304, headers: { ...answer.headers, etag } }
  return withHeaders({ ...answer, bytes }, { etag, 'cache-control': 'private, max-age=60, s-maxage=60' })
}

function answerRepository(admitted: Admitted): Answer {
  const { world, incoming, grant } = admitted
  const place = locate(world, incoming.exchange.path)
  if (!place || !canSee(grant, world.namesOf(place.repository))) return refuse(refusals.notFound)
  if (place.moved) return redirect(admitted, place)
  const match = findRoute(routes, incoming.exchange.method, place.subpath)
  if (!match) return refuse(refusals.notFound)
  const { route, parameters } = match
  const accepted = { 'x-accepted-github-permissions': `${route.need.area}=${route.need.level}` }
  return withHeaders(documented(world, answerRoute(admitted, place, route, parameters), route.docs), accepted)
}

function answerRoute(admitted: Admitted, place: Place, route: Route, parameters: Record<string, string>): Answer {
  const { world, incoming, grant, apiVersion } = admitted
  const refusal = refusePermission(grant, route.need)
  if (refusal) return refuse(refusal)
  const read = readBody(route.method === 'GET' ? Buffer.alloc(0) : incoming.bytes)
  if ('refused' in read) return read.refused
  const { repository, subpath } = place
  return route.answer({
    world,
    repository,
    apiVersion,
    grant,
    parameters,
    query: incoming.search,
    body: read.body,
    subpath,
  })
}

interface Place {
  repository: Repository
  subpath: string
  /** Found by a name it no longer has. */
  moved: boolean
}

/** The repository of a path: by name, by former name, or by id. */
function locate(world: World, path: string): Place | undefined {
  const byId = /^\/repositories\/(\d+)(\/.*)?$/.exec(path)
  if (byId) {
    const repository = world.findRepositoryById(Number(byId[1]))
    return repository && { repository, subpath: byId[2] ?? '', moved: false }
  }
  const byName = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path)
  if (!byName) return undefined
  const name = byName[1] ?? ''
  const repository = world.findRepository(name)
  const found = repository ?? world.findRenamed(name)
  return found && { repository: found, subpath: byName[2] ?? '', moved: !repository }
}

/** 301 for reads; 307 keeps the method of a write. */
function redirect({ world, incoming }: Admitted, { repository, subpath }: Place): Answer {
  const isRead = ['GET', 'HEAD'].includes(incoming.exchange.method)
  const query = incoming.search.size > 0 ? `?${incoming.search}` : ''
  const url = `${world.addresses.api}/repositories/${repository.id}${subpath}${query}`
  return {
    status: isRead ? 301 : 307,
    body: { message: isRead ? 'Moved Permanently' : 'Temporary Redirect', url },
    headers: { location: url },
  }
}

function withHeaders(answer: Answer, headers: Record<string, string>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** Adds documentation_url to a refusal that has none yet. */
function documented(world: World, answer: Answer, page: string): Answer {
  const body = answer.body as Record<string, unknown> | undefined
  if (answer.status < 300 || !body || 'documentation_url' in body) return answer
  const { enterpriseVersion } = world.settings
  const edition = enterpriseVersion === null ? '' : `/enterprise-server@${enterpriseVersion.replace(/\.\d+$/, '')}`
  return { ...answer, body: { ...body, documentation_url: `${DOCS}${edition}/rest${page ? `/${page}` : ''}` } }
}

function dress(world: World, apiVersion: string, answer: Answer): Answer {
  const { enterpriseVersion } = world.settings
  world.answered += 1
  return withHeaders(documented(world, answer, ''), {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': apiVersion,
    'x-github-request-id': `SIM0:${world.answered.toString(16).toUpperCase().padStart(8, '0')}`,
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP',
    ...(enterpriseVersion === null ? {} : { 'x-github-enterprise-version': enterpriseVersion }),
  })
}
