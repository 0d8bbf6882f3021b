import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { operations } from '../src/operations/index.ts'
import { useSimulators } from './support/checks.ts'
import { daysAgo } from './support/runs.ts'
import { inputsOf, isThisAction, readExample, readWorkflows, type Workflow } from './support/workflows.ts'

const simulators = useSimulators()

const ROOT = join(import.meta.dirname, '..')
const VALIDATOR = join(import.meta.dirname, 'support/validate-workflows.ts')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** What GitHub's language service has to say of each workflow. */
function validate(workflows: Record<string, string>): Record<string, string[]> {
  const input = JSON.stringify({ action: read('action.yml'), workflows })
  const { stdout, stderr, status } = spawnSync(process.execPath, [VALIDATOR], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The examples of operations may leave out the trigger, by hand with the id of a run. */
const withTrigger = (example: string): string =>
  /^on:/m.test(example) ? example : `on: { workflow_dispatch: { inputs: { run-id: { required: true } } } }\n${example}`

const texts = readWorkflows('docs/examples')
const files = Object.keys(texts)
const workflows = Object.fromEntries(files.map((file) => [file, readExample(file)]))
const ownTexts = readWorkflows('.github/workflows')

describe("GitHub's own workflow parser", () => {
  const good = 'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: OWNER/workflow-run-operations@v1\n'

  it('accepts every workflow in docs/examples', () => {
    expect(files.length).toBeGreaterThanOrEqual(10)
    expect(validate(texts)).toEqual(Object.fromEntries(files.map((file) => [file, []])))
  })

  it('accepts the workflows of this repository', () => {
    expect(Object.keys(ownTexts)).toEqual(['ci.yml', 'commit-dist.yml', 'rebuild-dist.yml', 'release.yml'])
    expect(validate(ownTexts)).toEqual(Object.fromEntries(Object.keys(ownTexts).map((file) => [file, []])))
  })

  it('accepts the example of every operation', () => {
    const examples = operations.map(({ name, example }) => [name, withTrigger(example)])
    expect(validate(Object.fromEntries(examples))).toEqual(Object.fromEntries(operations.map(({ name }) => [name, []])))
  })

  it.each([
    [
      'an input that the action does not have',
      `${good}        with: { operation: cancel, run: 1 }`,
      /action input 'run'/,
    ],
    ['no operation', `${good}        with: { run-id: 1 }`, /required input `operation`/],
    [
      'a permission that does not exist',
      `permissions: { action: write }\n${good}        with: { operation: cancel }`,
      /'action'/,
    ],
    [
      'an output of a job that does not exist',
      `${good}        with: { operation: '\${{ needs.b.outputs.c }}' }`,
      /b|needs/,
    ],
    [
      'a broken schedule',
      `${good.replace('push', '{ schedule: [{ cron: nightly }] }')}        with: { operation: cancel }`,
      /cron/i,
    ],
  ])('would complain of %s', (_name, workflow, complaint) => {
    expect(validate({ workflow }).workflow?.join('\n')).toMatch(complaint)
  })
})

describe.each(files)('docs/examples/%s', (file) => {
  const { jobs, permissions } = workflows[file] as Workflow
  const steps = Object.entries(jobs).flatMap(([name, job]) =>
    job.steps.filter(isThisAction).map((step) => ({ name, job, inputs: step.with ?? {} })),
  )
  const operationOf = (inputs: Record<string, unknown>) => operations.find(({ name }) => name === inputs.operation)

  it('gives inputs that the operation has, with values that it accepts', () => {
    expect(steps.length).toBeGreaterThan(0)
    for (const { inputs } of steps) {
      const { operation: _operation, ...given } = inputs
      for (const [name, value] of Object.entries(given)) {
        const input = operationOf(inputs)?.inputs[name]
        const isRight = /\$\{\{/.test(String(value)) || input?.kind.parse(String(value).trim()) !== undefined
        expect({ name, value, isRight: input !== undefined && isRight }).toEqual({ name, value, isRight: true })
      }
    }
  })

  it('gives each job the permissions that its steps need, and no other', () => {
    expect(permissions).toEqual({})
    for (const [name, job] of Object.entries(jobs)) {
      const own = steps.filter((step) => step.name === name && step.inputs.token === undefined)
      const needed = own.map(({ inputs }) => operationOf(inputs)?.permission.split(': ') ?? [])
      expect({ name, permissions: job.permissions ?? {} }).toEqual({ name, permissions: Object.fromEntries(needed) })
    }
  })

  it('puts no expression into a script, where it could become code', () => {
    const scripts = Object.values(jobs).flatMap((job) => job.steps.flatMap(({ run }) => run ?? []))
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
  })
})

describe('the example of a sharded wait', () => {
  it('waits in one job for each run that the first job lists', async () => {
    const { list, wait } = workflows['sharded-wait.yml']?.jobs ?? {}
    const simulator = await simulators.start()
    const sha = 'a'.repeat(40)
    const repository = simulator.repository()
    for (const workflow of ['nightly.yml', 'integration.yml'])
      repository.addWorkflow({ path: workflow, name: workflow })
    repository.addRun({ id: 101, headSha: sha, conclusion: 'success' })
    repository.addRun({ id: 102, headSha: sha, conclusion: 'failure', workflow: 'integration.yml' })
    repository.addRun({ id: 103, headSha: sha, status: 'in_progress', workflow: 'sharded-wait.yml' })
    const [listing = {}] = inputsOf(list, { 'inputs.sha': sha })
    const { outputs } = await simulators.run(simulator, { with: listing })
    expect(wait?.strategy?.matrix['run-id']).toBe('$' + '{{ fromJSON(needs.list.outputs.run-ids) }}')
    const matrix: number[] = JSON.parse(outputs['run-ids'] ?? '')
    expect(matrix.sort()).toEqual([101, 102])
    const shards = matrix.map((id) => inputsOf(wait, { 'matrix.run-id': String(id) })[0] ?? {})
    const ends = await Promise.all(shards.map((inputs) => simulators.run(simulator, { with: inputs })))
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 1])
  })
})

describe('the example of a clean-up of an organisation', () => {
  it('plans in one job for each repository, then deletes there and nowhere else', async () => {
    const simulator = await simulators.start()
    const names = ['octo/hello', 'octo/world', 'octo/other']
    const repositories = names.map((name) => simulator.repository(name))
    for (const repository of repositories) {
      for (let age = 120; age > 100; age -= 1) repository.addRun({ conclusion: 'success', createdAt: daysAgo(age) })
    }
    const job = workflows['organisation-clean-up.yml']?.jobs['clean-up']
    const clean = async (name: string) => {
      const [plan = {}, remove = {}] = inputsOf(job, {
        'matrix.repository': name,
        'secrets.CLEAN_UP_TOKEN': 'simulator-token',
      })
      expect({ ...remove, 'dry-run': 'true', timeout: undefined }).toEqual({ ...plan, timeout: undefined })
      const planned = await simulators.run(simulator, { with: plan })
      expect(planned.stdout).toContain('Plan: 10 requests to delete')
      expect(planned.outputs).toMatchObject({ 'matched-count': '20', 'changed-count': '0' })
      return simulators.run(simulator, { with: remove })
    }
    const ends = await Promise.all(names.slice(0, 2).map(clean))
    expect(ends.map(({ outputs }) => outputs['changed-count'])).toEqual(['10', '10'])
    expect(repositories.map(({ runs }) => runs.length)).toEqual([10, 10, 20])
  })
})
