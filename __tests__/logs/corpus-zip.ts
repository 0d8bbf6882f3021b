import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of an archive; what is given beyond name and content is written as is, be it true or not. */
export interface OddEntry {
  name: string | Buffer
  content?: string | Buffer
  /** Compression method; default 8. The content is only ever deflated or stored. */
  method?: number
  /** General purpose flags; default: UTF-8 name. */
  flags?: number
  crc?: number
  /** Uncompressed size to claim. */
  size?: number
  /** Compressed size to claim. */
  packedSize?: number
  /** System and version that made the entry; default FAT. */
  madeBy?: number
  attributes?: number
  /** Extra field of the directory. */
  extra?: Buffer
  comment?: string
  /** Name in the local header, when it is another. */
  localName?: string
  /** Signature of the local header. */
  localSignature?: number
  /** Offset to claim. */
  offset?: number
}

/** What stands around the entries. */
export interface OddEnd {
  before?: Buffer
  after?: Buffer
  /** Comment of the archive. */
  comment?: string
  /** Number of entries to claim. */
  count?: number
  disk?: number
  /** Added to the offset of the directory. */
  shift?: number
  /** With the end records of zip64, and 0xffffffff in the old one. */
  zip64?: boolean
  /** Without an end record. */
  endless?: boolean
}

const UTF8 = 0x0800
const VERSION = 20

const bytesOf = (value: string | Buffer): Buffer => (typeof value === 'string' ? Buffer.from(value) : value)

/** Little-endian numbers, each with its length in bytes. */
export function record(...fields: [value: number, length: 2 | 4 | 8][]): Buffer {
  return Buffer.concat(
    fields.map(([value, length]) => {
      const field = Buffer.alloc(length)
      if (length === 2) field.writeUInt16LE(value & 0xffff)
      else if (length === 4) field.writeUInt32LE(value >>> 0)
      else field.writeBigUInt64LE(BigInt(value))
      return field
    }),
  )
}

interface Packed {
  local: Buffer
  central: (offset: number) => Buffer
}

function pack(entry: OddEntry): Packed {
  const { method = 8, flags = UTF8, madeBy = VERSION, attributes = 0, extra = Buffer.alloc(0), comment = '' } = entry
  const content = bytesOf(entry.content ?? '')
  const name = bytesOf(entry.name)
  const localName = bytesOf(entry.localName ?? name)
  const body = method === 8 ? deflateRawSync(content) : content
  const shared: [number, 2 | 4][] = [
    [entry.crc ?? crc32(content), 4],
    [entry.packedSize ?? body.length, 4],
    [entry.size ?? content.length, 4],
  ]
  const start = record(
    [entry.localSignature ?? 0x04034b50, 4],
    [VERSION, 2],
    [flags, 2],
    [method, 2],
    [0, 4],
    ...shared,
  )
  const central = (offset: number) =>
    Buffer.concat([
      record([0x02014b50, 4], [madeBy, 2], [VERSION, 2], [flags, 2], [method, 2], [0, 4], ...shared),
      record([name.length, 2], [extra.length, 2], [comment.length, 2], [0, 2], [0, 2], [attributes, 4]),
      record([entry.offset ?? offset, 4]),
      name,
      extra,
      Buffer.from(comment),
    ])
  return { local: Buffer.concat([start, record([localName.length, 2], [0, 2]), localName, body]), central }
}

function endOf(count: number, size: number, offset: number, odd: OddEnd): Buffer {
  const { comment = '', disk = 0, zip64 = false } = odd
  const end = record([0x06054b50, 4], [disk, 2], [0, 2], [zip64 ? 0xffff : count, 2], [zip64 ? 0xffff : count, 2])
  const place = record([zip64 ? 0xffffffff : size, 4], [zip64 ? 0xffffffff : offset, 4], [comment.length, 2])
  const old = Buffer.concat([end, place, Buffer.from(comment)])
  if (!zip64) return old
  const large = record([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8])
  const locator = record([0x07064b50, 4], [0, 4], [offset + size, 8], [1, 4])
  return Buffer.concat([large, record([size, 8], [offset, 8]), locator, old])
}

/** A zip that is as odd as it is described. */
export function buildOddZip(entries: readonly OddEntry[], odd: OddEnd = {}): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { local, central } = pack(entry)
    locals.push(local)
    directory.push(central(offset))
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = odd.endless
    ? Buffer.alloc(0)
    : endOf(odd.count ?? entries.length, central.length, offset + (odd.shift ?? 0), odd)
  return Buffer.concat([odd.before ?? Buffer.alloc(0), ...locals, central, end, odd.after ?? Buffer.alloc(0)])
}
