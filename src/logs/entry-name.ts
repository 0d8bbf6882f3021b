import { createHash } from 'node:crypto'

/** What makes an entry of an archive unsafe to write, as it stands in a sentence; undefined when nothing does. */
export function unsafeName(name: string): string | undefined {
  if (name.includes('\0')) return 'has a NUL character in its name'
  if (name.includes('\\')) return 'has a backslash in its name'
  if (name.startsWith('/')) return 'has an absolute name'
  if (/^[A-Za-z]:/.test(name)) return 'names a drive'
  const parts = name.replace(/\/$/, '').split('/')
  if (parts.includes('..')) return 'leaves the folder by `..`'
  if (parts.some((part) => part === '' || part === '.')) return 'has an empty part in its name'
  return undefined
}

/** Bits of a Unix mode that tell the type of a file. */
const TYPE_MASK = 0o170000
const REGULAR = 0o100000
const DIRECTORY = 0o040000
const MADE_BY_UNIX = 3

/** What makes the type of an entry unsafe: only files and folders are taken, no links and no devices. */
export function unsafeType(versionMadeBy: number, externalAttributes: number): string | undefined {
  if (versionMadeBy >> 8 !== MADE_BY_UNIX) return undefined
  const type = (externalAttributes >>> 16) & TYPE_MASK
  return type === 0 || type === REGULAR || type === DIRECTORY ? undefined : 'is a link or a device'
}

/** The name as a disk sees it that tells neither case nor Unicode forms apart. */
const diskName = (name: string): string => name.normalize('NFC').toLowerCase()

/** The first name that would overwrite another, or that is a folder's as well; undefined when all differ. */
export function collidingName(names: readonly string[]): string | undefined {
  const files = new Set<string>()
  for (const name of names) {
    if (files.has(diskName(name))) return name
    files.add(diskName(name))
  }
  return names.find((name) => {
    const parts = diskName(name).split('/')
    return parts.some((_, index) => index > 0 && files.has(parts.slice(0, index).join('/')))
  })
}

/** Bytes that a name may have on the disks of Linux and macOS; those of Windows take more. */
const MAX_NAME_BYTES = 255

/** Cuts a name that is too long for a disk, and tells it apart from others with the same start by a hash. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  const ending = name.endsWith('.txt') ? '.txt' : ''
  const mark = `~${createHash('sha256').update(name).digest('hex').slice(0, 8)}${ending}`
  let kept = name.slice(0, MAX_NAME_BYTES - mark.length)
  while (Buffer.byteLength(kept) + mark.length > MAX_NAME_BYTES) kept = kept.slice(0, -1)
  return `${kept.toWellFormed()}${mark}`
}

/** The name under which an entry is written: its own, with the parts that are too long for a disk cut. */
export const fileNameOf = (entry: string): string => entry.split('/').map(shorten).join('/')
