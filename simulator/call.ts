import type { Answer } from './answer.ts'
import type { Repository } from './repository.ts'
import type { TokenGrant } from './spec.ts'
import type { Need } from './tokens.ts'
import type { World } from './world.ts'

/** What the shape of a body depends on. */
export interface Scene {
  world: World
  repository: Repository
  apiVersion: string
}

/** One authorised request to a route of a repository. */
export interface Call extends Scene {
  grant: TokenGrant
  /** Decoded path parameters. */
  parameters: Record<string, string>
  query: URLSearchParams
  /** {} if the request had none. */
  body: Record<string, unknown>
  /** Path below the repository, for Link headers. */
  subpath: string
}

/** One endpoint below /repos/{owner}/{repo}. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below the repository; `{name}` is a parameter, one whose name ends in `_id` or `_number` is a whole number. */
  path: string
  need: Need
  /** Page and anchor below https://docs.github.com/rest/. */
  docs: string
  answer(call: Call): Answer
}
