import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PassThrough, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl'
import { OperationError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { collidingName, unsafeName, unsafeType } from './entry-name.ts'

/** Most entries of an archive that is extracted (docs/behaviour.md, Logs). */
export const MAX_ENTRIES = 10_000

/** zlib's default of 16 KiB costs twice the time on large logs. */
const CHUNK_SIZE = 256 * 1024

const STORED = 0
const DEFLATED = 8

/** A log archive on disk whose directory has been read and found safe. */
export interface Archive {
  /** Names of the files in it, in their order. */
  names: string[]
  /**
   * Reads a file whole, checks its size and CRC, and writes it to `target`, if one is given.
   *
   * @returns its size in bytes
   * @throws OperationError `corrupt-archive` or `too-large`
   */
  extract(name: string, target: string | undefined, budget: ByteBudget): Promise<number>
  close(): void
}

/** Bytes that may still be written. */
export interface ByteBudget {
  left: number
  limit: number
}

/** The logs are larger than the budget. */
export const tooLarge = ({ limit }: ByteBudget): OperationError =>
  new OperationError(
    'too-large',
    `The logs are larger than \`max-size\` (${limit} bytes). Give it a larger \`max-size\`, or fetch fewer jobs with \`only-failed\` or \`job-name\`.`,
  )

const corrupt = (why: string, cause?: unknown): OperationError =>
  new OperationError('corrupt-archive', `The log archive is damaged: ${why}.`, { cause })

const unsafe = (name: string, why: string): OperationError =>
  new OperationError(
    'unsafe-archive',
    `The log archive was refused and nothing of it was written: its entry ${JSON.stringify(oneLine(name).slice(0, 200))} ${why}. GitHub makes no such archives; do not trust this one.`,
  )

function readName(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
}

async function readDirectory(zip: ZipFile, maxEntries: number): Promise<Map<string, Entry>> {
  if (zip.entryCount > maxEntries) {
    const message = `The log archive has ${zip.entryCount} files; ${maxEntries} are the most that is extracted. Fetch it whole with \`format: zip\`.`
    throw new OperationError('too-large', message)
  }
  const files = new Map<string, Entry>()
  const names: string[] = []
  for await (const entry of zip.eachEntry()) {
    const name = readName(entry)
    const why = unsafeName(name) ?? unsafeType(entry.versionMadeBy, entry.externalFileAttributes)
    if (why) throw unsafe(name, why)
    if (name.endsWith('/')) continue
    names.push(name)
    files.set(name, entry)
  }
  const colliding = collidingName(names)
  if (colliding !== undefined) throw unsafe(colliding, 'would overwrite another')
  return files
}

/** Counts and checks what passes: the sizes in an archive's directory are claims. */
function createMeter(entry: Entry, name: string, budget: ByteBudget): Transform {
  let checksum = 0
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      budget.left -= chunk.length
      checksum = crc32(chunk, checksum)
      if (budget.left >= 0) return done(null, chunk)
      done(tooLarge(budget))
    },
    flush(done) {
      const isWhole = bytes === entry.uncompressedSize && checksum === entry.crc32
      done(isWhole ? null : corrupt(`the checksum of ${JSON.stringify(oneLine(name))} is wrong`))
    },
  })
}

function createDecoder(entry: Entry): Transform {
  if (entry.compressionMethod === DEFLATED) return createInflateRaw({ chunkSize: CHUNK_SIZE })
  if (entry.compressionMethod === STORED) return new PassThrough()
  throw corrupt(`compression method ${entry.compressionMethod} is unknown`)
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

async function createTarget(file: string | undefined): Promise<Writable> {
  if (file === undefined) return nowhere()
  await mkdir(dirname(file), { recursive: true })
  // `wx`: nothing that is already there is ever overwritten or followed.
  return createWriteStream(file, { flags: 'wx' })
}

async function extractEntry(
  zip: ZipFile,
  entry: Entry,
  name: string,
  file: string | undefined,
  budget: ByteBudget,
): Promise<number> {
  if (entry.isEncrypted()) throw corrupt(`${JSON.stringify(oneLine(name))} is encrypted`)
  const decoder = createDecoder(entry)
  const target = await createTarget(file)
  try {
    const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false })
    await pipeline(raw, decoder, createMeter(entry, name, budget), target)
  } catch (error) {
    target.destroy()
    if (error instanceof OperationError || isDiskError(error)) throw error
    throw corrupt(error instanceof Error ? error.message : String(error), error)
  }
  return entry.uncompressedSize
}

/** Errors of the disk (full, no permission) are no fault of the archive; zlib's codes start with `Z_`. */
const isDiskError = (error: unknown): boolean => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return typeof code === 'string' && /^E[A-Z]+$/.test(code)
}

/**
 * Opens a log archive and checks its end record and every name in it.
 *
 * @param maxEntries most entries that it may have
 * @throws OperationError `corrupt-archive`, `unsafe-archive` or `too-large`; nothing has been written then
 */
export async function openArchive(file: string, maxEntries: number = MAX_ENTRIES): Promise<Archive> {
  let zip: ZipFile | undefined
  try {
    zip = await openPromise(file, { autoClose: false, decodeStrings: false })
    const opened = zip
    const files = await readDirectory(opened, maxEntries)
    return {
      names: [...files.keys()],
      async extract(name, target, budget) {
        const entry = files.get(name)
        if (!entry) throw corrupt(`it has no entry ${JSON.stringify(oneLine(name))}`)
        return extractEntry(opened, entry, name, target, budget)
      },
      close: () => opened.close(),
    }
  } catch (error) {
    zip?.close()
    if (error instanceof OperationError || isDiskError(error)) throw error
    throw corrupt(error instanceof Error ? error.message : String(error), error)
  }
}
