import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../errors.ts'

/** A folder beside the final files, so that a download that fails half-way leaves nothing behind. */
export interface Staging {
  folder: string
  /** Moves everything into the destination, in the place of what has the same name there. */
  commit(): Promise<void>
  discard(): Promise<void>
}

/**
 * Makes the destination folder, before anything is asked of the server.
 *
 * @throws UsageError when it cannot be made
 */
export async function makeDestination(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError([
      `Input \`path\` is ${JSON.stringify(path)}: this folder cannot be made (${code}). Name one that is free, below a folder that may be written to.`,
    ])
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() ?? false

/** Moves what is in one folder into another: folders are joined, files and links of the same name are replaced. */
async function moveInto(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory() && (await isFolder(target))) {
      await moveInto(source, target)
    } else {
      await rm(target, { recursive: true, force: true })
      await rename(source, target)
    }
  }
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
      await moveInto(folder, destination)
      await discard()
    },
    discard,
  }
}
