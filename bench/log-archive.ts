import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { crc32, deflateRawSync } from 'node:zlib'

const MB = 1_000_000

/** Lines as a build writes them: alike, and no two the same. */
function logText(length: number, seed: number): Buffer {
  const lines: string[] = []
  let size = 0
  let state = seed
  for (let number = 0; size < length; number += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    const line = `2026-01-02T03:04:${String(number % 60).padStart(2, '0')}.${String(state).padStart(7, '0').slice(0, 7)}Z [${number}] compiled src/part-${state % 997}/file-${state % 89}.ts in ${state % 5000} ms\n`
    lines.push(line)
    size += line.length
  }
  return Buffer.from(lines.join('')).subarray(0, length)
}

interface Body {
  packed: Buffer
  size: number
  crc: number
}

function createBody(length: number, seed: number): Body {
  const text = logText(length, seed)
  return { packed: deflateRawSync(text), size: text.length, crc: crc32(text) }
}

function header(signature: number, fields: [value: number, length: 2 | 4][]): Buffer {
  const parts = fields.map(([value, length]) => {
    const part = Buffer.alloc(length)
    if (length === 2) part.writeUInt16LE(value)
    else part.writeUInt32LE(value)
    return part
  })
  const start = Buffer.alloc(4)
  start.writeUInt32LE(signature)
  return Buffer.concat([start, ...parts])
}

/** Sizes of the logs: a few large ones have nearly all bytes, many small ones the rest. */
function* bodies(total: number): Generator<Body> {
  const large = [60 * MB, 40 * MB].map((length, index) => createBody(length, index + 1))
  const small = Array.from({ length: 40 }, (_, index) => createBody(500 + index * 500, index + 3))
  let left = total
  for (let index = 0; left > 0; index += 1) {
    const body = index % 600 === 0 ? large[(index / 600) % 2] : small[index % 40]
    if (!body) return
    yield body
    left -= body.size
  }
}

/** What was written. */
export interface WrittenArchive {
  entries: number
  /** Uncompressed. */
  bytes: number
  packedBytes: number
}

/** Writes an archive with as many bytes of logs to disk, an entry at a time. */
export async function writeArchive(file: string, total: number): Promise<WrittenArchive> {
  const output = createWriteStream(file)
  const directory: Buffer[] = []
  let offset = 0
  let bytes = 0
  const write = async (part: Buffer) => {
    offset += part.length
    if (!output.write(part)) await once(output, 'drain')
  }
  for (const { packed, size, crc } of bodies(total)) {
    const name = Buffer.from(`job ${Math.floor(directory.length / 20)}/${directory.length}_Run a step.txt`)
    const shared: [number, 2 | 4][] = [
      [20, 2],
      [0x0800, 2],
      [8, 2],
      [0, 4],
      [crc, 4],
      [packed.length, 4],
      [size, 4],
      [name.length, 2],
    ]
    directory.push(
      Buffer.concat([
        header(0x02014b50, [[20, 2], ...shared, [0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]),
        name,
      ]),
    )
    await write(Buffer.concat([header(0x04034b50, [...shared, [0, 2]]), name]))
    await write(packed)
    bytes += size
  }
  const central = Buffer.concat(directory)
  const count = directory.length
  const end = header(0x06054b50, [
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [central.length, 4],
    [offset, 4],
    [0, 2],
  ])
  await write(central)
  await write(end)
  output.end()
  await finished(output)
  return { entries: count, bytes, packedBytes: offset }
}
