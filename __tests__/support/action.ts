import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Simulator } from '../../simulator/index.ts'

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

/** How a step ended. */
export interface StepEnd {
  exitCode: number | null
  stdout: string
  stderr: string
  outputs: Record<string, string>
  /** The parsed `result` output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  result: any
  summary: string
  /** Folder of the step: GITHUB_WORKSPACE. */
  workspace: string
  milliseconds: number
}

/** Reads GITHUB_OUTPUT: `name<<delimiter`, lines, `delimiter`. */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index += 1) {
    const [, name, delimiter] = /^(.+?)<<(.+)$/.exec(lines[index] ?? '') ?? []
    if (name === undefined || delimiter === undefined) continue
    const end = lines.indexOf(delimiter, index + 1)
    outputs[name] = lines.slice(index + 1, end).join('\n')
    index = end
  }
  return outputs
}

const folders: string[] = []

/** Removes the folders of all steps that were run. */
export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
}

async function prepareFolder(event: unknown) {
  const folder = await mkdtemp(join(tmpdir(), 'step-'))
  folders.push(folder)
  for (const name of ['workspace', 'temp', 'home']) await mkdir(join(folder, name))
  for (const name of ['output', 'summary', 'state', 'path', 'env']) await writeFile(join(folder, name), '')
  await writeFile(join(folder, 'event.json'), JSON.stringify(event ?? {}))
  return folder
}

function environment(step: Step, folder: string): Record<string, string> {
  const inputs = Object.entries(step.with).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(folder, 'home'),
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_PATH: join(folder, 'path'),
    GITHUB_ENV: join(folder, 'env'),
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_WORKSPACE: join(folder, 'workspace'),
    RUNNER_TEMP: join(folder, 'temp'),
    GITHUB_REPOSITORY: 'octo/hello',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_RUN_ID: '1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_SHA: '0000000000000000000000000000000000000000',
    GITHUB_SERVER_URL: 'https://github.com',
    ...step.env,
    ...Object.fromEntries(inputs),
  }
}

/** Runs the committed bundle as a runner does: a child process under Node 24, with inputs and files in its environment. */
export async function runStep(step: Step): Promise<StepEnd> {
  const folder = await prepareFolder(step.event)
  const start = performance.now()
  const child = spawn(process.execPath, [BUNDLE], {
    cwd: join(folder, 'workspace'),
    env: environment(step, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  void step.signal?.when.then(() => child.kill(step.signal?.name))
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const outputs = parseOutputs(await readFile(join(folder, 'output'), 'utf8'))
  return {
    exitCode,
    stdout,
    stderr,
    outputs,
    result: outputs.result === undefined ? undefined : JSON.parse(outputs.result),
    summary: await readFile(join(folder, 'summary'), 'utf8'),
    workspace: join(folder, 'workspace'),
    milliseconds: performance.now() - start,
  }
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
