import { createHash, randomBytes } from 'node:crypto'
import type { Answer } from './answer.ts'
import { toIso } from './clock.ts'
import type { Incoming } from './host.ts'
import type { Timeline } from './timeline.ts'
import type { World } from './world.ts'

/** Life of a signed URL in simulated ms: "expires after 1 minute". */
const SIGNED_FOR = 60_000

interface StoredObject {
  signature: string
  expiresAt: number
  type: string
  fileName: string
  content: () => Buffer
  cached?: Buffer
}

/** What is behind signed URLs: log archives and job logs. */
export class Storage {
  readonly #timeline: Timeline
  readonly #objects = new Map<string, StoredObject>()

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  /** Signs a URL path for a file that is built when it is fetched first. */
  sign(fileName: string, type: string, content: () => Buffer): string {
    this.#forgetOld()
    const key = randomBytes(16).toString('hex')
    const signature = randomBytes(32).toString('base64url')
    const expiresAt = this.#timeline.now() + SIGNED_FOR
    this.#objects.set(key, { signature, expiresAt, type, fileName, content })
    const query = new URLSearchParams({ sv: '2026-02-06', se: toIso(expiresAt), sr: 'b', sp: 'r', signature })
    return `/logs/${key}?${query}`
  }

  find(key: string): StoredObject | undefined {
    return this.#objects.get(key)
  }

  /** Long after expiry the answer is the same without the object. */
  #forgetOld(): void {
    for (const [key, { expiresAt }] of this.#objects) {
      if (expiresAt + 60 * SIGNED_FOR < this.#timeline.now()) this.#objects.delete(key)
    }
  }
}

/**
 * Answers like Azure Blob Storage: a signed URL is all the authentication there is, and an Authorization header beside
 * it is refused (KnpLabs/php-github-api#1156).
 */
export function answerStorage(world: World, incoming: Incoming): Answer {
  const { method, path, requestHeaders } = incoming.exchange
  if (requestHeaders.authorization !== undefined) {
    return refuseAs(400, 'AuthenticationFailed', 'Authentication information is not given in the correct format.')
  }
  const object = world.storage.find(path.replace(/^\/logs\//, ''))
  if (!object || !['GET', 'HEAD'].includes(method)) {
    return refuseAs(404, 'BlobNotFound', 'The specified blob does not exist.')
  }
  const isValid = incoming.search.get('signature') === object.signature && world.timeline.now() <= object.expiresAt
  if (!isValid) return refuseAs(403, 'AuthenticationFailed', 'Server failed to authenticate the request.')
  object.cached ??= object.content()
  return serveBytes(object.cached, object, requestHeaders)
}

function refuseAs(status: number, code: string, message: string): Answer {
  const xml = `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return { status, bytes: Buffer.from(xml), headers: { 'content-type': 'application/xml', 'x-ms-error-code': code } }
}

function serveBytes(content: Buffer, object: StoredObject, request: Record<string, string>): Answer {
  const etag = `"0x${createHash('sha1').update(content).digest('hex').slice(0, 15).toUpperCase()}"`
  const headers = {
    'content-type': object.type,
    'content-disposition': `attachment; filename="${object.fileName}"`,
    'accept-ranges': 'bytes',
    etag,
  }
  const isSame = request['if-range'] === undefined || request['if-range'] === etag
  const range = isSame ? /^bytes=(\d*)-(\d*)$/.exec(request.range ?? '') : null
  if (!range) return { status: 200, bytes: content, headers }
  const [start, end] = resolveRange(range[1] ?? '', range[2] ?? '', content.length)
  if (start > end) {
    const answer = refuseAs(416, 'InvalidRange', 'The range specified is invalid for the current size.')
    return { ...answer, headers: { ...answer.headers, 'content-range': `bytes */${content.length}` } }
  }
  const contentRange = `bytes ${start}-${end}/${content.length}`
  return {
    status: 206,
    bytes: content.subarray(start, end + 1),
    headers: { ...headers, 'content-range': contentRange },
  }
}

/** First and last byte, both inclusive; an impossible range ends before it starts. */
function resolveRange(from: string, to: string, length: number): [number, number] {
  if (from === '') return [Math.max(0, length - Number(to)), length - 1]
  return [Number(from), to === '' ? length - 1 : Math.min(Number(to), length - 1)]
}
