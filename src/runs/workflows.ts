import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { readWholeList } from '../github/pages.ts'
import type { Run } from './run.ts'

/** A workflow as the inputs name it, resolved as far as it had to be. */
export interface WorkflowChoice {
  /** As it stands in the input. */
  name: string
  /** What the API takes in the place of `{workflow_id}`: an id or a file name. */
  endpointId: string
  /** It has been seen in the list of the repository's workflows. */
  isKnown?: boolean
  isOf(run: Run): boolean
}

interface WorkflowFacts {
  id: number
  name: string
  path: string
}

const DIRECTORY = '.github/workflows/'

/** File name of a workflow that is named by its file, with or without the folder. */
function fileName(name: string): string | undefined {
  const file = name.startsWith(DIRECTORY) ? name.slice(DIRECTORY.length) : name
  return /^[^/]+\.ya?ml$/.test(file) ? file : undefined
}

function byFileOrId(name: string): WorkflowChoice | undefined {
  const file = fileName(name)
  if (file) return { name, endpointId: file, isOf: (run) => run.path?.endsWith(`${DIRECTORY}${file}`) ?? true }
  if (!/^\d+$/.test(name)) return undefined
  return { name, endpointId: name, isOf: (run) => String(run.workflowId) === name }
}

async function listWorkflows(context: Context): Promise<WorkflowFacts[]> {
  const { owner, repo } = context.repository
  const items = await readWholeList(context, `/repos/${owner}/${repo}/actions/workflows`, 'workflows')
  return items as WorkflowFacts[]
}

const describe = (workflows: WorkflowFacts[]): string =>
  workflows.map(({ name, path }) => `${oneLine(name)} (${oneLine(path)})`).join(', ') || 'none'

function byDisplayName(name: string, workflows: WorkflowFacts[]): WorkflowChoice {
  const found = workflows.filter((workflow) => workflow.name === name || workflow.path === name)
  const only = found[0]
  if (only === undefined) {
    throw new OperationError(
      'not-found',
      `No workflow is called ${JSON.stringify(oneLine(name))}. The repository has: ${describe(workflows)}.`,
    )
  }
  if (found.length > 1) {
    throw new OperationError(
      'not-found',
      `${found.length} workflows are called ${JSON.stringify(oneLine(name))}: ${describe(found)}. Name the file instead.`,
    )
  }
  return { name, endpointId: String(only.id), isKnown: true, isOf: (run) => run.workflowId === only.id }
}

/**
 * Finds out which workflows are meant. Only display names cost a request, one for all of them.
 *
 * @param names file names, paths, ids or display names
 * @throws OperationError (`not-found`) for a name that no workflow has, or more than one; it lists the candidates
 */
export async function resolveWorkflows(context: Context, names: readonly string[]): Promise<WorkflowChoice[]> {
  const choices = names.map((name) => byFileOrId(name))
  if (choices.every((choice) => choice !== undefined)) return choices
  const workflows = await listWorkflows(context)
  return names.map((name, index) => choices[index] ?? byDisplayName(name, workflows))
}

const noSuchWorkflow = (name: string, workflows: WorkflowFacts[]): OperationError =>
  new OperationError(
    'not-found',
    `The repository has no workflow ${JSON.stringify(oneLine(name))}. It has: ${describe(workflows)}.`,
  )

/** The error for a workflow that the API does not know: it lists those that exist, if they may be listed. */
export async function unknownWorkflow(context: Context, name: string): Promise<OperationError> {
  const workflows = await listWorkflows(context).catch(() => undefined)
  if (workflows) return noSuchWorkflow(name, workflows)
  return new OperationError(
    'not-found',
    `GitHub knows no workflow ${JSON.stringify(oneLine(name))} here, or the token may not see it: it needs the permission \`actions: read\`.`,
  )
}

/**
 * Tells workflows without a run from misspelt ones, where no list of their own has done so.
 *
 * @throws OperationError (`not-found`) for one that does not exist; it lists those that do
 */
export async function assertWorkflowsExist(context: Context, choices: readonly WorkflowChoice[]): Promise<void> {
  const unsure = choices.filter(({ isKnown }) => !isKnown)
  if (unsure.length === 0) return
  const workflows = await listWorkflows(context).catch(() => undefined)
  // An extra: where the list of workflows may not be read, the runs that were found still count.
  if (!workflows) return
  const exists = ({ endpointId }: WorkflowChoice) =>
    workflows.some(({ id, path }) => String(id) === endpointId || path === `${DIRECTORY}${endpointId}`)
  const unknown = unsure.find((choice) => !exists(choice))
  if (unknown) throw noSuchWorkflow(unknown.name, workflows)
}
