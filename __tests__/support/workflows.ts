import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '../..')

/** A step of a workflow file. */
export interface WorkflowStep {
  id?: string
  if?: string
  uses?: string
  run?: string
  env?: Record<string, string>
  with?: Record<string, unknown>
}

/** A job of a workflow file. */
export interface WorkflowJob {
  if?: string
  permissions?: Record<string, string>
  strategy?: { matrix: Record<string, string> }
  'timeout-minutes'?: number
  steps: WorkflowStep[]
}

/** A workflow file. */
export interface Workflow {
  on: Record<string, unknown>
  permissions?: Record<string, string>
  jobs: Record<string, WorkflowJob>
}

/** The workflow files of a folder: their texts by name. */
export function readWorkflows(folder: string): Record<string, string> {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.yml'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(ROOT, folder, name), 'utf8')]))
}

/** One workflow out of docs/examples. */
export const readExample = (name: string): Workflow =>
  parse(readFileSync(join(ROOT, 'docs/examples', name), 'utf8')) as Workflow

/** Does the step use this action? */
export const isThisAction = ({ uses }: WorkflowStep): boolean => uses === 'OWNER/workflow-run-operations@v1'

/** The inputs of the steps of a job that use this action, with its expressions filled in. */
export function inputsOf(job: WorkflowJob | undefined, values: Record<string, string>): Record<string, string>[] {
  const fill = (text: string) => text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_all, name: string) => values[name] ?? '')
  return (job?.steps ?? [])
    .filter(isThisAction)
    .map(({ with: inputs = {} }) =>
      Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, fill(String(value))])),
    )
}
