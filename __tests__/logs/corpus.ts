import { damagedArchives } from './corpus-damaged.ts'
import { legalArchives } from './corpus-legal.ts'
import { largeArchives, unsafeArchives } from './corpus-refused.ts'

/** What comes of an archive that holds the log of a job called `build`. */
export type Outcome =
  /** The download fails with this reason, and leaves nothing. */
  | { refused: 'unsafe-archive' | 'too-large' }
  /** The archive is of no use: the log of the job is fetched by its id. */
  | { byJob: true; fetches: number }
  /** These files are written, beside the manifest. */
  | { files: Record<string, string | Buffer> }

/** An archive and what comes of it. */
export interface CorpusCase {
  what: string
  archive: () => Buffer
  outcome: Outcome
  /** Input `max-size`. */
  maxSize?: string
}

/** Hostile, damaged and odd archives, each built from its description. */
export const corpus = (): CorpusCase[] => [
  ...unsafeArchives(),
  ...largeArchives(),
  ...damagedArchives(),
  ...legalArchives(),
]
