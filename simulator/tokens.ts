import { type Refusal, refusals } from './refusals.ts'
import type { TokenGrant } from './spec.ts'

/** A permission a route asks for, as GitHub writes it in x-accepted-github-permissions. */
export interface Need {
  area: 'actions' | 'deployments'
  level: 'read' | 'write'
}

/** The token every simulator knows from the start. */
export const DEFAULT_TOKEN = 'simulator-token'

/** What the default token may do: like a job's GITHUB_TOKEN. */
export const DEFAULT_GRANT: TokenGrant = {
  kind: 'installation',
  login: 'github-actions[bot]',
  permissions: { actions: 'write', deployments: 'write' },
  app: 'github-actions',
}

/** The token in an Authorization header: `token X`, `Bearer X`, or the password of `Basic`. */
export function readToken(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ')
  if (!value) return undefined
  if (scheme.toLowerCase() !== 'basic') return value
  return Buffer.from(value, 'base64').toString().split(':')[1]
}

/** Whether a token can see a repository that has or had these names (owner/name, in any case). */
export function canSee(grant: TokenGrant, names: string[]): boolean {
  if (!grant.repositories) return true
  const visible = new Set(grant.repositories.map((name) => name.toLowerCase()))
  return names.some((name) => visible.has(name.toLowerCase()))
}

/**
 * The refusal for a token that lacks what a route needs: one text per kind of token (docs/github-api.md, Permission
 * refusals).
 */
export function refusePermission(grant: TokenGrant, need: Need): Refusal | undefined {
  const held = grant.permissions[need.area]
  if (held === 'write' || held === need.level) return undefined
  if (grant.kind === 'installation') return refusals.notForIntegration
  if (grant.kind === 'fine-grained') return refusals.notForPersonalToken
  // A classic token has no finer permissions: who may not read sees nothing.
  return need.level === 'write' && held === 'read' ? refusals.needsAdmin : refusals.notFound
}

/** Whether the login may review at all: reviewers are users and teams, never apps (docs/github-api.md, Deployments). */
export function canReviewAsUser(grant: TokenGrant): boolean {
  return grant.kind !== 'installation'
}
