/** What goes back to the client. */
export interface Answer {
  status: number
  /** JSON body. */
  body?: unknown
  /** The body as it is sent: of `body`, if that is serialised already, or of anything that is no JSON. */
  bytes?: Buffer
  headers?: Record<string, string>
}
