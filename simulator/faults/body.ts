import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const PIECES = 4

/** Real milliseconds between two pieces of a slow body. */
const PACE_MS = 15

/** Sends a body in a few pieces, with pauses between them. */
export async function sendSlowly(response: ServerResponse, bytes: Buffer): Promise<void> {
  const size = Math.ceil(bytes.length / PIECES) || 1
  for (let start = 0; start < bytes.length; start += size) {
    response.write(bytes.subarray(start, start + size))
    await sleep(PACE_MS)
  }
  response.end()
}

/** Sends the beginning of a body. @param breaks the connection breaks then; otherwise nothing more comes, ever */
export function sendPart(response: ServerResponse, part: Buffer, breaks: boolean): void {
  response.flushHeaders()
  response.write(part, () => breaks && response.socket?.destroy())
}
