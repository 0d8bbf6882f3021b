import type { Answer } from './answer.ts'

/** One way in which GitHub says no. */
export interface Refusal {
  status: number
  message: string
  /** A string where GitHub sends a string. */
  errors?: string
}

const validation = (errors: string): Refusal => ({ status: 422, message: 'Validation Failed', errors })

/**
 * Each refusal once, with GitHub's own words. They were collected from field reports and GitHub's documents; those
 * marked "text unknown" were never seen and are the likeliest guess.
 */
export const refusals = {
  badCredentials: { status: 401, message: 'Bad credentials' },
  requiresAuthentication: { status: 401, message: 'Requires authentication' },
  notFound: { status: 404, message: 'Not Found' },
  notForIntegration: { status: 403, message: 'Resource not accessible by integration' },
  notForPersonalToken: { status: 403, message: 'Resource not accessible by personal access token' },
  /** The text says admin; the write role is enough. */
  needsAdmin: { status: 403, message: 'Must have admin rights to Repository.' },
  rateLimited: { status: 403, message: 'API rate limit exceeded for installation ID 1.' },
  /** GHES without rate limits. */
  noRateLimit: { status: 404, message: 'Rate limiting is not enabled.' },
  badJson: { status: 400, message: 'Problems parsing JSON' },
  notAnObject: { status: 400, message: 'Body should be a JSON object' },

  /** Also for queued, pending and waiting runs, and right after another re-run. */
  alreadyRunning: { status: 403, message: 'This workflow is already running' },
  /** Wording of rerun. */
  tooOldToRerun: {
    status: 403,
    message: 'Unable to re-run this workflow run because it was created over a month ago',
  },
  /** Wording of rerun-failed-jobs. */
  tooOldToRetry: {
    status: 403,
    message: 'Unable to retry this workflow run because it was created over a month ago',
  },
  /** No jobs, dynamic events, logs past retention; assumed for the cap of 50 re-runs and for nothing failed (text unknown). */
  cannotRetry: { status: 403, message: 'This workflow run cannot be retried' },

  completed: { status: 409, message: 'Cannot cancel a workflow run that is completed.' },
  notQueuedYet: { status: 409, message: 'Cannot cancel a workflow run that has not been queued yet.' },
  rerunNotQueuedYet: { status: 409, message: 'Cannot cancel a workflow re-run that has not yet queued.' },

  /** Documented exception for runs older than two weeks: field reports do not confirm it for stuck runs. */
  cannotDelete: { status: 403, message: 'Could not delete the workflow run' },
  /** Text unknown. */
  cannotDeleteLogs: { status: 403, message: 'Could not delete the workflow run logs' },
  logsExpired: { status: 410, message: 'Server Error' },

  nothingToReview: validation('No pending deployment requests to approve or reject'),
  gateRace: validation('There was a problem approving one of the gates'),
  alreadyReviewed: validation('Deployment protection rule has already been reviewed'),

  /** Unfiltered past 40,000 results, undocumented; also the '422' flavour of filtered past 1,000. */
  tooDeep: {
    status: 422,
    message: 'In order to keep the API fast for everyone, pagination is limited for this resource.',
  },
} as const satisfies Record<string, Refusal>

/** The refusal of an X-GitHub-Api-Version that the server does not know; `supported` is newest last. */
export function unsupportedVersion(version: string, supported: string[]): Refusal {
  const list = supported.toReversed().map((known, index) => (index === 0 ? `"${known}" (most recent)` : `"${known}"`))
  return {
    status: 400,
    message:
      `The version you specified in the "X-GitHub-API-Version" request header, "${version}", is not a supported ` +
      `version. The following versions are currently supported: ${list.join(', ')}.`,
  }
}

/** The refusal of a body with missing keys or wrong types. */
export function invalidRequest(details: string[]): Refusal {
  return { status: 422, message: `Invalid request.\n\n${details.join('\n')}` }
}

/** A refusal as an answer. The server adds documentation_url. */
export function refuse(refusal: Refusal): Answer {
  const { status, message, errors } = refusal
  return { status, body: { message, ...(errors === undefined ? {} : { errors }), status: String(status) } }
}
