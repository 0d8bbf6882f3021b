import {
  type Description,
  type JsonObject,
  type Operation,
  type Parameter,
  type Route,
  resolveReference,
} from './description.ts'
import { type Exchange, headerOf, isEmptyBody } from './exchange.ts'
import type { SchemaCheck } from './schema-check.ts'

// In a URL everything is text; the schema means the value that the text stands for.
const meaningOf = (text: string, schema: JsonObject): unknown => {
  if (schema.type === 'integer' && /^-?\d+$/.test(text)) return Number(text)
  if (schema.type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

const checkParameter = (parameter: Parameter, text: string | undefined, check: SchemaCheck): string[] => {
  const { name, required, schema } = parameter
  if (text === undefined) return required ? [`${parameter.in} parameter "${name}" is missing`] : []
  return check(schema, meaningOf(text, schema)).map((message) => `${parameter.in} parameter "${name}" ${message}`)
}

const checkParameters = (
  exchange: Exchange,
  operation: Operation,
  route: Route,
  description: Description,
  check: SchemaCheck,
): string[] => {
  const parameters = (operation.parameters ?? []).map((parameter) => resolveReference(description, parameter))
  const described = new Set(parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name))
  const unknown = Object.keys(exchange.query).filter((name) => !described.has(name))
  return [
    ...unknown.map((name) => `query parameter "${name}" is not described`),
    ...parameters.flatMap((parameter) => {
      const values = parameter.in === 'path' ? route.pathValues : exchange.query
      return checkParameter(parameter, values[parameter.name], check)
    }),
  ]
}

const checkBody = (exchange: Exchange, operation: Operation, check: SchemaCheck): string[] => {
  const { requestBody: body, requestHeaders } = exchange
  const described = operation.requestBody
  if (isEmptyBody(body)) return described?.required ? ['body is missing'] : []
  if (described === undefined) return ['body is sent, but the operation takes none']
  const schema = described.content['application/json']?.schema ?? {}
  const type = headerOf(requestHeaders, 'content-type')
  return [
    ...(type === undefined || /^application\/json\b/.test(type) ? [] : [`content-type is "${type}", not JSON`]),
    ...check(schema, body).map((message) => `body ${message}`),
  ]
}

/** What is wrong with the request of an exchange. */
export const checkRequest = (
  exchange: Exchange,
  operation: Operation,
  route: Route,
  description: Description,
  check: SchemaCheck,
): string[] => [
  ...checkParameters(exchange, operation, route, description, check),
  ...checkBody(exchange, operation, check),
]
