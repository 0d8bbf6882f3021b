import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { RandomAccessReader } from 'yauzl'

/** Read at once: the entries of a log archive are many and small, and lie behind each other. */
const WINDOW_SIZE = 256 * 1024

/** An archive on disk, of which small pieces come out of a window that is read at once. */
export class ArchiveFile extends RandomAccessReader {
  readonly size: number
  readonly #path: string
  readonly #descriptor: number
  readonly #window = Buffer.allocUnsafe(WINDOW_SIZE)
  #start = 0
  #end = 0

  constructor(path: string) {
    super()
    this.#path = path
    this.#descriptor = openSync(path, 'r')
    this.size = fstatSync(this.#descriptor).size
  }

  /** Bytes that are good until the next call; fewer where the file ends. */
  bytesAt(position: number, length: number): Buffer {
    if (length > WINDOW_SIZE) return this.#readInto(Buffer.allocUnsafe(length), position)
    if (position < this.#start || position + length > this.#end) {
      this.#start = position
      this.#end = position
      this.#end += this.#readInto(this.#window, position).length
    }
    const from = position - this.#start
    return this.#window.subarray(from, Math.min(from + length, this.#end - this.#start))
  }

  #readInto(buffer: Buffer, position: number): Buffer {
    if (position >= this.size) return buffer.subarray(0, 0)
    let filled = 0
    for (let read = -1; read !== 0 && filled < buffer.length; filled += read) {
      read = readSync(this.#descriptor, buffer, filled, buffer.length - filled, position + filled)
    }
    return buffer.subarray(0, filled)
  }

  /** What yauzl reads by: the directory, and the headers of the entries. */
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytes?: number) => void,
  ): void {
    let bytes: Buffer
    try {
      bytes = this.bytesAt(position, length)
    } catch (error) {
      callback(error as Error)
      return
    }
    bytes.copy(buffer, offset)
    callback(null, bytes.length)
  }

  /** Streams bytes from `start` up to, but not with, `end`. */
  stream(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1, highWaterMark: WINDOW_SIZE })
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return this.stream(start, end)
  }

  override close(callback: (error: Error | null) => void = () => {}): void {
    closeSync(this.#descriptor)
    callback(null)
  }
}
