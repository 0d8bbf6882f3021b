import { close, createWriteStream, open, type WriteStream, write } from 'node:fs'

/** Decoded and written at once: zlib's default of 16 KiB costs twice the time on large logs. */
export const CHUNK_SIZE = 256 * 1024

/**
 * Frees a chunk that the decoder has filled to its end, and so will not write to again. The garbage collector would let
 * more of them gather than all else needs.
 */
function release({ buffer, byteOffset, length }: NodeJS.ArrayBufferView & { length: number }): void {
  const isFull = byteOffset + length === buffer.byteLength
  if (isFull && buffer.byteLength >= CHUNK_SIZE && 'transfer' in buffer) buffer.transfer(0)
}

/** Writes as Node does, and frees what has been written. */
const releasing = {
  open,
  close,
  write: ((descriptor: number, chunk: Buffer, offset: number, length: number, position: number, done: Written) => {
    write(descriptor, chunk, offset, length, position, (error, written, buffer) => {
      if (!error && written === length) release(chunk)
      done(error, written, buffer)
    })
  }) as typeof write,
}

type Written = (error: NodeJS.ErrnoException | null, written: number, buffer: Buffer) => void

/** A new file for a large log: nothing that is already there is ever overwritten or followed. */
export const createLogFile = (path: string): WriteStream =>
  createWriteStream(path, { flags: 'wx', highWaterMark: CHUNK_SIZE, fs: releasing })
