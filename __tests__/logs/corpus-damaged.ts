import type { CorpusCase } from './corpus.ts'
import { WHOLE } from './corpus-refused.ts'
import { buildOddZip, type OddEnd, type OddEntry, record } from './corpus-zip.ts'

const STEP: OddEntry = { name: 'build/1_Run.txt', content: 'a step\n'.repeat(100) }

/** Field of zip64 with sizes. */
const zip64Field = (...sizes: number[]): Buffer =>
  Buffer.concat([record([1, 2], [sizes.length * 8, 2]), ...sizes.map((size) => record([size, 8]))])

const WRONG_ENTRIES: [what: string, entry: Partial<OddEntry>][] = [
  ['a wrong checksum', { crc: 1 }],
  ['the checksum of nothing', { crc: 0 }],
  ['a size that is too small', { size: 10 }],
  ['a size of nothing', { size: 0 }],
  ['a size that is too large', { size: 1_000_000 }],
  ['a stored size that is too small', { method: 0, size: 10 }],
  ['a stored size that is too large', { method: 0, size: 1000, packedSize: 1000 }],
  ['a compressed size that is too small', { packedSize: 5 }],
  ['a compressed size of nothing', { packedSize: 0 }],
  ['a compressed size beyond the end', { packedSize: 1_000_000 }],
  ['stored bytes that say they are deflated', { method: 0, flags: 0x0800, packedSize: 3, size: 3 }],
  ['a password', { flags: 0x0801 }],
  ['strong encryption', { flags: 0x0841 }],
  ['the method deflate64', { method: 9 }],
  ['the method bzip2', { method: 12 }],
  ['the method zstd', { method: 93 }],
  ['a method nobody knows', { method: 1234 }],
  ['no signature', { localSignature: 0 }],
  ['an offset beyond the end', { offset: 5_000_000 }],
  ['an offset into itself', { offset: 3 }],
  ['a zip64 size that is missing', { size: 0xffffffff }],
  ['a zip64 size beyond all numbers', { size: 0xffffffff, extra: zip64Field(Number.MAX_SAFE_INTEGER) }],
  ['an extra field longer than itself', { extra: record([0x1234, 2], [50, 2]) }],
]

const WRONG_ENDS: [what: string, end: OddEnd][] = [
  ['no end record', { endless: true }],
  ['bytes before it', { before: Buffer.from('#!/bin/sh\n') }],
  ['bytes after it', { after: Buffer.from('rest of an answer') }],
  ['a NUL after it', { after: Buffer.alloc(1) }],
  ['an HTML page after it', { after: Buffer.from('<html>') }],
  ['a directory that begins too early', { shift: -1 }],
  ['a directory that begins too late', { shift: 1 }],
  ['a directory beyond the end', { shift: 1_000_000 }],
  ['a second disk', { disk: 1 }],
  ['more entries than it has', { count: 3 }],
  ['fewer entries than it has', { count: 1 }],
  ['no entries although it has some', { count: 0 }],
  ['a zip64 directory beyond the end', { zip64: true, shift: 1_000_000 }],
  ['fewer entries in zip64 than it has', { zip64: true, count: 1 }],
]

const CUTS: [what: string, cut: (zip: Buffer) => Buffer][] = [
  ['before its first byte', () => Buffer.alloc(0)],
  ['after its first byte', (zip) => zip.subarray(0, 1)],
  ['in its first header', (zip) => zip.subarray(0, 20)],
  ['in its first file', (zip) => zip.subarray(0, 45)],
  ['in its middle', (zip) => zip.subarray(0, zip.length >> 1)],
  ['in its directory', (zip) => zip.subarray(0, zip.length - 40)],
  ['before its end record', (zip) => zip.subarray(0, zip.length - 22)],
  ['in its end record', (zip) => zip.subarray(0, zip.length - 10)],
  ['before its last byte', (zip) => zip.subarray(0, -1)],
  ['at its start', (zip) => zip.subarray(30)],
]

/** A log service that fails may say so with status 200. */
const OTHER_FILES: [what: string, content: string | Buffer][] = [
  ['an HTML page', '<!DOCTYPE html><title>502</title>'],
  ['an answer of the API', '{"message":"Not Found"}'],
  ['an error of the storage', '\uFEFF<?xml version="1.0"?><Error><Code>BlobNotFound</Code></Error>'],
  ['a log', '2026-01-02T03:04:05.1234567Z hello\n'],
  ['a gzip file', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ['zeros', Buffer.alloc(100_000)],
]

/** Archives that are no use, damaged or not of the kind that the service makes: the logs come job by job. */
export function damagedArchives(): CorpusCase[] {
  const damaged = (what: string, archive: () => Buffer): CorpusCase => ({
    what,
    archive,
    outcome: { byJob: true, fetches: 2 },
  })
  return [
    ...WRONG_ENTRIES.map(([what, wrong]) =>
      damaged(`an entry with ${what}`, () => buildOddZip([WHOLE, { ...STEP, ...wrong }])),
    ),
    ...WRONG_ENDS.map(([what, end]) => damaged(`an archive with ${what}`, () => buildOddZip([WHOLE, STEP], end))),
    ...CUTS.map(([what, cut]) => damaged(`an archive cut ${what}`, () => cut(buildOddZip([WHOLE, STEP])))),
    ...OTHER_FILES.map(([what, content]) => damaged(`${what} in place of an archive`, () => Buffer.from(content))),
    damaged('two archives in one file', () => Buffer.concat([buildOddZip([WHOLE]), buildOddZip([WHOLE, STEP])])),
  ]
}
