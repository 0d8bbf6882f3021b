import {
  type ApiVersion,
  apiVersions,
  createRouter,
  type Description,
  type Route,
  readDescription,
} from './description.ts'
import { type Exchange, headerOf } from './exchange.ts'
import { checkRequest } from './request-check.ts'
import { checkNotFound, checkResponse } from './response-check.ts'
import { createSchemaCheck, type SchemaCheck } from './schema-check.ts'

export type { Exchange } from './exchange.ts'

/** Holds exchanges to GitHub's description of its API. */
export type ExchangeValidator = {
  /** All violations of one exchange, each a sentence that starts with `request:` or `response <status>:`. */
  readonly check: (exchange: Exchange) => string[]
}

type Judge = { description: Description; findRoute: (path: string) => Route | undefined; check: SchemaCheck }

const defaultVersion: ApiVersion = '2022-11-28'

const isKnownVersion = (version: string): version is ApiVersion => apiVersions.some((known) => known === version)

const createJudge = (version: ApiVersion, strict: boolean): Judge => {
  const description = readDescription(version)
  return { description, findRoute: createRouter(description), check: createSchemaCheck(description, strict) }
}

// Storage answers by its own rules; but a token that reaches it has leaked, and makes Azure refuse the signed URL.
const checkStorageExchange = ({ method, requestHeaders }: Exchange): string[] => [
  ...(method === 'GET' ? [] : [`request: ${method} is sent to the storage`]),
  ...(headerOf(requestHeaders, 'authorization') === undefined ? [] : ['request: authorization is sent to the storage']),
]

const checkVersionAnswer = ({ status }: Exchange, version: string): string[] =>
  isKnownVersion(version) || [0, 400, 410].includes(status)
    ? []
    : [`response ${status}: the API version "${version}" must be refused with 400 or 410`]

// Support for the beta media type ended with 2026-03-10: changelog of that API version.
const checkMediaType = ({ requestHeaders }: Exchange, version: string): string[] =>
  version !== defaultVersion && headerOf(requestHeaders, 'accept')?.includes('application/vnd.github.beta')
    ? [`request: accept names the beta media type, which API version ${version} does not have`]
    : []

const checkApiExchange = (exchange: Exchange, { description, findRoute, check }: Judge): string[] => {
  const answer = (messages: string[]): string[] => messages.map((message) => `response ${exchange.status}: ${message}`)
  const route = findRoute(exchange.path)
  if (route === undefined) return ['request: the path is not described', ...answer(checkNotFound(exchange, check))]
  const operation = route.operations[exchange.method.toLowerCase()]
  if (operation === undefined) {
    return [`request: the path has no ${exchange.method}`, ...answer(checkNotFound(exchange, check))]
  }
  return [
    ...checkRequest(exchange, operation, route, description, check).map((message) => `request: ${message}`),
    ...answer(checkResponse(exchange, operation, description, check)),
  ]
}

/**
 * Creates a validator of exchanges. The API version of an exchange is the one that its request asks for. With
 * `noAdditionalProperties`, objects may only have the properties that GitHub describes, so that neither side can
 * invent any.
 */
export const createExchangeValidator = ({ noAdditionalProperties = true } = {}): ExchangeValidator => {
  const judges = new Map<ApiVersion, Judge>()
  const judgeOf = (version: ApiVersion): Judge => {
    const judge = judges.get(version) ?? createJudge(version, noAdditionalProperties)
    judges.set(version, judge)
    return judge
  }
  return {
    check: (exchange) => {
      if (exchange.host === 'storage') return checkStorageExchange(exchange)
      const version = headerOf(exchange.requestHeaders, 'x-github-api-version') ?? defaultVersion
      return [
        ...checkVersionAnswer(exchange, version),
        ...checkMediaType(exchange, version),
        ...checkApiExchange(exchange, judgeOf(isKnownVersion(version) ? version : defaultVersion)),
      ]
    },
  }
}
