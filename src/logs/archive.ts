import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PassThrough, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, type ZipFile } from 'yauzl'
import { OperationError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { ArchiveFile } from './archive-file.ts'
import { collidingName, fileNameOf, unsafeName, unsafeType } from './entry-name.ts'
import { CHUNK_SIZE, createLogFile } from './log-file.ts'

/** Most entries of an archive that is extracted (docs/behaviour.md, Logs). */
export const MAX_ENTRIES = 10_000

/** Up to here a file is decoded at once: a stream for each of thousands of small logs costs more than their bytes. */
const SMALL_SIZE = 256 * 1024

/** Small files after which signals and time limits get their turn. */
const SMALL_FILES_PER_TURN = 64

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

const END_RECORD = 0x06054b50
const ZIP64_END_RECORD = 0x06064b50

/** The end record counts the entries; if it counts too few of them, other records follow where it should stand. */
function checkCount(zip: ZipFile, file: ArchiveFile): void {
  // yauzl has it as a number; its types say boolean.
  const bytes = file.bytesAt(Number(zip.readEntryCursor), 4)
  const signature = bytes.length === 4 ? bytes.readUInt32LE(0) : 0
  if (signature !== END_RECORD && signature !== ZIP64_END_RECORD)
    throw corrupt('its end record does not count all its entries')
}

async function readDirectory(zip: ZipFile, file: ArchiveFile, maxEntries: number): Promise<Map<string, Entry>> {
  if (zip.entryCount > maxEntries) {
    const message = `The log archive has ${zip.entryCount} files; ${maxEntries} are the most that is extracted. Fetch it whole with \`format: zip\`.`
    throw new OperationError('too-large', message)
  }
  const files = new Map<string, Entry>()
  const names: string[] = []
  const folders: string[] = []
  for await (const entry of zip.eachEntry()) {
    const name = readName(entry)
    const why = unsafeName(name) ?? unsafeType(entry.versionMadeBy, entry.externalFileAttributes)
    if (why) throw unsafe(name, why)
    const group = name.endsWith('/') ? folders : names
    group.push(name)
    if (group === names) files.set(name, entry)
  }
  checkCount(zip, file)
  const colliding = collidingName(names.map(fileNameOf), folders.map(fileNameOf))
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
      done(isWhole ? null : wrongChecksum(name))
    },
  })
}

/** @returns what makes the decoder: most files need none */
function createDecoder(entry: Entry): () => Transform {
  if (entry.compressionMethod === DEFLATED) return () => createInflateRaw({ chunkSize: CHUNK_SIZE })
  if (entry.compressionMethod === STORED) return () => new PassThrough()
  throw corrupt(`compression method ${entry.compressionMethod} is unknown`)
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

const wrongChecksum = (name: string): OperationError =>
  corrupt(`the checksum of ${JSON.stringify(oneLine(name))} is wrong`)

/** The content of a small file; undefined when it is larger than it claims, which the stream finds out and reports. */
function decodeSmall(raw: Buffer, { compressionMethod, uncompressedSize }: Entry): Buffer | undefined {
  if (compressionMethod === STORED) return raw
  try {
    return inflateRawSync(raw, { maxOutputLength: Math.max(1, uncompressedSize) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}

/** An archive that is being extracted. */
class Extraction {
  readonly #zip: ZipFile
  readonly #file: ArchiveFile
  readonly #folders = new Set<string>()
  #smallFiles = 0

  constructor(zip: ZipFile, file: ArchiveFile) {
    this.#zip = zip
    this.#file = file
  }

  /** Reads one entry whole, into a file if one is given. @returns its size */
  async extract(entry: Entry, name: string, target: string | undefined, budget: ByteBudget): Promise<number> {
    if (entry.isEncrypted()) throw corrupt(`${JSON.stringify(oneLine(name))} is encrypted`)
    const decoder = createDecoder(entry)
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true })
      if (target !== undefined) this.#makeFolder(dirname(target))
      const isSmall = Math.max(entry.compressedSize, entry.uncompressedSize) <= SMALL_SIZE
      const content = isSmall ? decodeSmall(this.#file.bytesAt(fileDataStart, entry.compressedSize), entry) : undefined
      if (content) await this.#writeSmall(content, entry, name, target, budget)
      else await this.#stream(fileDataStart, decoder(), entry, name, target, budget)
    } catch (error) {
      if (error instanceof OperationError || isDiskError(error)) throw error
      throw corrupt(error instanceof Error ? error.message : String(error), error)
    }
    return entry.uncompressedSize
  }

  async #writeSmall(
    content: Buffer,
    entry: Entry,
    name: string,
    target: string | undefined,
    budget: ByteBudget,
  ): Promise<void> {
    if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) throw wrongChecksum(name)
    budget.left -= content.length
    if (budget.left < 0) throw tooLarge(budget)
    // `wx`: nothing that is already there is ever overwritten or followed.
    if (target !== undefined) writeFileSync(target, content, { flag: 'wx' })
    this.#smallFiles += 1
    if (this.#smallFiles % SMALL_FILES_PER_TURN === 0) await nextTurn()
  }

  async #stream(
    start: number,
    decoder: Transform,
    entry: Entry,
    name: string,
    target: string | undefined,
    budget: ByteBudget,
  ): Promise<void> {
    const { compressedSize } = entry
    const raw = compressedSize === 0 ? Readable.from([]) : this.#file.stream(start, start + compressedSize)
    const output = target === undefined ? nowhere() : createLogFile(target)
    await pipeline(raw, decoder, createMeter(entry, name, budget), output)
  }

  #makeFolder(folder: string): void {
    if (this.#folders.has(folder)) return
    mkdirSync(folder, { recursive: true })
    this.#folders.add(folder)
  }
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
export async function openArchive(path: string, maxEntries: number = MAX_ENTRIES): Promise<Archive> {
  let close = () => {}
  try {
    const file = new ArchiveFile(path)
    close = () => file.close()
    const zip = await fromRandomAccessReaderPromise(file, file.size, { autoClose: false, decodeStrings: false })
    close = () => zip.close()
    const files = await readDirectory(zip, file, maxEntries)
    const extraction = new Extraction(zip, file)
    return {
      names: [...files.keys()],
      async extract(name, target, budget) {
        const entry = files.get(name)
        if (!entry) throw corrupt(`it has no entry ${JSON.stringify(oneLine(name))}`)
        return extraction.extract(entry, name, target, budget)
      },
      close,
    }
  } catch (error) {
    close()
    if (error instanceof OperationError || isDiskError(error)) throw error
    throw corrupt(error instanceof Error ? error.message : String(error), error)
  }
}
