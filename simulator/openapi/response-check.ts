import {
  type DescribedResponse,
  type Description,
  isJsonObject,
  type JsonObject,
  type Operation,
  resolveReference,
} from './description.ts'
import { type Exchange, headerOf, isEmptyBody } from './exchange.ts'
import type { SchemaCheck } from './schema-check.ts'

// The description lists few refusals, most operations none. These come from every operation: docs.github.com,
// "Troubleshooting the REST API" and "Rate limits"; 410 is the answer to expired logs and retired API versions.
const generalRefusals = new Set([400, 401, 403, 404, 410, 422, 429, 500, 502, 503, 504])

const schemaReference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

// A renamed repository: docs.github.com, "Best practices for using the REST API", on redirects.
const moves = new Set([301, 307, 308])

// Constants, because a schema is compiled once per object.
const plainRefusal = schemaReference('basic-error')
const inputRefusal = { anyOf: ['basic-error', 'validation-error', 'validation-error-simple'].map(schemaReference) }

const checkJsonType = ({ responseHeaders }: Exchange): string[] => {
  const type = headerOf(responseHeaders, 'content-type')
  return type !== undefined && /^application\/(\w[\w.-]*\+)?json\b/.test(type)
    ? []
    : [`content-type is ${type === undefined ? 'missing' : `"${type}"`}, not JSON`]
}

// `status` repeats the HTTP status as a string. Answers of the servers in front of the API (5xx) may lack it.
const checkRefusal = (exchange: Exchange, check: SchemaCheck): string[] => {
  const { status, responseBody: body } = exchange
  const schema = status === 400 || status === 422 ? inputRefusal : plainRefusal
  const violations = [...checkJsonType(exchange), ...check(schema, body).map((message) => `body ${message}`)]
  if (!isJsonObject(body)) return violations
  if (typeof body.message !== 'string') violations.push('body lacks "message"')
  if (body.status !== String(status) && (status < 500 || body.status !== undefined)) {
    violations.push(`body /status must be "${status}"; it is ${JSON.stringify(body.status)}`)
  }
  return violations
}

const checkEmptyBody = ({ responseBody }: Exchange): string[] =>
  isEmptyBody(responseBody) ? [] : ['body is sent, but none is described']

const checkNotModified = (exchange: Exchange): string[] => {
  const conditional = ['if-none-match', 'if-modified-since'].some((name) => headerOf(exchange.requestHeaders, name))
  return [...(conditional ? [] : ['the request was not conditional']), ...checkEmptyBody(exchange)]
}

const checkLocation = ({ responseHeaders }: Exchange): string[] => {
  const location = headerOf(responseHeaders, 'location')
  if (location === undefined) return ['header Location is missing']
  return URL.canParse(location) ? [] : [`header Location is no absolute URL: "${location}"`]
}

const checkMove = (exchange: Exchange, check: SchemaCheck): string[] => [
  ...checkLocation(exchange),
  ...checkJsonType(exchange),
  ...check(plainRefusal, exchange.responseBody).map((message) => `body ${message}`),
]

const checkSuccess = (exchange: Exchange, described: DescribedResponse, check: SchemaCheck): string[] => {
  const schema = described.content?.['application/json']?.schema
  if (schema === undefined) return checkEmptyBody(exchange)
  return [...checkJsonType(exchange), ...check(schema, exchange.responseBody).map((message) => `body ${message}`)]
}

/** What is wrong with the answer of an exchange. */
export const checkResponse = (
  exchange: Exchange,
  operation: Operation,
  description: Description,
  check: SchemaCheck,
): string[] => {
  const { status, method } = exchange
  // No answer: the connection broke, or the request is still in flight.
  if (status === 0) return []
  const described = resolveReference(description, operation.responses[status])
  if (status === 304 && method === 'GET') return checkNotModified(exchange)
  if (moves.has(status)) return checkMove(exchange, check)
  if (status >= 400 && (described !== undefined || generalRefusals.has(status))) return checkRefusal(exchange, check)
  if (described === undefined)
    return [`the status is not described; ${Object.keys(operation.responses).join(', ')} are`]
  return [...(status === 302 ? checkLocation(exchange) : []), ...checkSuccess(exchange, described, check)]
}

/** What is wrong with an answer to a path or method that does not exist: only a refusal is right. */
export const checkNotFound = (exchange: Exchange, check: SchemaCheck): string[] => {
  if (exchange.status === 0) return []
  return exchange.status < 400 ? ['the status must be a refusal'] : checkRefusal(exchange, check)
}
