import { CONCLUSIONS } from '../runs/status.ts'
import { createdRange } from './created.ts'
import { defaulting, optional, required, withDefault } from './declaration.ts'
import {
  apiUrl,
  apiVersion,
  attemptNumber,
  choice,
  duration,
  flag,
  integer,
  list,
  repositoryName,
  secretText,
  statuses,
  text,
  words,
} from './kinds.ts'
import { runReferences } from './references.ts'

/** Inputs of every operation. */
export const commonInputs = {
  token: {
    ...required(secretText, 'Token for the REST API; masked as soon as it is read.'),
    runnerDefault: 'github.token',
    secret: true,
  },
  repository: {
    ...required(repositoryName, 'Repository of the runs, `owner/repo`.'),
    runnerDefault: 'github.repository',
  },
  'api-url': optional(
    apiUrl,
    'Base URL of the REST API, for example `https://HOSTNAME/api/v3`. Unset: `GITHUB_API_URL`, the server that the workflow runs on.',
  ),
  'api-version': withDefault(
    apiVersion,
    'API version, sent as `X-GitHub-Api-Version`. Where the server does not know it (GHES before 3.21), `2022-11-28` is used with a notice.',
    '2026-03-10',
  ),
  timeout: withDefault(
    duration(1000),
    'How long the whole operation may take: waits, retries and rate-limit pauses together.',
    '1h',
  ),
  summary: withDefault(flag, 'Write a job summary.', 'true'),
}

/** Names runs directly. */
export const runId = optional(
  runReferences,
  'Runs to act on: ids or run URLs, between commas or white space. Unset: the filters decide, else the run of a `workflow_run` event.',
)

/** What to do when nothing matches. */
export const ifNoRunsFound = withDefault(
  choice('error', 'warn', 'ignore'),
  'What to do when no run is found: `error` fails the step, `warn` adds a warning, `ignore` only says so in the log.',
  'ignore',
)

/** Filters that choose runs. They are sent to the server where it has them, and checked again on its answer. */
export const filterInputs = {
  workflow: optional(list, 'Only runs of these workflows: file names (`ci.yml`), paths, ids or display names.'),
  branch: optional(text, 'Only runs of this head branch, a name or a glob such as `release/*`.'),
  event: optional(text, 'Only runs triggered by this event, for example `push`.'),
  actor: optional(text, 'Only runs started by this login.'),
  'head-sha': optional(text, 'Only runs of this commit.'),
  'check-suite-id': optional(integer(1), 'Only runs of this check suite.'),
  status: optional(statuses, 'Only runs with one of these statuses or conclusions.'),
  created: optional(createdRange, 'Only runs created in this span, in GitHub date syntax.'),
  'exclude-pull-requests': withDefault(flag, 'Ask the server to leave `pull_requests` empty.', 'false'),
  'older-than': optional(duration(), 'Only runs created longer ago than this.'),
  'newer-than': optional(duration(), 'Only runs created less long ago than this.'),
  'exclude-branches': optional(list, 'Branches, names or globs, whose runs are never touched.'),
  limit: optional(integer(1), 'At most this many runs, newest first.'),
}

/** Everything that selects runs. */
export const selectionInputs = { 'run-id': runId, ...filterInputs, 'if-no-runs-found': ifNoRunsFound }

/** The same for an operation that must not end green when it found nothing to act on. */
export const requiredSelectionInputs = {
  ...selectionInputs,
  'if-no-runs-found': defaulting(ifNoRunsFound, 'error'),
}

/** Inputs of every operation that writes. */
export const writeInputs = {
  'dry-run': withDefault(flag, 'Plan and report, but send no write.', 'false'),
  'write-rate': withDefault(
    integer(1, 900),
    'Most writes in any 60 seconds. A write costs 5 of the 900 points a minute that GitHub allows. Ignored on servers without rate limits.',
    '170',
  ),
}

/** Length of the excerpts of failed steps. */
export const excerptLines = withDefault(
  integer(0, 1000),
  'Lines around the error of each failed step, in the summary and in `failures` of `result`; 0 turns it off.',
  '0',
)

/** Attempts of a run. */
export const attempt = optional(
  attemptNumber,
  'Attempt of the run; for `download-logs` also `all`, the newest log of every job over all attempts. Unset: the latest.',
)

/** Names jobs of a run. */
export const jobName = optional(text, 'Name of a job, or a glob over the names of jobs.')

/** Wait for the effect of a write. */
export const wait = withDefault(
  flag,
  'After the write, wait until the run (a re-run: its new attempt) has completed.',
  'false',
)

const maxAttempts = optional(
  integer(1, 51),
  'No re-run of a run that is already at this attempt. GitHub itself allows 50 re-runs.',
)

/** Inputs of whatever waits. */
export const waitInputs = {
  'poll-interval': withDefault(
    duration(1000),
    'First interval between two looks; it grows by 1.2 to six times itself, with 20 % jitter.',
    '10s',
  ),
  'success-conclusions': withDefault(words(CONCLUSIONS), 'Conclusions that pass.', 'success, neutral, skipped'),
}

/** How long something may take to come into being. */
export const appearTimeout = withDefault(
  duration(),
  'How long the run, or the pending environment, may take to appear.',
  '2m',
)

/** Escalation of a cancel that has no effect. */
export const forceAfter = optional(
  duration(1000),
  'Force-cancel a cancelled run that has still not completed after this long.',
)

/** Inputs of the operations that review pending deployments. */
export const reviewInputs = {
  ...requiredSelectionInputs,
  ...writeInputs,
  'poll-interval': waitInputs['poll-interval'],
  environment: optional(
    list,
    'Environments, names or globs (of a custom protection rule: one name). Unset: all that wait and that the token may review.',
  ),
  comment: optional(text, 'Comment of the review. Unset: `Approved by <run URL>` or `Rejected by <run URL>`.'),
  'appear-timeout': defaulting(appearTimeout, '0s'),
}

/** Inputs of the operations that re-run. */
export const rerunInputs = {
  ...writeInputs,
  ...waitInputs,
  wait,
  'max-attempts': maxAttempts,
  'enable-debug-logging': withDefault(flag, 'Re-run with debug logging.', 'false'),
}

/** Inputs of the operations that read runs by their ids. */
export const readInputs = { 'run-id': runId, 'if-no-runs-found': defaulting(ifNoRunsFound, 'error') }

/** Inputs of the operations that cancel. */
export const cancelInputs = { ...selectionInputs, ...writeInputs, ...waitInputs, wait }

/** Inputs of the operations that delete. */
export const cleanUpInputs = {
  ...selectionInputs,
  ...writeInputs,
  'keep-latest': withDefault(
    integer(0),
    'Keep the newest N completed runs of each workflow and branch, counted before `older-than`, `newer-than`, `created`, `status` and `limit` narrow the choice.',
    '0',
  ),
}
