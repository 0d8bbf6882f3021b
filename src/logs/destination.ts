import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A folder beside the final files, so that a download that fails half-way leaves nothing behind. */
export interface Staging {
  folder: string
  /** Moves everything into the destination, in the place of what has the same name there. */
  commit(): Promise<void>
  discard(): Promise<void>
}

/**
 * Prepares the destination folder, making it if it is missing.
 *
 * The staging folder lies inside it: only there is it sure to be on the same disk, where a rename is all or nothing. A
 * link that already stands in the destination is replaced, never followed.
 */
export async function createStaging(destination: string): Promise<Staging> {
  await mkdir(destination, { recursive: true })
  const folder = await mkdtemp(join(destination, '.download-'))
  const discard = () => rm(folder, { recursive: true, force: true })
  return {
    folder,
    async commit() {
      for (const name of await readdir(folder)) {
        const target = join(destination, name)
        await rm(target, { recursive: true, force: true })
        await rename(join(folder, name), target)
      }
      await discard()
    },
    discard,
  }
}
