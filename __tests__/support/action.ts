import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Simulator } from '../../simulator/index.ts'
import { type ActionEnd, runAction } from '../../simulator/runner.ts'

export { parseOutputs } from '../../simulator/runner.ts'

const BUNDLE = join(import.meta.dirname, '../../dist/index.js')

/** A step of a workflow: what a runner would start the action with. */
export interface Step {
  /** Inputs by name, as under `with:`. */
  with: Record<string, string>
  env?: Record<string, string>
  /** The event's payload. */
  event?: unknown
  /** Sends a signal to the step after this many milliseconds, or as soon as the promise resolves. */
  signal?: { name: 'SIGTERM' | 'SIGINT'; when: Promise<unknown> }
}

/** How a step ended; its workspace is GITHUB_WORKSPACE. */
export interface StepEnd extends ActionEnd {
  /** The parsed `result` output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  result: any
}

const folders: string[] = []

/** Removes the folders of all steps that were run. */
export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
}

/** Runs the committed bundle as a runner does: a child process under Node 24, with inputs and files in its environment. */
export async function runStep({ with: inputs, ...step }: Step): Promise<StepEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'step-'))
  folders.push(folder)
  const end = await runAction({ ...step, main: BUNDLE, inputs, folder })
  return { ...end, result: end.outputs.result === undefined ? undefined : JSON.parse(end.outputs.result) }
}

/** Runs a step against a simulator, with a token that may do everything unless another is given. */
export function runAgainst(simulator: Simulator, step: Step): Promise<StepEnd> {
  return runStep({
    ...step,
    with: { token: 'simulator-token', repository: 'octo/hello', ...step.with },
    env: { GITHUB_API_URL: simulator.apiUrl, GITHUB_SERVER_URL: simulator.serverUrl, ...step.env },
  })
}

/** Method and path of each request to the API, in order. */
export const requestLines = (simulator: Simulator): string[] =>
  simulator.requests
    .filter(({ host }) => host === 'api')
    .map(({ method, path }) => `${method} ${path.replace('/repos/octo/hello/actions/', '')}`)

/** Names of all files below a folder, sorted. */
export async function listFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
