import { readFileSync } from 'node:fs'

/** What the runner says of the workflow run that the step is part of. */
export interface Trigger {
  /** `owner/repo`; undefined outside a workflow. */
  repository: string | undefined
  runId: number | undefined
  eventName: string | undefined
  sha: string | undefined
  actor: string | undefined
  /** `https://github.com` or the GHES instance, without trailing slash. */
  serverUrl: string
  /** Run of a `workflow_run` event. */
  eventRunId: number | undefined
  /** Head commit of the pull request, in events of pull requests. */
  pullRequestSha: string | undefined
}

interface EventPayload {
  workflow_run?: { id?: unknown }
  pull_request?: { head?: { sha?: unknown } }
}

/** The payload is a convenience: a missing or broken file is the same as none. */
function readPayload(path: string | undefined): EventPayload {
  if (!path) return {}
  try {
    const payload: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof payload === 'object' && payload !== null ? payload : {}
  } catch {
    return {}
  }
}

/**
 * Reads the environment of the step.
 *
 * @param env https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function readTrigger(env: NodeJS.ProcessEnv): Trigger {
  const payload = readPayload(env.GITHUB_EVENT_PATH)
  const eventRun = payload.workflow_run?.id
  const sha = payload.pull_request?.head?.sha
  return {
    repository: env.GITHUB_REPOSITORY || undefined,
    runId: Number(env.GITHUB_RUN_ID) || undefined,
    eventName: env.GITHUB_EVENT_NAME || undefined,
    sha: env.GITHUB_SHA || undefined,
    actor: env.GITHUB_ACTOR || undefined,
    serverUrl: (env.GITHUB_SERVER_URL || 'https://github.com').replace(/\/+$/, ''),
    eventRunId: env.GITHUB_EVENT_NAME === 'workflow_run' && typeof eventRun === 'number' ? eventRun : undefined,
    pullRequestSha: typeof sha === 'string' ? sha : undefined,
  }
}
