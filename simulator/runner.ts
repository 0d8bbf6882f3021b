import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/** A step, as a runner starts a JavaScript action. */
export interface ActionStep {
  /** The action's main file. */
  main: string
  /** Inputs as the action gets them: the runner has filled in defaults and expressions. */
  inputs: Record<string, string>
  /** Folder for the files of the step; made if missing. */
  folder: string
  /** Default `workspace` in the folder. */
  workspace?: string
  /** Variables of the runner and of the step, over the usual ones. */
  env?: Record<string, string>
  /** Payload of the event. */
  event?: unknown
  /** Sends a signal to the step as soon as the promise resolves. */
  signal?: { name: 'SIGTERM' | 'SIGINT'; when: Promise<unknown> }
  /** Is told each piece of the step's output as it comes. */
  onOutput?(text: string): void
}

/** How a step ended. */
export interface ActionEnd {
  exitCode: number | null
  stdout: string
  stderr: string
  outputs: Record<string, string>
  /** Markdown of the job summary. */
  summary: string
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

const workspaceOf = ({ workspace, folder }: ActionStep): string => workspace ?? join(folder, 'workspace')

async function prepareFolder(step: ActionStep): Promise<void> {
  const { folder, event } = step
  for (const name of ['temp', 'home']) await mkdir(join(folder, name), { recursive: true })
  await mkdir(workspaceOf(step), { recursive: true })
  for (const name of ['output', 'summary', 'state', 'path', 'env']) await writeFile(join(folder, name), '')
  await writeFile(join(folder, 'event.json'), JSON.stringify(event ?? {}))
}

function environment(step: ActionStep): Record<string, string> {
  const { folder, env, inputs } = step
  const inputVariables = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(folder, 'home'),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_PATH: join(folder, 'path'),
    GITHUB_ENV: join(folder, 'env'),
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_WORKSPACE: workspaceOf(step),
    RUNNER_TEMP: join(folder, 'temp'),
    GITHUB_REPOSITORY: 'octo/hello',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_RUN_ID: '1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_SHA: '0000000000000000000000000000000000000000',
    GITHUB_SERVER_URL: 'https://github.com',
    ...env,
    ...Object.fromEntries(inputVariables),
  }
}

/**
 * Runs an action as a runner does: a process of its own under this Node, with inputs and files in its environment and
 * nothing else of ours.
 */
export async function runAction(step: ActionStep): Promise<ActionEnd> {
  await prepareFolder(step)
  const start = performance.now()
  const child = spawn(process.execPath, [step.main], {
    cwd: workspaceOf(step),
    env: environment(step),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
      step.onOutput?.(text)
    })
  }
  void step.signal?.when.then(() => child.kill(step.signal?.name))
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return {
    exitCode,
    ...written,
    outputs: parseOutputs(await readFile(join(step.folder, 'output'), 'utf8')),
    summary: await readFile(join(step.folder, 'summary'), 'utf8'),
    workspace: workspaceOf(step),
    milliseconds: performance.now() - start,
  }
}
