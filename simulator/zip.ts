import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of an archive. What is given beyond name and content is written as is, be it true or not. */
export interface ZipEntry {
  /** Raw bytes where the name is to be no valid UTF-8. */
  name: string | Buffer
  content: string | Buffer
  /** Not compressed. */
  stored?: boolean
  /** A symbolic link of unix; the content is its target. */
  symlink?: boolean
  /** The 32 bits of the central directory; default 0. */
  externalAttributes?: number
  /** Uncompressed size to claim. */
  declaredSize?: number
  /** CRC-32 to claim. */
  crc?: number
}

const LOCAL_HEADER = 0x04034b50
const DESCRIPTOR = 0x08074b50
const CENTRAL_HEADER = 0x02014b50
const END_RECORD = 0x06054b50

/** Sizes follow the content, and names are UTF-8. */
const FLAGS = 0x0808
const VERSION = 20
const MADE_BY_UNIX = 3 << 8
const SYMLINK_MODE = 0o120777

interface Packed {
  name: Buffer
  body: Buffer
  method: number
  crc: number
  size: number
  madeBy: number
  attributes: number
  offset: number
}

/**
 * A zip as the log service streams it: sizes only in data descriptors and the central directory, dates of 1980-00-00,
 * deflate.
 */
export function buildZip(entries: ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const packed = pack(entry, offset)
    const local = [localHeader(packed), packed.name, packed.body, descriptor(packed)]
    offset += local.reduce((sum, part) => sum + part.length, 0)
    parts.push(...local)
    directory.push(centralHeader(packed), packed.name)
  }
  const central = Buffer.concat(directory)
  return Buffer.concat([...parts, central, endRecord(entries.length, central.length, offset)])
}

function pack(entry: ZipEntry, offset: number): Packed {
  const content = toBytes(entry.content)
  const attributes = entry.symlink ? SYMLINK_MODE * 0x10000 : 0
  return {
    name: toBytes(entry.name),
    body: entry.stored ? content : deflateRawSync(content),
    method: entry.stored ? 0 : 8,
    crc: entry.crc ?? crc32(content),
    size: entry.declaredSize ?? content.length,
    madeBy: VERSION | (entry.symlink || entry.externalAttributes !== undefined ? MADE_BY_UNIX : 0),
    attributes: entry.externalAttributes ?? attributes,
    offset,
  }
}

function toBytes(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value
}

function localHeader({ name, method }: Packed): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(LOCAL_HEADER, 0)
  header.writeUInt16LE(VERSION, 4)
  header.writeUInt16LE(FLAGS, 6)
  header.writeUInt16LE(method, 8)
  header.writeUInt16LE(name.length, 26)
  return header
}

function descriptor({ crc, body, size }: Packed): Buffer {
  const record = Buffer.alloc(16)
  record.writeUInt32LE(DESCRIPTOR, 0)
  record.writeUInt32LE(crc, 4)
  record.writeUInt32LE(body.length, 8)
  record.writeUInt32LE(size, 12)
  return record
}

function centralHeader(packed: Packed): Buffer {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(CENTRAL_HEADER, 0)
  header.writeUInt16LE(packed.madeBy, 4)
  header.writeUInt16LE(VERSION, 6)
  header.writeUInt16LE(FLAGS, 8)
  header.writeUInt16LE(packed.method, 10)
  header.writeUInt32LE(packed.crc, 16)
  header.writeUInt32LE(packed.body.length, 20)
  header.writeUInt32LE(packed.size, 24)
  header.writeUInt16LE(packed.name.length, 28)
  header.writeUInt32LE(packed.attributes >>> 0, 38)
  header.writeUInt32LE(packed.offset, 42)
  return header
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(END_RECORD, 0)
  record.writeUInt16LE(count, 8)
  record.writeUInt16LE(count, 10)
  record.writeUInt32LE(size, 12)
  record.writeUInt32LE(offset, 16)
  return record
}
