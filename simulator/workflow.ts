import type { WorkflowSpec } from './spec.ts'

/** A workflow file of a repository. */
export interface Workflow {
  readonly id: number
  readonly path: string
  readonly name: string
  readonly state: NonNullable<WorkflowSpec['state']>
  /** Epoch ms. */
  readonly createdAt: number
  /** `run_number` of its newest run. */
  lastNumber: number
}

/** The path of a workflow that may be given by file name only. */
export function workflowPath(name: string): string {
  return name.includes('/') ? name : `.github/workflows/${name}`
}

/** A display name for a workflow that was given none: ci.yml is CI, deploy.yml is Deploy. */
export function workflowTitle(path: string): string {
  const base = fileName(path).replace(/\.ya?ml$/, '')
  return base.length <= 3 ? base.toUpperCase() : base.charAt(0).toUpperCase() + base.slice(1)
}

/** Last part of a path: what the API takes in place of a workflow id. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
