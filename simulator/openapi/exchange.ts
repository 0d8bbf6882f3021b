/** One request and the answer to it, as seen by the server. */
export type Exchange = {
  readonly method: string
  /** Without the base path of the API, e.g. `/repos/octo/hello/actions/runs/1`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly requestHeaders: Headers
  /** Parsed JSON; undefined, null or an empty string when nothing was sent. */
  readonly requestBody: unknown
  /** 0 while there is no answer. */
  readonly status: number
  readonly responseHeaders: Headers
  /** Parsed JSON, or the text of an answer that is none. */
  readonly responseBody: unknown
  /** The API, or the storage that logs are fetched from. */
  readonly host: 'api' | 'storage'
}

type Headers = Readonly<Record<string, string | undefined>>

/** The value of a header, whatever the case of its name. */
export const headerOf = (headers: Headers, name: string): string | undefined => {
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name)
  return found === undefined ? undefined : headers[found]
}

/** True when nothing was sent as a body. */
export const isEmptyBody = (body: unknown): boolean => body === undefined || body === null || body === ''
