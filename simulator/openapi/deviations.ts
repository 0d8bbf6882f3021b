import type { JsonObject } from './description.ts'

/** A place where the real server is known to differ from GitHub's own description of it. */
export type Deviation = {
  /** The component that is wrong, as `section/name`. */
  readonly component: string
  /** What makes it right: a JSON merge patch (RFC 7396), as in `x-github-breaking-changes`. */
  readonly patch: JsonObject
  readonly fact: string
  readonly source: string
}

const day = String.raw`\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?`

/** All of them. Whatever is not in this table is held to the description to the letter. */
export const deviations: readonly Deviation[] = [
  {
    component: 'schemas/workflow-run',
    patch: { properties: { head_repository: { nullable: true } } },
    fact: 'head_repository is null once the fork that a run came from is deleted.',
    source: 'github/rest-api-description#1586, backstage#5181',
  },
  {
    component: 'schemas/nullable-simple-commit',
    patch: {
      properties: {
        author: { properties: { email: { format: null } } },
        committer: { properties: { email: { format: null } } },
      },
    },
    fact: 'Commits of bots have addresses like 49699333+dependabot[bot]@users.noreply.github.com, which no format allows.',
    source: 'commits of dependabot[bot] in public repositories',
  },
  {
    component: 'schemas/validation-error-simple',
    patch: {
      properties: {
        errors: { type: null, items: null, anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] },
      },
    },
    fact: '`errors` is a bare string when a deployment review or an API version is refused.',
    source: "replies recorded by users of POST pending_deployments; the fact is not in GitHub's documents",
  },
  ...['validation-error', 'validation-error-simple'].map((name) => ({
    component: `schemas/${name}`,
    patch: { properties: { status: { type: 'string' } } },
    fact: 'Validation errors carry the status as a string, as all refusals do.',
    source: 'schema basic-error of the same description',
  })),
  {
    component: 'schemas/api-overview',
    patch: { properties: { installed_version: { type: 'string' } } },
    fact: 'GitHub Enterprise Server tells its version in GET /meta.',
    source: 'the description of GitHub Enterprise Server 3.19 in the same package',
  },
  {
    component: 'parameters/created',
    patch: { schema: { format: null, pattern: `^((>=|<=|>|<)?${day}|(${day}|\\*)\\.\\.(${day}|\\*))$` } },
    fact: '`created` takes the date syntax of search (comparisons, ranges), not only a date-time.',
    source: 'docs.github.com, "Understanding the search syntax", to which the parameter\'s own description links',
  },
]
