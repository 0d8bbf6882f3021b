import { isJsonObject, type JsonObject, readDescription, resolveReference } from './description.ts'
import type { Exchange } from './exchange.ts'

const description = readDescription('2022-11-28')

const textOfFormat: Record<string, string> = {
  uri: 'https://github.com/octo',
  'date-time': '2026-01-02T03:04:05Z',
  email: 'octo@example.com',
}

const sampleObject = ({ properties, required }: JsonObject): JsonObject => {
  const schemas = isJsonObject(properties) ? properties : {}
  const names = Array.isArray(required) ? required.map(String) : []
  return Object.fromEntries(names.map((name) => [name, sample(schemas[name] as JsonObject)]))
}

/** The smallest value that a schema allows. */
const sample = (node: JsonObject): unknown => {
  const schema = resolveReference(description, node)
  if (schema.nullable === true) return null
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (schema.type === 'object') return sampleObject(schema)
  if (schema.type === 'array') return [sample(schema.items as JsonObject)]
  if (schema.type === 'integer') return 1
  if (schema.type === 'boolean') return true
  return textOfFormat[String(schema.format)] ?? 'text'
}

/** The smallest object that a component of the description allows: what it requires, and null wherever that is allowed. */
export const sampleComponent = (name: string): JsonObject =>
  sampleObject(resolveReference(description, { $ref: `#/components/schemas/${name}` } as JsonObject))

/** A faultless exchange, GET of one run with API version 2026-03-10, but for the changes. */
export const sampleExchange = (changes: Partial<Exchange>): Exchange => ({
  method: 'GET',
  path: '/repos/octo/hello/actions/runs/1',
  query: {},
  requestHeaders: { 'x-github-api-version': '2026-03-10' },
  requestBody: undefined,
  status: 200,
  responseHeaders: { 'content-type': 'application/json; charset=utf-8' },
  responseBody: sampleComponent('workflow-run'),
  host: 'api',
  ...changes,
})

/** What a refusal changes in an exchange. */
export const sampleRefusal = (status: number, changes: JsonObject = {}): Partial<Exchange> => ({
  status,
  responseBody: {
    message: 'No',
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
    ...changes,
  },
})
