import { fileNameOf } from '../../src/logs/entry-name.ts'
import type { CorpusCase } from './corpus.ts'
import { WHOLE } from './corpus-refused.ts'
import { buildOddZip, type OddEnd, type OddEntry, record } from './corpus-zip.ts'

/** Names that look odd and harm nobody: each is kept as it is. */
const KEPT: string[] = [
  '..foo',
  '...',
  'foo..',
  '.hidden',
  '~',
  '-rf',
  '--help',
  ' leading space',
  'trailing space ',
  'trailing dot.',
  'CON',
  'nul',
  'aux.txt',
  'COM1.log',
  'a:stream',
  'what?',
  '*',
  '"quoted"',
  '<b>',
  '|',
  '$(touch x)',
  '`id`',
  '%2e%2e',
  '.git/config',
  'deep/'.repeat(50).slice(0, -1),
  'new\nline',
  'tab\t',
  '\u001b[31mred',
  '日本語',
  '😀',
  '\u202egpj.txt',
  '\u200b',
  'e\u0301',
  '．．／x',
  '::error::x',
  'x'.repeat(255),
  '漢'.repeat(85),
  'manifest.json',
]

const UNIX = (3 << 8) | 20

const zip64 = (...sizes: number[]): Buffer =>
  Buffer.concat([record([1, 2], [sizes.length * 8, 2]), ...sizes.map((size) => record([size, 8]))])

const step = (entry: Partial<OddEntry>): OddEntry => ({ name: 'build/1_a.txt', content: 'text', ...entry })

/** Files of an archive that has the whole log of the job and one step. */
const TEXT = { 'build/1_a.txt': 'text' }

const STEPS: [what: string, entry: Partial<OddEntry>, files: Record<string, string | Buffer>][] = [
  ['stored', { method: 0 }, TEXT],
  ['without a byte', { content: '' }, { 'build/1_a.txt': '' }],
  ['without a byte, stored', { content: '', method: 0 }, { 'build/1_a.txt': '' }],
  ['of a byte order mark alone', { content: '\uFEFF' }, { 'build/1_a.txt': '\uFEFF' }],
  [
    'of all bytes',
    { content: Buffer.from([...Array(256).keys()]) },
    { 'build/1_a.txt': Buffer.from([...Array(256).keys()]) },
  ],
  ['of one line without end', { content: 'x'.repeat(900_000) }, { 'build/1_a.txt': 'x'.repeat(900_000) }],
  ['with the mode of a file', { madeBy: UNIX, attributes: 0o100777 * 0x10000 }, TEXT],
  ['with the mode of a folder', { madeBy: UNIX, attributes: 0o040755 * 0x10000 }, TEXT],
  ['with the bit of root', { madeBy: UNIX, attributes: (0o104755 * 0x10000) >>> 0 }, TEXT],
  ['with the attribute of a folder of DOS', { attributes: 0x10 }, TEXT],
  ['with a comment', { comment: '../../escaped.txt' }, TEXT],
  ['with another name before it', { localName: '../escaped.txt' }, TEXT],
  ['with sizes of zip64', { size: 0xffffffff, packedSize: 0xffffffff, extra: zip64(4, 6) }, TEXT],
  [
    'with a name in the old character set',
    { name: Buffer.from('build/\x82.txt', 'latin1'), flags: 0 },
    { 'build/é.txt': 'text' },
  ],
  ['with a name that is no text', { name: Buffer.from('build/\xff.txt', 'latin1') }, { 'build/\uFFFD.txt': 'text' }],
  [
    'with dots in too many bytes',
    { name: Buffer.from('build/\xc0\xae\xc0\xae', 'latin1') },
    { 'build/\uFFFD\uFFFD\uFFFD\uFFFD': 'text' },
  ],
  ['of no job', { name: 'other/1_a.txt' }, {}],
  ['that is a folder', { name: 'build/', content: '' }, {}],
  ['that is a folder with bytes', { name: 'build/folder/' }, {}],
  ['in place of the manifest of a folder', { name: 'build/manifest.json' }, { 'build/manifest.json': 'text' }],
]

const ENDS: [what: string, end: OddEnd][] = [
  ['a comment', { comment: 'made by nobody' }],
  ['the longest comment', { comment: 'x'.repeat(65_535) }],
  ['an end of zip64', { zip64: true }],
]

/** Archives that are taken, however odd. */
export function legalArchives(): CorpusCase[] {
  const whole = { '0_build.txt': 'whole log\n' }
  const taken = (
    what: string,
    entries: OddEntry[],
    files: Record<string, string | Buffer>,
    end?: OddEnd,
  ): CorpusCase => ({
    what,
    archive: () => buildOddZip(entries, end),
    outcome: { files: { ...whole, ...files } },
  })
  const long = `build/${'long '.repeat(60)}.txt`
  return [
    ...KEPT.map((name) =>
      taken(`the odd name ${JSON.stringify(name.slice(0, 20))}`, [WHOLE, step({ name: `build/${name}` })], {
        [`build/${name}`]: 'text',
      }),
    ),
    taken('a name that no disk takes', [WHOLE, step({ name: long })], { [fileNameOf(long)]: 'text' }),
    ...STEPS.map(([what, entry, files]) => taken(`an entry ${what}`, [WHOLE, step(entry)], files)),
    ...ENDS.map(([what, end]) => taken(`an archive with ${what}`, [WHOLE, step({})], TEXT, end)),
    taken('folders twice', [{ name: 'build/' }, WHOLE, { name: 'build/' }, step({})], TEXT),
    taken('the step before the job', [step({}), WHOLE], TEXT),
    {
      what: 'an empty archive',
      archive: () => buildOddZip([]),
      outcome: { byJob: true, fetches: 1 },
    },
    {
      what: 'an archive of folders',
      archive: () => buildOddZip([{ name: 'build/' }, { name: 'other/' }]),
      outcome: { byJob: true, fetches: 1 },
    },
    {
      what: 'a step alone, and neither the one before it nor the whole log',
      archive: () => buildOddZip([step({ name: 'build/2_a.txt' })]),
      outcome: { byJob: true, fetches: 1 },
    },
    {
      what: 'two whole logs of one job',
      archive: () => buildOddZip([WHOLE, { ...WHOLE, name: '1_build.txt' }]),
      outcome: { byJob: true, fetches: 1 },
    },
  ]
}
