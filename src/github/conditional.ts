import type { Octokit } from '@octokit/core'
import type { OctokitResponse } from '@octokit/types'
import { isRequestError } from './refusals.ts'

/** Answers kept at most: a run is 20 kB, and an operation may read ten thousand of them once each. */
const KEPT_ANSWERS = 500

/**
 * Turns a GET that is called with `request: { conditional: true }` into a conditional one: the last answer is kept, and
 * an unchanged one (304) is given again as it was, the same object. A 304 costs nothing of the primary rate limit.
 * Octokit throws on it; callers need not tell "unchanged" from an error.
 */
export function addConditionalRequests(octokit: Octokit): void {
  const answers = new Map<string, OctokitResponse<unknown>>()
  octokit.hook.wrap('request', async (request, options) => {
    if (options.request?.conditional !== true) return request(options)
    const { url } = octokit.request.endpoint(options)
    const last = answers.get(url)
    if (last?.headers.etag) options.headers['if-none-match'] = last.headers.etag
    try {
      const response = await request(options)
      answers.delete(url)
      answers.set(url, response)
      for (const oldest of answers.keys()) {
        if (answers.size <= KEPT_ANSWERS) break
        answers.delete(oldest)
      }
      return response
    } catch (error) {
      if (last && isRequestError(error) && error.status === 304) return last
      throw error
    }
  })
}
