import { join } from 'node:path'
import type { Exchange } from '../../simulator/index.ts'
import { DEFAULT_TOKEN } from '../../simulator/index.ts'
import { type ActionEnd, runAction } from '../../simulator/runner.ts'
import { createLogView, type LogLine } from './log-view.ts'
import { ENDINGS, type Ending, REVIEWER_TOKEN, type Stage } from './story.ts'
import { type ActionMetadata, type Contexts, resolveInputs, type WorkflowStep } from './workflow.ts'

/** A step that was played. */
export interface Scene {
  /** From 1. */
  number: number
  step: WorkflowStep
  end: ActionEnd
  ending: Ending
  log: LogLine[]
  requests: Exchange[]
  /** Where the step did not end as the story has it; a sentence each. */
  problems: string[]
}

/** Where a play takes place. */
export interface Theatre {
  stage: Stage
  action: ActionMetadata
  /** Folder for the files of the steps. */
  folder: string
  /** Is told each line of a step's log as it comes. */
  show(line: LogLine): void
}

/** What the expressions of the next step can refer to. */
function contextsAfter({ stage }: Theatre, scenes: readonly Scene[]): Contexts {
  return {
    github: { token: DEFAULT_TOKEN, repository: stage.repository, event: stage.event },
    secrets: { REVIEWER_TOKEN },
    steps: Object.fromEntries(scenes.map(({ step, end }) => [step.id, { outputs: end.outputs }])),
  }
}

function environment({ simulator, repository, ownRun, event }: Stage): Record<string, string> {
  return {
    GITHUB_API_URL: simulator.apiUrl,
    GITHUB_SERVER_URL: simulator.serverUrl,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: String(ownRun.id),
    GITHUB_EVENT_NAME: 'workflow_run',
    GITHUB_ACTOR: 'octocat',
    GITHUB_SHA: event.workflow_run.head_sha,
  }
}

/** Where the end of a step differs from the story; a sentence each. */
export function compare(
  end: Pick<ActionEnd, 'exitCode' | 'outputs'>,
  { passes, outputs = {}, reasons }: Ending,
): string[] {
  const problems: string[] = []
  const expected = passes ? 0 : 1
  if (end.exitCode !== expected) problems.push(`its exit code is ${end.exitCode}, not ${expected}`)
  for (const [name, value] of Object.entries(outputs)) {
    if (end.outputs[name] !== value) problems.push(`its output ${name} is ${end.outputs[name]}, not ${value}`)
  }
  const { runs = [] } = JSON.parse(end.outputs.result ?? '{}') as { runs?: { reason: string | null }[] }
  const given = runs.map(({ reason }) => reason)
  if (reasons && JSON.stringify(given) !== JSON.stringify(reasons)) {
    problems.push(`its reasons are ${JSON.stringify(given)}, not ${JSON.stringify(reasons)}`)
  }
  return problems
}

/** Runs a step of the workflow as a runner would, after the scenes that were played before it. */
export async function playStep(theatre: Theatre, step: WorkflowStep, before: readonly Scene[]): Promise<Scene> {
  const { stage, action, folder, show } = theatre
  const ending = ENDINGS[step.id]
  if (ending === undefined) throw new Error(`the story does not say how step ${step.id} ends`)
  stage.before[step.id]?.()
  const number = before.length + 1
  const log: LogLine[] = []
  const view = createLogView((line) => {
    log.push(line)
    show(line)
  })
  const asked = stage.simulator.requests.length
  const end = await runAction({
    main: action.main,
    inputs: resolveInputs(step, action, contextsAfter(theatre, before)),
    folder: join(folder, 'steps', `${number}-${step.id}`),
    workspace: join(folder, 'workspace'),
    env: environment(stage),
    event: stage.event,
    onOutput: (text) => view.write(text),
  })
  view.end()
  const requests = stage.simulator.requests.slice(asked)
  return { number, step, end, ending, log, requests, problems: compare(end, ending) }
}
