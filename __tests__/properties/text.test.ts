import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { marked } from 'marked'
import { formatDuration, parseDuration } from '../../src/durations.ts'
import { forHtml, forLog, forMarkdown } from '../../src/foreign-text.ts'
import { splitList } from '../../src/inputs/kinds.ts'

/** Text made to break out: pieces of commands, markup and control sequences between anything else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '::',
        '::error::',
        '##[',
        '##[add-mask]',
        '\n',
        '\r',
        '\r\n',
        ' ',
        '\t',
        '\u001b[31m',
        '\u0000',
        '\u2028',
        '\ufeff',
        '\u200b',
        '<script>',
        '</pre>',
        '<img src=x>',
        '"',
        "'",
        '&',
        '&lt;',
        '[a](javascript:x)',
        '![i](http://e.test/p)',
        '`',
        '```',
        '|',
        '**b**',
        '_i_',
        '~~s~~',
        '# h',
        '- l',
        '> q',
        '1. n',
        '@octocat',
        'https://e.test',
        'www.e.test',
        ':tada:',
        '$x$',
        '\\',
        '#1',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

describe('text of strangers', () => {
  it('starts no workflow command in the log', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = forLog(text).split(/\r\n|\r|\n/)
        // As the runner reads a line: trimmed at its start for `::`, anywhere for `##[`.
        expect(lines.filter((line) => line.trimStart().startsWith('::') || line.includes('##['))).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  it('is text and nothing else in Markdown, on one line', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = forMarkdown(text)
        expect(safe).not.toMatch(/[\r\n]/)
        const html = marked.parse(`| a |\n| --- |\n| x ${safe} x |\n`, { async: false, gfm: true })
        const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag))
        expect([...tags].filter((tag) => !['table', 'thead', 'tbody', 'tr', 'th', 'td'].includes(tag ?? ''))).toEqual(
          [],
        )
        expect(html.match(/<td>/g)).toHaveLength(1)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is text and nothing else in HTML', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(forHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a duration', () => {
  it('is read as the sum of its parts', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom('s', 'm', 'h', 'd', 'w'))
    const seconds = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const sum = parts.reduce((total, [amount, unit]) => total + amount * seconds[unit as 's'] * 1000, 0)
        expect(parseDuration(parts.map(([amount, unit]) => `${amount}${unit}`).join(''))).toBe(sum)
      }),
    )
  })

  it('that is written is read back to within the unit that was left out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => {
        const back = parseDuration(formatDuration(ms).replaceAll(' ', ''))
        const unit = ms < 3_600_000 ? 1_000 : ms < 86_400_000 ? 60_000 : 3_600_000
        expect(Math.abs((back ?? Number.NaN) - ms)).toBeLessThanOrEqual(unit)
      }),
    )
  })

  it('is nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^(\d+[smhdw])+$/.test(text))
        expect(parseDuration(text)).toBeUndefined()
      }),
    )
  })
})

describe('a list', () => {
  const item = fc
    .string()
    .map((text) => text.replace(/[\n,]/g, '').trim())
    .filter((text) => text !== '')

  it.each([',', '\n', ' , ', '\n\n', '\r\n'])('gives back the items that stand between %j', (separator) => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        expect(splitList(items.join(separator))).toEqual(items)
      }),
    )
  })

  it('has no empty and no untrimmed items', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', ',', '\n', '\t') }), (text) => {
        expect(splitList(text).filter((one) => one === '' || one !== one.trim())).toEqual([])
      }),
    )
  })
})
