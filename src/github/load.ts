type Client = typeof import('./client.ts')

/** Never behind a proxy. */
const HARMLESS_URL = 'http://127.0.0.1'

/**
 * Loads the client, which is needed only when the inputs are right.
 *
 * `@actions/github` reads the environment as soon as it is loaded, and fails on what is broken there: GITHUB_API_URL with
 * its proxy, for a connection of its own that is never used (see transport.ts), and the event's file. So it is shown a
 * URL without a proxy, and no event.
 */
export async function loadClient(): Promise<Client> {
  const { GITHUB_API_URL, GITHUB_EVENT_PATH } = process.env
  process.env.GITHUB_API_URL = HARMLESS_URL
  delete process.env.GITHUB_EVENT_PATH
  try {
    return await import(/* webpackMode: "eager" */ './client.ts')
  } finally {
    if (GITHUB_API_URL === undefined) delete process.env.GITHUB_API_URL
    else process.env.GITHUB_API_URL = GITHUB_API_URL
    if (GITHUB_EVENT_PATH !== undefined) process.env.GITHUB_EVENT_PATH = GITHUB_EVENT_PATH
  }
}
