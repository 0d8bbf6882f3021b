import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { renderFiles } from '../script/reference/files.ts'
import { fillBetween, table } from '../script/reference/markdown.ts'
import { operations } from '../src/operations/index.ts'
import { COMMON_OUTPUTS, OUTPUTS } from '../src/outputs.ts'
import { REASONS } from '../src/report.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Step {
  uses?: string
  with?: Record<string, unknown>
}

interface Job {
  permissions?: Record<string, string>
  steps?: Step[]
}

interface Workflow {
  on?: unknown
  permissions?: Record<string, string>
  jobs?: Record<string, Job>
}

/** A use of this action in a workflow that the docs show. */
interface Use {
  where: string
  workflow: Workflow
  job: Job
  inputs: Record<string, unknown>
}

const isThisAction = ({ uses }: Step): boolean => uses?.startsWith('OWNER/workflow-run-operations@') ?? false

function usesIn(where: string, yaml: string): Use[] {
  const workflow = parse(yaml) as Workflow
  return Object.values(workflow.jobs ?? {}).flatMap((job) =>
    (job.steps ?? []).filter(isThisAction).map((step) => ({ where, workflow, job, inputs: step.with ?? {} })),
  )
}

const yamlBlocks = (markdown: string): string[] =>
  [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '')

const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
)
const shownUses = pages.flatMap((page) => yamlBlocks(read(page)).flatMap((block) => usesIn(page, block)))
const quickStarts = yamlBlocks(read('README.md'))

const level = { read: 1, write: 2 } as const

/** Does the job's token have the permission, or does the step bring a token of its own? */
function isPermitted({ job, workflow, inputs }: Use, permission: string): boolean {
  if (inputs.token !== undefined) return true
  const [area = '', needed = ''] = permission.split(': ')
  const granted = (job.permissions ?? workflow.permissions)?.[area] ?? ''
  return (level[granted as 'read' | 'write'] ?? 0) >= level[needed as 'read' | 'write']
}

describe('generated files', () => {
  it('are what the registry says (npm run docs writes them)', async () => {
    const files = await renderFiles(ROOT, operations)
    for (const { path, current, wanted } of files) expect({ path, text: current }).toEqual({ path, text: wanted })
  })

  it('refuse to be written where the marks are missing', () => {
    expect(() => fillBetween('no marks', 'INPUTS', 'x')).toThrow('lacks the marks BEGIN and END GENERATED INPUTS')
  })

  it('keep what stands around the marks, and dollar signs in what stands between', () => {
    const file = 'before\n# BEGIN GENERATED X\nold\n# END GENERATED X\nafter\n'
    expect(fillBetween(file, 'X', '$& $1')).toBe('before\n# BEGIN GENERATED X\n$& $1\n# END GENERATED X\nafter\n')
  })

  it('keep a pipe in a table cell from ending it', () => {
    expect(table(['a'], [['x | y\nz']])).toBe('| a |\n| --- |\n| x \\| y z |')
  })
})

describe('action.yml', () => {
  const action = parse(read('action.yml'))

  it('starts the committed bundle under Node 24', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/index.js' })
    expect(existsSync(join(ROOT, action.runs.main))).toBe(true)
  })

  it('has every input of every operation and no other', () => {
    const declared = new Set(operations.flatMap(({ inputs }) => Object.keys(inputs)))
    expect(Object.keys(action.inputs).sort()).toEqual(['operation', ...declared].sort())
  })

  it('gives a default to token and repository only, so that an unset input can be told from a set one', () => {
    const defaults = Object.entries<{ default?: string }>(action.inputs).flatMap(([name, input]) =>
      input.default === undefined ? [] : [[name, input.default]],
    )
    expect(Object.fromEntries(defaults)).toEqual({
      token: `\${{ github.token }}`,
      repository: `\${{ github.repository }}`,
    })
  })

  it('names every operation in the description of `operation`', () => {
    const listed = action.inputs.operation.description.match(/One of: (.*)\./)[1].split(', ')
    expect(listed).toEqual(operations.map(({ name }) => name))
  })

  it('has every output', () => {
    expect(Object.keys(action.outputs).sort()).toEqual(['result', 'result-path', ...Object.keys(OUTPUTS)].sort())
  })
})

describe('inputs', () => {
  it('mean the same in every operation that has them; only the default, or that there must be a value, may differ', () => {
    const meanings = new Map<string, Set<string>>()
    for (const { inputs } of operations) {
      for (const [name, { description, kind }] of Object.entries(inputs)) {
        const meaning = JSON.stringify([description, kind.expects])
        meanings.set(name, (meanings.get(name) ?? new Set()).add(meaning))
      }
    }
    const ambiguous = [...meanings].filter(([, meaning]) => meaning.size > 1)
    expect(ambiguous.map(([name, meaning]) => ({ name, meanings: [...meaning] }))).toEqual([])
  })

  it('have defaults that they accept themselves', () => {
    const refused = operations.flatMap(({ name, inputs }) =>
      Object.entries(inputs)
        .filter(([, { default: value, kind }]) => value !== undefined && kind.parse(value) === undefined)
        .map(([input]) => `${name}: ${input}`),
    )
    expect(refused).toEqual([])
  })
})

