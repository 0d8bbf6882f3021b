type Client = typeof import('./client.ts')

/**
 * Loads the client, which is needed only when the inputs are right.
 *
 * `@actions/github` reads the environment as soon as it is loaded: GITHUB_API_URL, by which it chooses the proxy, and
 * the event's file, on which it fails when that is broken. So it is shown the API that is really talked to, and no event.
 *
 * @param apiUrl base URL of the API
 */
export async function loadClient(apiUrl: string): Promise<Client> {
  const { GITHUB_API_URL, GITHUB_EVENT_PATH } = process.env
  process.env.GITHUB_API_URL = apiUrl
  delete process.env.GITHUB_EVENT_PATH
  try {
    return await import(/* webpackMode: "eager" */ './client.ts')
  } finally {
    if (GITHUB_API_URL === undefined) delete process.env.GITHUB_API_URL
    else process.env.GITHUB_API_URL = GITHUB_API_URL
    if (GITHUB_EVENT_PATH !== undefined) process.env.GITHUB_EVENT_PATH = GITHUB_EVENT_PATH
  }
}
