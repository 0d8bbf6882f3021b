/** Longest name in UTF-16 units. */
const MAX_LENGTH = 90

/**
 * The name of a job or step in a log archive. The new service turns `/` into `_`, the old one drops it; both drop what
 * no file system likes, cut at 90 UTF-16 units, then trim. A surrogate pair may be cut in half: it is written as U+FFFD.
 */
export function archiveName(name: string, isOldService: boolean): string {
  return name
    .replaceAll('/', isOldService ? '' : '_')
    .replaceAll(/[:?*|><"\\]/g, '')
    .slice(0, MAX_LENGTH)
    .trim()
}

/** Gives each name of an archive once: ` (1)` and so on after the first. */
export class UniqueNames {
  readonly #taken = new Set<string>()

  claim(name: string): string {
    let unique = name
    for (let number = 1; this.#taken.has(unique); number++) unique = `${name} (${number})`
    this.#taken.add(unique)
    return unique
  }
}
