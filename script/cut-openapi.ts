/**
 * Writes simulator/openapi/actions.json: the part of GitHub's OpenAPI description that this project uses.
 *
 *   node script/cut-openapi.ts [folder of an unpacked @octokit/openapi]
 *
 * The package is 385 MB unpacked, far too much for a dependency, so without a folder the script downloads it into a
 * temporary one and unpacks two files of it.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type JsonObject = { [name: string]: unknown }

const openapiPackage = '@octokit/openapi'
const openapiVersion = '23.0.2'
const product = 'api.github.com'
const descriptionFile = `generated/${product}.json`

const actionsPaths = [
  '/jobs/{job_id}',
  '/jobs/{job_id}/logs',
  '/jobs/{job_id}/rerun',
  '/runs',
  '/runs/{run_id}',
  '/runs/{run_id}/approvals',
  '/runs/{run_id}/artifacts',
  '/runs/{run_id}/attempts/{attempt_number}',
  '/runs/{run_id}/attempts/{attempt_number}/jobs',
  '/runs/{run_id}/attempts/{attempt_number}/logs',
  '/runs/{run_id}/cancel',
  '/runs/{run_id}/deployment_protection_rule',
  '/runs/{run_id}/force-cancel',
  '/runs/{run_id}/jobs',
  '/runs/{run_id}/logs',
  '/runs/{run_id}/pending_deployments',
  '/runs/{run_id}/rerun',
  '/runs/{run_id}/rerun-failed-jobs',
  '/workflows',
  '/workflows/{workflow_id}',
  '/workflows/{workflow_id}/runs',
]

const keptPaths = new Set([
  '/meta',
  '/rate_limit',
  ...actionsPaths.map((path) => `/repos/{owner}/{repo}/actions${path}`),
])

// Most operations list no refusals at all, so the shapes of refusals are kept even where no kept path refers to them.
const refusalSchemas = ['basic-error', 'validation-error', 'validation-error-simple'].map(
  (name) => `#/components/schemas/${name}`,
)

const droppedKeywords = new Set(['description', 'summary', 'example', 'examples', 'tags', 'externalDocs'])

// Below these keywords the keys are names that GitHub chose, such as a property called `description`.
const nameKeywords = new Set(['properties', 'responses', 'headers', 'content'])

// Below these the values are GitHub's own words and copied as they are.
const verbatimKeywords = new Set(['enum', 'default', 'required', 'x-github-breaking-changes'])

const isObject = (node: unknown): node is JsonObject =>
  typeof node === 'object' && node !== null && !Array.isArray(node)

const mapValues = (members: JsonObject, change: (value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(value)]))

const isDropped = (keyword: string): boolean =>
  !verbatimKeywords.has(keyword) && (droppedKeywords.has(keyword) || keyword.startsWith('x-'))

const strip = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(strip)
  if (!isObject(node)) return node
  const kept = Object.entries(node).filter(([keyword]) => !isDropped(keyword))
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, stripUnder(keyword, value)]))
}

const stripUnder = (keyword: string, value: unknown): unknown => {
  if (verbatimKeywords.has(keyword)) return value
  if (!isObject(value) || !nameKeywords.has(keyword)) return strip(value)
  return mapValues(value, keyword === 'responses' ? stripResponse : strip)
}

// OpenAPI 3.0 requires the description of a response; with it the cut stays a valid document for other tools.
const stripResponse = (response: unknown): unknown =>
  isObject(response) && 'description' in response
    ? { description: response.description, ...(strip(response) as JsonObject) }
    : strip(response)

const addReferences = (node: unknown, references: Set<string>): void => {
  if (Array.isArray(node)) for (const item of node) addReferences(item, references)
  if (!isObject(node)) return
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === '$ref' && typeof value === 'string') references.add(value)
    else addReferences(value, references)
  }
}

const componentAt = (components: JsonObject, reference: string): unknown => {
  const [, , section = '', name = ''] = reference.split('/')
  const members = components[section]
  if (!isObject(members) || !(name in members)) throw new Error(`The description has no ${reference}.`)
  return section === 'responses' ? stripResponse(members[name]) : strip(members[name])
}

const cutComponents = (components: JsonObject, paths: JsonObject): JsonObject => {
  const references = new Set(refusalSchemas)
  addReferences(paths, references)
  const found = new Map<string, unknown>()
  // A Set grows while it is walked, so this also visits what the components refer to.
  for (const reference of references) {
    const component = componentAt(components, reference)
    found.set(reference, component)
    addReferences(component, references)
  }
  const cut: JsonObject = {}
  for (const [section, members] of Object.entries(components)) {
    const kept = Object.keys(members as JsonObject)
      .map((name) => [name, found.get(`#/components/${section}/${name}`)])
      .filter(([, component]) => component !== undefined)
    if (kept.length > 0) cut[section] = Object.fromEntries(kept)
  }
  return cut
}

/**
 * The part of an OpenAPI description that this project uses, in the order of the source and without prose. The
 * differences of newer API versions stay beside the text they change, in `x-github-breaking-changes`.
 */
export const cutDescription = (description: JsonObject): JsonObject => {
  const { openapi, info, servers, paths, components } = description
  if (!isObject(info) || !isObject(paths) || !isObject(components)) throw new Error('This is no OpenAPI description.')
  const missing = [...keptPaths].filter((path) => !(path in paths))
  if (missing.length > 0) throw new Error(`The description has no ${missing.join(', ')}.`)
  const cutPaths = Object.fromEntries(
    Object.entries(paths)
      .filter(([path]) => keptPaths.has(path))
      .map(([path, operations]) => [path, strip(operations)]),
  )
  return {
    openapi,
    'x-source': `${openapiPackage} ${openapiVersion} ${product}`,
    info: { title: info.title, version: info.version, license: info.license },
    servers,
    paths: cutPaths,
    components: cutComponents(components, cutPaths),
  }
}

const run = (command: string, parameters: string[], folder: string): void => {
  const { status, error } = spawnSync(command, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`"${command} ${parameters.join(' ')}" failed.`, { cause: error })
}

const unpack = (folder: string): string => {
  run('npm', ['pack', '--silent', `${openapiPackage}@${openapiVersion}`], folder)
  const [tarball] = readdirSync(folder)
  if (tarball === undefined) throw new Error(`npm pack left nothing of ${openapiPackage}@${openapiVersion}.`)
  run('tar', ['-xzf', tarball, `package/${descriptionFile}`, 'package/package.json', 'package/LICENSE'], folder)
  return join(folder, 'package')
}

const writeCut = (unpacked: string): void => {
  const { version } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as { version: string }
  if (version !== openapiVersion) throw new Error(`The folder holds version ${version}, not ${openapiVersion}.`)
  const target = fileURLToPath(new URL('../simulator/openapi/', import.meta.url))
  const cut = cutDescription(JSON.parse(readFileSync(join(unpacked, descriptionFile), 'utf8')))
  const text = `${JSON.stringify(cut, null, 1)}\n`
  writeFileSync(join(target, 'actions.json'), text)
  copyFileSync(join(unpacked, 'LICENSE'), join(target, 'LICENSE'))
  console.log(`simulator/openapi/actions.json: ${keptPaths.size} paths, ${Buffer.byteLength(text)} bytes`)
}

if (import.meta.main) {
  const [givenFolder] = process.argv.slice(2)
  const temporary = mkdtempSync(join(tmpdir(), 'cut-openapi-'))
  try {
    writeCut(givenFolder ?? unpack(temporary))
  } finally {
    rmSync(temporary, { recursive: true })
  }
}
