import type { Answer } from '../answer.ts'
import type { Schema } from '../bodies/schemas.ts'
import { refusals, refuse } from '../refusals.ts'
import type { World } from '../world.ts'

/** The version that dropped the top-level `rate` of GET /rate_limit. */
const WITHOUT_RATE = '2026-03-10'

/** GET /meta: needs no token; GHES tells its version. */
export function answerMeta(world: World): Answer {
  const { enterpriseVersion } = world.settings
  const body: Schema<'api-overview'> & { installed_version?: string } = {
    verifiable_password_authentication: true,
    ...(enterpriseVersion === null ? {} : { installed_version: enterpriseVersion }),
  }
  return { status: 200, body }
}

/** GET /rate_limit: costs nothing itself; 404 where the limit is off. */
export function answerRateLimit(world: World, token: string, apiVersion: string): Answer {
  const core = world.rateLimits.read(token)
  if (!core) return refuse(refusals.noRateLimit)
  const search = { limit: 30, remaining: 30, used: 0, reset: core.reset }
  const resources: Schema<'rate-limit-overview'>['resources'] = { core, search }
  return { status: 200, body: apiVersion < WITHOUT_RATE ? { resources, rate: core } : { resources } }
}

/** POST /graphql: the one answer that GitHub CLI asks for beside the REST API, whatever the query. */
export function answerGraphql(): Answer {
  const repository = { pullRequests: { nodes: [] }, defaultBranchRef: { name: 'main' } }
  return { status: 200, body: { data: { repository } } }
}
