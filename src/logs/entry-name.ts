import { createHash } from 'node:crypto'

/** Bytes of a path that every system takes, below a destination that has its own; names that GitHub makes have far fewer. */
const MAX_PATH_BYTES = 1024

/** What makes an entry of an archive unsafe to write, as it stands in a sentence; undefined when nothing does. */
export function unsafeName(name: string): string | undefined {
  if (name.includes('\0')) return 'has a NUL character in its name'
  if (name.includes('\\')) return 'has a backslash in its name'
  if (name.startsWith('/')) return 'has an absolute name'
  if (/^[A-Za-z]:/.test(name)) return 'names a drive'
  const parts = name.replace(/\/$/, '').split('/')
  if (parts.includes('..')) return 'leaves the folder by `..`'
  if (parts.some((part) => part === '' || part === '.')) return 'has an empty part in its name'
  if (Buffer.byteLength(name) > MAX_PATH_BYTES) return 'has a name that is too long for a path'
  return undefined
}

/** Bits of a Unix mode that tell the type of a file. */
const TYPE_MASK = 0o170000
const REGULAR = 0o100000
const DIRECTORY = 0o040000
/** Systems whose archives tell a Unix mode: Unix and macOS. */
const UNIX_SYSTEMS = [3, 19]

/** What makes the type of an entry unsafe: only files and folders are taken, no links and no devices. */
export function unsafeType(versionMadeBy: number, externalAttributes: number): string | undefined {
  if (!UNIX_SYSTEMS.includes(versionMadeBy >> 8)) return undefined
  const type = (externalAttributes >>> 16) & TYPE_MASK
  return type === 0 || type === REGULAR || type === DIRECTORY ? undefined : 'is a link or a device'
}

/** The name as a disk sees it that tells neither case nor Unicode forms apart. Upper case first: `ß` is `SS` to some. */
const diskName = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')

/**
 * The first name that would overwrite another, or that is a folder's as well; undefined when all differ.
 *
 * @param names as they are written
 * @param folders named by themselves, which may be named more than once
 */
export function collidingName(names: readonly string[], folders: readonly string[] = []): string | undefined {
  const files = new Set<string>()
  for (const name of names) {
    if (files.has(diskName(name))) return name
    files.add(diskName(name))
  }
  const isBelowFile = (name: string) => {
    const parts = diskName(name).split('/')
    return parts.some((_, index) => index > 0 && files.has(parts.slice(0, index).join('/')))
  }
  return names.find(isBelowFile) ?? folders.find((folder) => isBelowFile(folder.replace(/\/?$/, '/')))
}

/** Bytes that a name may have on the disks of Linux and macOS; those of Windows take more. */
const MAX_NAME_BYTES = 255

/** Tells a name that had to be changed apart from others that are changed to the same, and keeps its ending. */
function mark(name: string, changed: string): string {
  const ending = changed.endsWith('.txt') ? '.txt' : ''
  const suffix = `~${createHash('sha256').update(name).digest('hex').slice(0, 8)}${ending}`
  let kept = changed.slice(0, Math.min(changed.length - ending.length, MAX_NAME_BYTES - suffix.length))
  while (Buffer.byteLength(kept) + suffix.length > MAX_NAME_BYTES) kept = kept.slice(0, -1)
  return `${kept.toWellFormed()}${suffix}`
}

/** Cuts a name that is too long for a disk. */
const shorten = (name: string): string => (Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : mark(name, name))

/** Devices of Windows, whatever the ending. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ .]*(\.|$)/i

// biome-ignore lint/suspicious/noControlCharactersInRegex: no file name of Windows may hold them
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/g

/** Changes a name that Windows would take for a device or a stream, or cut. */
function forWindows(name: string): string {
  const allowed = name.replace(FORBIDDEN, '_').replace(/[. ]+$/, '')
  const changed = DEVICE.test(allowed) ? `_${allowed}` : allowed
  return changed === name ? shorten(name) : mark(name, changed)
}

/** Makes the names under which entries are written: their own, but for the parts that the disk would not take as they are. */
export const createFileNames = (isWindows: boolean): ((entry: string) => string) => {
  const change = isWindows ? forWindows : shorten
  return (entry) => entry.split('/').map(change).join('/')
}

/** The name under which an entry is written on this system. */
export const fileNameOf = createFileNames(process.platform === 'win32')
