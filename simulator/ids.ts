import { createHash } from 'node:crypto'

/** First id of each kind, of the size github.com hands out today. */
const FIRST = {
  run: 30_000_000_001,
  job: 60_000_000_001,
  checkSuite: 45_000_000_001,
  workflow: 150_000_001,
  repository: 800_000_001,
  environment: 6_000_000_001,
  deployment: 2_500_000_001,
} as const

/** Hands out ids that rise within their kind. */
export class Ids {
  readonly #next = new Map<keyof typeof FIRST, number>()

  /** The next unused id of a kind. */
  next(kind: keyof typeof FIRST): number {
    const id = this.#next.get(kind) ?? FIRST[kind]
    this.#next.set(kind, id + 1)
    return id
  }
}

/** A GraphQL node id: opaque, stable for the same subject. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`0:${id}`).toString('base64url')}`
}

/** 40 hex digits like a commit's, the same for the same seed. */
export function shaOf(seed: string): string {
  return createHash('sha1').update(seed).digest('hex')
}

/** A number for things that are named, not counted (users, teams, apps): the same for the same seed. */
export function idOf(seed: string): number {
  return createHash('sha1').update(seed).digest().readUInt32BE(0) % 200_000_000
}
