import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { startTimer } from '../clock.ts'
import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { describeBreak, isRequestError } from '../github/refusals.ts'
import { jitter } from '../github/retry.ts'
import { type ByteBudget, tooLarge } from './archive.ts'

/** Asks the API for logs: it answers with a redirect to a signed URL, which is good for a minute. */
export type AskForLogs = () => Promise<{ status: number; headers: { location?: string | undefined } }>

const MOVED = [301, 307, 308]

/** A redirect to the API itself is no signed URL: the repository has another name now, and is asked again there. */
async function askWhereItIs({ github }: Context, ask: AskForLogs): ReturnType<AskForLogs> {
  const answer = await ask()
  const { location = '' } = answer.headers
  if (!MOVED.includes(answer.status) || !location.startsWith(`${github.apiUrl}/`)) return answer
  return github.request(`GET ${location}`, { request: { redirect: 'manual' } })
}

const MAX_TRIES = 3
const RETRY_DELAY_MS = 1_000
const PROGRESS_INTERVAL_MS = 5_000

/** The storage has this long to begin its answer, and to send the next piece of it. */
const SILENCE_MS = 30_000

/**
 * The signed URL of logs. It lets anybody read them, so it is masked at once.
 *
 * @throws OperationError `logs-expired` (410) or `logs-unavailable` (404); other refusals as they are
 */
async function signedUrl(context: Context, ask: AskForLogs, what: string): Promise<URL> {
  try {
    const { location } = (await askWhereItIs(context, ask)).headers
    if (!location || !URL.canParse(location)) {
      throw new OperationError(
        'logs-unavailable',
        `The server did not say where the log of ${what} is. Try again later.`,
      )
    }
    const url = new URL(location)
    context.addSecret(url.href)
    if (url.search.length > 1) context.addSecret(url.search.slice(1))
    return url
  } catch (error) {
    if (isRequestError(error) && error.status === 410) {
      throw new OperationError(
        'logs-expired',
        `The log of ${what} has expired: it is past the retention of the repository.`,
        { cause: error },
      )
    }
    if (isRequestError(error) && error.status === 404) {
      throw new OperationError(
        'logs-unavailable',
        `There is no log of ${what}: it was deleted, has expired or was never written.`,
        { cause: error },
      )
    }
    throw error
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** Says how far a long download has come, every few seconds, and ends one that is too long. */
function createProgress({ clock, log }: Context, what: string, budget: ByteBudget | undefined): Transform {
  const start = clock.now()
  let told = start
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      const now = clock.now()
      if (now - told >= PROGRESS_INTERVAL_MS) {
        told = now
        log.line(`Downloading the log of ${what}: ${megabytes(bytes)}, ${megabytes((bytes * 1000) / (now - start))}/s`)
      }
      if (budget && bytes > budget.left) done(tooLarge(budget))
      else done(null, chunk)
    },
  })
}

/** Aborts when nothing has been heard for too long. */
function createSilenceGuard({ clock, signal }: Context): { signal: AbortSignal; heard: () => void; end: () => void } {
  const controller = new AbortController()
  let end = () => {}
  const heard = () => {
    end()
    end = startTimer(clock, SILENCE_MS, () => controller.abort(new Error('the storage stopped sending')))
  }
  heard()
  return { signal: AbortSignal.any([signal, controller.signal]), heard, end: () => end() }
}

async function fetchOnce(context: Context, url: URL, { file, what, budget }: Download): Promise<void> {
  const guard = createSilenceGuard(context)
  try {
    // No header of ours: Azure refuses a request with an Authorization beside its signature, and the token is not for it.
    const response = await context.github.transport(url.href, { method: 'GET', signal: guard.signal })
    if (!response.ok || !response.body) throw new Error(`the log storage answered ${response.status}`)
    const type = response.headers.get('content-type') ?? ''
    if (/\bhtml\b/i.test(type)) throw new Error(`the log storage answered with a web page (${type})`)
    const body = Readable.fromWeb(response.body as ReadableStream)
    body.on('data', guard.heard)
    await pipeline(body, createProgress(context, what, budget), createWriteStream(file))
  } finally {
    guard.end()
  }
}

/** What is downloaded, and where to. */
interface Download {
  file: string
  /** Whose logs, as it stands in a sentence. */
  what: string
  /** Bound on the size of the file; none for an archive, whose entries are counted when they are extracted. */
  budget?: ByteBudget
}

/**
 * Downloads logs to a file, in flat memory. A signed URL that has expired or a connection that broke is answered by
 * asking for a new URL and starting again.
 *
 * @returns size of the file in bytes
 * @throws OperationError `too-large`, `logs-expired`, `logs-unavailable`, or `server-error` after the last try
 */
export async function downloadLogs(context: Context, ask: AskForLogs, download: Download): Promise<number> {
  const { file, what } = download
  const { clock, signal, log } = context
  for (let attempt = 1; ; attempt += 1) {
    const url = await signedUrl(context, ask, what)
    try {
      await fetchOnce(context, url, download)
      return (await stat(file)).size
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof OperationError) throw error
      const said = error instanceof Error ? describeBreak(error) : String(error)
      if (attempt === MAX_TRIES) {
        throw new OperationError(
          'server-error',
          `The log of ${what} could not be downloaded from ${url.host}: ${said}. Run the step again.`,
          { cause: error },
        )
      }
      log.line(`Downloading the log of ${what} failed (${said}): asking for it again.`)
      await clock.sleep(jitter(RETRY_DELAY_MS * attempt), signal)
    }
  }
}

/** Have the logs of a run been deleted, or have they expired? The redirect to them is asked for, not followed. */
export async function areLogsGone({ github, repository, addSecret }: Context, runId: number): Promise<boolean> {
  try {
    const answer = await github.actions.downloadWorkflowRunLogs({
      ...repository,
      run_id: runId,
      request: { redirect: 'manual' },
    })
    if (answer.headers.location) addSecret(answer.headers.location)
    return false
  } catch (error) {
    if (isRequestError(error) && (error.status === 404 || error.status === 410)) return true
    throw error
  }
}
