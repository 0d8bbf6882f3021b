import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** A step of the workflow that uses the action. */
export interface WorkflowStep {
  id: string
  name: string
  with: Record<string, unknown>
}

/** What action.yml says, as far as a runner needs it. */
export interface ActionMetadata {
  /** Absolute path of the main file. */
  main: string
  /** Default of each input, `''` where it has none. */
  defaults: Map<string, string>
}

/** What `${{ }}` expressions can refer to: `github`, `secrets`, `steps`. */
export type Contexts = Record<string, unknown>

/** Reads the steps of the only job of a workflow. */
export async function readWorkflow(path: string): Promise<{ name: string; steps: WorkflowStep[] }> {
  const { name, jobs } = parse(await readFile(path, 'utf8')) as {
    name: string
    jobs: Record<string, { steps: WorkflowStep[] }>
  }
  return { name, steps: Object.values(jobs).flatMap((job) => job.steps) }
}

/** Reads the action.yml in a folder. */
export async function readAction(folder: string): Promise<ActionMetadata> {
  const { inputs, runs } = parse(await readFile(join(folder, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: unknown }>
    runs: { main: string }
  }
  const defaults = Object.entries(inputs).map(([name, input]): [string, string] => [name, String(input.default ?? '')])
  return { main: join(folder, runs.main), defaults: new Map(defaults) }
}

function lookUp(path: string, contexts: Contexts): string {
  const value = path
    .split('.')
    .reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], contexts)
  if (value === undefined) throw new Error(`the expression \${{ ${path} }} has no value`)
  return String(value)
}

/**
 * Fills in the `${{ }}` expressions of a text. GitHub knows more of them than the paths that are understood here, and
 * makes an unknown one empty; here it is an error, so that a mistake in the workflow is seen.
 */
export function evaluate(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_all, expression: string) => lookUp(expression.trim(), contexts))
}

/** The inputs as the runner hands them to the action: what the step sets, else the default in action.yml. */
export function resolveInputs(step: WorkflowStep, action: ActionMetadata, contexts: Contexts): Record<string, string> {
  const unknown = Object.keys(step.with).filter((name) => !action.defaults.has(name))
  if (unknown.length > 0) throw new Error(`step ${step.id}: action.yml has no input ${unknown.join(', ')}`)
  const inputs = [...action.defaults].map(([name, value]) => [
    name,
    evaluate(String(step.with[name] ?? value), contexts),
  ])
  return Object.fromEntries(inputs)
}