describe.each(operations.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
  it('has a test of its own', () => {
    expect(existsSync(join(ROOT, `__tests__/operations/${name}.test.ts`))).toBe(true)
  })

  it('says what it does, which permission it needs and which endpoints it uses', () => {
    expect(operation.description).toMatch(/^[A-Z].*\.$/)
    expect(operation.permission).toMatch(/^(actions|deployments): (read|write)$/)
    expect(operation.endpoints.length).toBeGreaterThan(0)
    for (const endpoint of operation.endpoints) expect(endpoint).toMatch(/^(GET|POST|DELETE) [a-z_{}/-]+$/)
  })

  it('gives only reasons and outputs that are explained, each once', () => {
    expect(operation.reasons.filter((reason) => !(reason in REASONS))).toEqual([])
    expect(operation.outputs.filter((output) => !(output in OUTPUTS))).toEqual([])
    expect(new Set(operation.reasons).size).toBe(operation.reasons.length)
    const outputs = [...COMMON_OUTPUTS, ...operation.outputs]
    expect(new Set(outputs).size).toBe(outputs.length)
  })

  it('has an example that uses it, with the permission it needs', () => {
    const uses = usesIn(name, operation.example)
    expect(uses.map(({ inputs }) => inputs.operation)).toContain(name)
    for (const use of uses) expect(isPermitted(use, operation.permission)).toBe(true)
  })
})

describe('workflows in the docs', () => {
  it('use only inputs that their operation has, with values that it accepts', () => {
    const problems = shownUses.flatMap(({ where, inputs: { operation: name, ...inputs } }) => {
      const operation = operations.find((known) => known.name === name)
      return Object.entries(inputs).flatMap(([input, value]) => {
        const declared = operation?.inputs[input]
        if (declared === undefined) return [`${where}: ${name} has no input ${input}`]
        const text = String(value)
        // An expression is known only when the workflow runs.
        const isRight = /\$\{\{/.test(text) || declared.kind.parse(text.trim()) !== undefined
        return isRight ? [] : [`${where}: ${name} does not accept ${input}: ${text}`]
      })
    })
    expect(problems).toEqual([])
  })

  it('give the job the permission that the operation needs', () => {
    const problems = shownUses.filter((use) => {
      const operation = operations.find(({ name }) => name === use.inputs.operation)
      return operation === undefined || !isPermitted(use, operation.permission)
    })
    expect(problems.map(({ where, inputs }) => `${where}: ${inputs.operation}`)).toEqual([])
  })

  it('show the five main operations in the README as complete workflows, with no more permissions than they need', () => {
    const complete = quickStarts.map((block) => parse(block) as Workflow).filter(({ on, jobs }) => on && jobs)
    const shown = complete.flatMap((workflow) => usesIn('README.md', JSON.stringify(workflow)))
    expect(new Set(shown.map(({ inputs }) => inputs.operation))).toEqual(
      new Set(['rerun-failed', 'cancel-stale', 'wait-for-run', 'download-logs', 'approve']),
    )
    for (const { inputs, job } of shown) {
      const permission = operations.find(({ name }) => name === inputs.operation)?.permission ?? ''
      const [area = '', needed = ''] = permission.split(': ')
      expect(job.permissions).toEqual(inputs.token === undefined ? { [area]: needed } : {})
    }
  })
})

const headingsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading?.trim() ?? '')

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)

describe('links in the docs', () => {
  it('lead to files and headings that exist', () => {
    const anchor = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 _-]/g, '')
        .replaceAll(' ', '-')
    const anchorsOf = (page: string) => headingsOf(page).map(anchor)
    const broken = [...pages, 'CONTRIBUTING.md'].flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(([link, path, heading]) => {
        const target = path === '' ? page : join(page, '..', path ?? '')
        const isThere = existsSync(join(ROOT, target)) && (!heading || anchorsOf(target).includes(heading))
        return isThere ? [] : [`${page}: ${link}`]
      }),
    )
    expect(broken).toEqual([])
  })

  it('from comments in the code name a page and a heading of it', () => {
    const broken = ['src', 'simulator', 'script'].flatMap(sources).flatMap((source) =>
      [...read(source).matchAll(/\((docs\/[a-z-]+\.md), ([^)]+)\)/g)].flatMap(([pointer, page = '', heading = '']) => {
        const title = heading.replace(/\s+\*?\s*/g, ' ')
        return existsSync(join(ROOT, page)) && headingsOf(page).includes(title) ? [] : [`${source}: ${pointer}`]
      }),
    )
    expect(broken).toEqual([])
  })
})
