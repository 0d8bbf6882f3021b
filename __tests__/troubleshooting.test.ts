import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { operations } from '../src/operations/index.ts'
import { REASONS } from '../src/report.ts'

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8')

/** The text below each heading of a page. */
function sectionsOf(page: string): Map<string, string> {
  const parts = read(page)
    .split(/^#+ /m)
    .slice(1)
    .map((part): [string, string] => {
      const end = part.indexOf('\n')
      return [part.slice(0, end).replaceAll('`', ''), part.slice(end).trim()]
    })
  return new Map(parts)
}

describe('docs/troubleshooting.md', () => {
  const sections = sectionsOf('troubleshooting.md')

  it.each(Object.keys(REASONS))('says what `%s` means and what to do', (reason) => {
    expect(sections.get(reason)).toMatch(/^\*\*Means:\*\* \S[\s\S]*\*\*Do:\*\* \S/)
  })

  it('has no entry for a reason that does not exist', () => {
    const told = [...sections].filter(([, text]) => text.startsWith('**Means:**')).map(([heading]) => heading)
    expect(told.sort()).toEqual(Object.keys(REASONS).sort())
  })
})

/** What stands in the right column of the tables: `input: value`. */
const written = read('migration.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .flatMap((row) => [...(row.split(' | ').at(-1) ?? '').matchAll(/`([a-z-]+): ([^`]+)`/g)])
  .map(([, name = '', value = '']) => ({ name, value }))

/** Is it an operation, or does an operation have the input and accept the value? */
const isAccepted = ({ name, value }: { name: string; value: string }): boolean => {
  if (name === 'operation') return operations.some((operation) => operation.name === value)
  const isPlaceholder = /\.\.\.|^(ID|SHA)$/.test(value)
  return operations.some(
    ({ inputs }) => name in inputs && (isPlaceholder || inputs[name]?.kind.parse(value) !== undefined),
  )
}

describe('docs/migration.md', () => {
  it('tells only inputs that exist, with values that they accept', () => {
    expect(written.length).toBeGreaterThan(50)
    // A condition of the step, which is not an input.
    const inputs = written.filter(({ name }) => name !== 'if')
    expect(inputs.filter((input) => !isAccepted(input))).toEqual([])
  })

  it('tells where each operation that other actions have is here', () => {
    const told = new Set(written.flatMap(({ name, value }) => (name === 'operation' ? [value] : [])))
    const missing = operations.map(({ name }) => name).filter((name) => !told.has(name))
    // No other action and no command does these.
    expect(missing.sort()).toEqual(['reject', 'review-protection-rule'])
  })
})
