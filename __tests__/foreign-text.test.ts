import { describe, expect, it } from '@jest/globals'
import { forHtml, forLog, forMarkdown, oneLine, stripControls } from '../src/foreign-text.ts'
import { seededRandom } from './github/bench.ts'

/** How the runner finds a command in a line (actions/runner, ActionCommand.cs). */
const isCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[')

const hasCommand = (text: string) => text.split(/\r\n|\r|\n/).some(isCommand)

describe('text for the log', () => {
  it.each([
    '::error::x',
    '  ::set-output name=a::b',
    'ok\n::add-mask::x',
    'ok\r::warning::x',
    '\u00a0\u3000::error::x',
    '\ufeff::error::x',
    '\u001b[31m::error::x',
    ':\u0000:error::x',
    '\u001b[0m:\u001b[0m:error::x',
    '##[error]x',
    'text ##[group]x',
    '###[group]x',
    '#\u0000#[group]',
    '##\u001b[1m[group]',
    '#\u001b]0;t\u0007#[group]',
    '::::',
  ])('%j is no workflow command', (text) => {
    expect(hasCommand(forLog(text))).toBe(false)
  })

  it('stays as it is where it is harmless', () => {
    const text = 'Run 1: cancel requested (a::b, #12, [x]) 100%0A\n\tnext – größer 🦄'
    expect(forLog(text)).toBe(text)
  })

  it('has no escape sequence, byte order mark, carriage return or bidi override', () => {
    const text = '\ufeffa\u001b[31mb\u001b[0m\r\nc\u202ed\u2066e\u0007\u0085\u001b]8;;http://x\u0007f'
    expect(stripControls(text)).toBe('ab\ncdef')
  })

  it('has no hidden character, but keeps those that join letters and emoji', () => {
    expect(stripControls('a\u00ad\u200b\u200e\u2060\u061c\u{e0001}b')).toBe('ab')
    const joined = 'می\u200cخواهم 👩\u200d🚒 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'
    expect(stripControls(joined)).toBe(joined)
  })

  it('is never a command, whatever it is made of (2,000 random texts)', () => {
    const random = seededRandom(7)
    const parts = [
      ':',
      '::',
      '#',
      '##',
      '[',
      ' ',
      '\n',
      '\r',
      '\u0000',
      '\ufeff',
      '\u001b[1m',
      '\u001b',
      'error',
      '\u2028',
    ]
    for (let count = 0; count < 2000; count += 1) {
      const text = Array.from({ length: 8 }, () => parts[Math.floor(random() * parts.length)]).join('')
      expect([text, hasCommand(forLog(text))]).toEqual([text, false])
    }
  })
})

describe('text for Markdown', () => {
  it.each([
    '<script>alert(1)</script>',
    '[x](javascript:alert(1))',
    '![x](https://evil.example/p.png)',
    '`code`',
    '**bold** _it_ ~~no~~',
    'a|b',
    '@octocat',
    ':tada:',
    '$x$',
    'https://evil.example',
    '&lt;b&gt;',
    'a\\|b',
    '# heading',
  ])('%j keeps none of its meaning', (text) => {
    expect(forMarkdown(text)).not.toMatch(/[<>`*_[\]|~@:$\\]|(?<!&)#|&(?!#\d+;)/)
  })

  it('stays on one line, in a table cell too', () => {
    expect(forMarkdown('a\n\n| b |\r\n# c')).toBe('a &#124; b &#124; &#35; c')
    expect(oneLine('  a \n\t b ')).toBe('a b')
  })

  it('breaks what GitHub makes a link of after rendering', () => {
    expect(forMarkdown('www.evil.example WWW.x')).toBe('www&#8203;&#46;evil.example WWW&#8203;&#46;x')
    expect(forMarkdown('https://x a@x @x')).toBe('https&#58;&#8203;//x a&#64;&#8203;x &#64;&#8203;x')
  })

  it('stays readable', () => {
    expect(forMarkdown('Fix it (really), 100 % – größer!')).toBe('Fix it (really), 100 % – größer!')
  })
})

it('text for HTML ends no element and no attribute', () => {
  expect(forHtml(`<a href="x" title='y'>&\u0007`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;')
})
