import type { components } from '@octokit/openapi-types'

/** GitHub's own description of its answers: the compiler holds each body to it. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]
