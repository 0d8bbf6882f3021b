import { describe, expect, it } from '@jest/globals'
import { collidingName, createFileNames, fileNameOf, unsafeName, unsafeType } from '../../src/logs/entry-name.ts'

describe('the name of an entry', () => {
  it.each([
    '../a',
    'a/../b',
    '..',
    'a/..',
    '/a',
    '//host/share/a',
    '\\a',
    'a\\..\\b',
    'C:a',
    'c:/a',
    'a\0b',
    'a//b',
    './a',
    'a/./b',
    '',
  ])('is unsafe: %j', (name) => {
    expect(unsafeName(name)).toMatch(/^(has|leaves|names)/)
  })

  it.each([
    '0_build.txt',
    'build/1_Set up job.txt',
    'folder/',
    '..foo',
    'a/...',
    'a..b/c',
    '日本語/😀.txt',
    ' a ',
    'step: x',
    'CON',
  ])('is safe: %j', (name) => {
    expect(unsafeName(name)).toBeUndefined()
  })
})

describe('the type of an entry', () => {
  const unix = 3 << 8

  it.each([
    { type: 'a file', mode: 0o100644, isSafe: true },
    { type: 'a folder', mode: 0o040755, isSafe: true },
    { type: 'none', mode: 0, isSafe: true },
    { type: 'a link', mode: 0o120777, isSafe: false },
    { type: 'a device', mode: 0o020666, isSafe: false },
    { type: 'a pipe', mode: 0o010666, isSafe: false },
    { type: 'a socket', mode: 0o140777, isSafe: false },
  ])('is safe or not: $type', ({ mode, isSafe }) => {
    expect(unsafeType(unix | 20, mode * 0x10000) === undefined).toBe(isSafe)
  })

  it('says nothing in an archive that was not made on Unix', () => {
    expect(unsafeType(20, 0o120777 * 0x10000)).toBeUndefined()
  })
})

describe('names that collide', () => {
  it.each([
    { names: ['a', 'b', 'a'], colliding: 'a' },
    { names: ['a', 'A'], colliding: 'A' },
    { names: ['\u00e9', 'e\u0301'], colliding: 'e\u0301' },
    { names: ['a', 'a/b'], colliding: 'a/b' },
    { names: ['a/b/c', 'A/B'], colliding: 'a/b/c' },
    { names: ['a', 'b', 'a.txt', 'ab/c', 'b2/c'], colliding: undefined },
    { names: [], colliding: undefined },
  ])('are found: $names', ({ names, colliding }) => {
    expect(collidingName(names)).toBe(colliding)
  })
})

describe('the file of an entry', () => {
  it('has the name of the entry as long as a disk takes it', () => {
    const longest = `${'x'.repeat(251)}.txt`
    expect(fileNameOf(`build/${longest}`)).toBe(`build/${longest}`)
  })

  it('has a name that is cut in whole characters, and told apart, beyond that', () => {
    const [one, other] = [`${'😀'.repeat(80)}1.txt`, `${'😀'.repeat(80)}2.txt`].map(fileNameOf)
    expect(one).toMatch(/^(😀)+~[0-9a-f]{8}\.txt$/u)
    expect(one).not.toBe(other)
    expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(255)
    const [folder, file] = fileNameOf(`${'漢'.repeat(100)}/1_a.txt`).split('/')
    expect(Buffer.byteLength(folder ?? '')).toBeLessThanOrEqual(255)
    expect(file).toBe('1_a.txt')
  })
})

describe('the file of an entry on Windows', () => {
  const nameOf = createFileNames(true)

  it.each([
    'CON',
    'nul.txt',
    'aux.tar.txt',
    'COM1',
    'a:b',
    'what?',
    'tab\t',
    'dot.',
    'space ',
    '...',
    '"',
    'lpt\u00b9 .txt',
  ])('has another name, that Windows takes, instead of %j', (name) => {
    const file = nameOf(name)
    expect(file).toMatch(/~[0-9a-f]{8}(\.txt)?$/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what Windows takes
    expect(file).toMatch(/^(?!(con|nul|aux|com1|lpt\u00b9)[ .~]*(\.|$))[^<>:"|?*\u0000-\u001f]+(?<![. ])$/i)
    expect(nameOf(`build/${name}`)).toBe(`build/${file}`)
  })

  it('has its own name where Windows takes it', () => {
    for (const name of ['0_build.txt', 'build/1_Set up job.txt', 'console', 'com', '..a', ' a', 'nullable.txt']) {
      expect(nameOf(name)).toBe(name)
    }
  })

  it('never has the name of another', () => {
    expect(new Set(['a:b', 'a?b', 'a_b', 'a_b.', 'a_b '].map(nameOf)).size).toBe(5)
  })
})
