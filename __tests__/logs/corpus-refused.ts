import { crc32 } from 'node:zlib'
import { fileNameOf } from '../../src/logs/entry-name.ts'
import type { CorpusCase } from './corpus.ts'
import { buildOddZip, type OddEntry, record } from './corpus-zip.ts'

/** The whole log of the job `build`. */
export const WHOLE: OddEntry = { name: '0_build.txt', content: 'whole log\n' }

const UNIX = (3 << 8) | 20
const MACOS = (19 << 8) | 20

const mode = (bits: number): number => (bits * 0x10000) >>> 0

/** Info-ZIP's field with another name, which counts if the checksum of the plain name fits. */
function unicodePath(plain: string, other: string): Buffer {
  const length = 5 + Buffer.byteLength(other)
  return Buffer.concat([
    record([0x7075, 2], [length, 2]),
    Buffer.from([1]),
    record([crc32(plain), 4]),
    Buffer.from(other),
  ])
}

const NAMES: [what: string, name: string | Buffer][] = [
  ['leaves the folder', '../escaped.txt'],
  ['leaves the folder many times', '../../../../../../../../tmp/escaped.txt'],
  ['leaves the folder from one of its own', 'build/../../escaped.txt'],
  ['goes up and comes back', 'build/../0_build2.txt'],
  ['is the folder above', '..'],
  ['ends in the folder above', 'build/..'],
  ['is a folder above', '../folder/'],
  ['is absolute', '/tmp/escaped.txt'],
  ['is the root', '/'],
  ['names a share', '//host/share/escaped.txt'],
  ['names a share with backslashes', '\\\\host\\share\\escaped.txt'],
  ['leaves the folder with a backslash', '..\\escaped.txt'],
  ['has a backslash at all', 'build\\1_a.txt'],
  ['names a device of Windows', '\\\\.\\C:\\escaped.txt'],
  ['names a drive', 'C:escaped.txt'],
  ['names the root of a drive', 'c:/escaped.txt'],
  ['names the root of a drive with a backslash', 'Z:\\escaped.txt'],
  ['is a URL', 'file:///tmp/escaped.txt'],
  ['has a NUL', 'build/1_a.txt\0.exe'],
  ['is a NUL', '\0'],
  ['is empty', ''],
  ['is a dot', '.'],
  ['begins with a dot folder', './0_other.txt'],
  ['has a dot folder', 'build/./1_a.txt'],
  ['has an empty folder', 'build//1_a.txt'],
  ['is longer than any path', `${'d/'.repeat(3000)}1_a.txt`],
  ['leaves the folder in the old character set', Buffer.from('../\x82.txt', 'latin1')],
]

const TYPES: [what: string, bits: number][] = [
  ['a symbolic link', 0o120777],
  ['a character device', 0o020666],
  ['a block device', 0o060666],
  ['a pipe', 0o010666],
  ['a socket', 0o140777],
]

/** Longer than a disk takes: it is cut, and another entry may have just the name that is left. */
const LONG = `build/${'x'.repeat(300)}.txt`

const COLLIDING: [what: string, names: string[]][] = [
  ['comes twice', ['build/1_a.txt', 'build/1_a.txt']],
  ['is the whole log again', ['0_build.txt']],
  ['differs from another in case only', ['0_BUILD.TXT']],
  ['differs from another in the case of its folder only', ['build/1_a.txt', 'Build/1_a.txt']],
  ['differs from another in its Unicode form only', ['build/\u00e9.txt', 'build/e\u0301.txt']],
  ['differs from another in Unicode form and case', ['build/\u00c9.txt', 'build/e\u0301.txt']],
  ['differs from another in case that changes its length', ['build/stra\u00dfe.txt', 'build/STRASSE.txt']],
  ['is a folder of another', ['build', 'build/1_a.txt']],
  ['is a folder of another, in another case', ['BUILD', 'build/1_a.txt']],
  ['has a file as its folder', ['0_build.txt/1_a.txt']],
  ['is what another name is cut to', [LONG, fileNameOf(LONG)]],
  ['is a folder and a file', ['build/x/', 'build/x']],
]

/** Archives with an entry that must not be written: nothing of them is. */
export function unsafeArchives(): CorpusCase[] {
  const refused = (what: string, ...entries: OddEntry[]): CorpusCase => ({
    what,
    archive: () => buildOddZip([WHOLE, ...entries]),
    outcome: { refused: 'unsafe-archive' },
  })
  const body = { content: 'escaped' }
  return [
    ...NAMES.map(([what, name]) => refused(`a name that ${what}`, { ...body, name })),
    refused(
      'a bad name after many good ones',
      ...Array.from({ length: 50 }, (_, index) => ({ name: `build/${index}` })),
      {
        ...body,
        name: '../escaped.txt',
      },
    ),
    refused('a second name that leaves the folder', {
      ...body,
      name: 'build/1_a.txt',
      extra: unicodePath('build/1_a.txt', '../escaped.txt'),
    }),
    ...TYPES.map(([what, bits]) =>
      refused(what, { name: 'build/1_a.txt', content: '/etc/passwd', madeBy: UNIX, attributes: mode(bits) }),
    ),
    refused('a symbolic link made on macOS', {
      name: 'build/1_a.txt',
      content: '/etc/passwd',
      madeBy: MACOS,
      attributes: mode(0o120777),
    }),
    refused('a symbolic link as a folder', {
      name: 'build/',
      content: '/tmp',
      madeBy: UNIX,
      attributes: mode(0o120777),
    }),
    ...COLLIDING.map(([what, names]) => refused(`a name that ${what}`, ...names.map((name) => ({ ...body, name })))),
  ]
}

const manyEntries = (count: number): OddEntry[] =>
  Array.from({ length: count }, (_, index) => ({ name: `build/${index}_a.txt`, method: 0 }))

/** Archives that are more than may be written. */
export function largeArchives(): CorpusCase[] {
  const zeros = Buffer.alloc(3_000_000)
  const refused = (what: string, archive: () => Buffer): CorpusCase => ({
    what,
    archive,
    outcome: { refused: 'too-large' },
    maxSize: '1MB',
  })
  return [
    refused('a file above max-size', () => buildOddZip([{ ...WHOLE, content: zeros }])),
    refused('a file above max-size that says it is small', () => buildOddZip([{ ...WHOLE, content: zeros, size: 10 }])),
    refused('a stored file above max-size', () => buildOddZip([{ ...WHOLE, content: zeros, method: 0 }])),
    refused('files that are above max-size together', () =>
      buildOddZip([WHOLE, ...manyEntries(20).map((entry) => ({ ...entry, content: zeros.subarray(0, 60_000) }))]),
    ),
    refused('many names for one file', () => {
      const content = zeros.subarray(0, 60_000)
      const names = manyEntries(20).map((entry) => ({ ...entry, method: 8, content, offset: 0 }))
      return buildOddZip([{ ...WHOLE, content }, ...names])
    }),
    refused('10,001 entries', () => buildOddZip([WHOLE, ...manyEntries(10_000)])),
    refused('10,001 entries counted by zip64', () => buildOddZip([WHOLE, ...manyEntries(10_000)], { zip64: true })),
    refused('a number of entries that nobody can have', () => buildOddZip([WHOLE], { count: 2 ** 52, zip64: true })),
  ]
}
