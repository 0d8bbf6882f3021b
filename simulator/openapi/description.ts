import { readFileSync } from 'node:fs'
import { deviations } from './deviations.ts'

/** A JSON object of which nothing is known yet. */
export type JsonObject = { [name: string]: unknown }

/** The REST API versions that GitHub answers to. */
export const apiVersions = ['2022-11-28', '2026-03-10'] as const

/** One REST API version. */
export type ApiVersion = (typeof apiVersions)[number]

/** A path or query parameter of an operation. */
export type Parameter = { name: string; in: 'path' | 'query'; required?: boolean; schema: JsonObject }

type Content = { [mediaType: string]: { schema: JsonObject } }

/** What an operation answers with one status. */
export type DescribedResponse = { content?: Content; headers?: JsonObject }

/** One method of one path. */
export type Operation = {
  operationId: string
  parameters: Parameter[]
  requestBody?: { required?: boolean; content: Content }
  responses: { [status: string]: DescribedResponse }
}

/** GitHub's description of its API in one version. */
export type Description = {
  paths: { [template: string]: { [method: string]: Operation } }
  components: { [section: string]: { [name: string]: JsonObject } }
}

/** Where a request leads. */
export type Route = { operations: { [method: string]: Operation }; pathValues: Record<string, string> }

/** True for objects that are no arrays. */
export const isJsonObject = (node: unknown): node is JsonObject =>
  typeof node === 'object' && node !== null && !Array.isArray(node)

// JSON merge patch, RFC 7396: null removes, objects merge, everything else replaces.
const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isJsonObject(patch)) return patch
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  }
  return merged
}

type BreakingChange = { version: string; patch: JsonObject }

// The text describes the oldest version; each change names the version it came with. Versions are dates, so they sort.
const atVersion = (component: JsonObject, version: ApiVersion): JsonObject => {
  const { 'x-github-breaking-changes': changes = [], ...text } = component
  return (changes as BreakingChange[])
    .filter((change) => change.version <= version)
    .reduce((changed, { patch }) => mergePatch(changed, patch) as JsonObject, text as JsonObject)
}

/** Reads the description as it is in one API version, with the known deviations of the real server put right. */
export const readDescription = (version: ApiVersion): Description => {
  const description: Description = JSON.parse(readFileSync(new URL('./actions.json', import.meta.url), 'utf8'))
  for (const members of Object.values(description.components)) {
    for (const [name, component] of Object.entries(members)) members[name] = atVersion(component, version)
  }
  for (const { component, patch } of deviations) {
    const [section = '', name = ''] = component.split('/')
    const members = description.components[section]
    if (members?.[name] === undefined) throw new Error(`A deviation names ${component}, which the description lacks.`)
    members[name] = mergePatch(members[name], patch) as JsonObject
  }
  return description
}

/** Follows a `$ref` of the description; anything else is returned as it is. */
export const resolveReference = <Node>(description: Description, node: Node): Node => {
  if (!isJsonObject(node) || typeof node.$ref !== 'string') return node
  const [, , section = '', name = ''] = node.$ref.split('/')
  return description.components[section]?.[name] as Node
}

const toPattern = (template: string): RegExp => new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)

/** Creates the search for the route of a request path. Finds undefined for a path that GitHub does not describe. */
export const createRouter = (description: Description): ((path: string) => Route | undefined) => {
  const patterns = Object.keys(description.paths).map((template) => ({ template, pattern: toPattern(template) }))
  return (path) => {
    // Link headers name repositories by number: /repositories/{id} is the same as /repos/{owner}/{repo}.
    const named = path.replace(/^\/repositories\/\d+(?=\/)/, '/repos/-/-')
    for (const { template, pattern } of patterns) {
      const match = pattern.exec(named)
      if (match) return { operations: description.paths[template] ?? {}, pathValues: { ...match.groups } }
    }
    return undefined
  }
}
