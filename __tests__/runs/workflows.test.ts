import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import { listRuns } from '../../src/runs/list.ts'
import { resolveWorkflows } from '../../src/runs/workflows.ts'
import { requestLines } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { createContext } from '../support/context.ts'

const simulators = useSimulators()

/** Three workflows, two of which have the same display name, with one run each, and one that GitHub made itself. */
async function simulate(): Promise<{ simulator: Simulator; ids: Record<string, number> }> {
  const simulator = await simulators.start()
  const repository = simulator.repository()
  const [ci, nightly, deploy] = [
    repository.addWorkflow({ path: 'ci.yml', name: 'CI' }),
    repository.addWorkflow({ path: 'nightly.yaml', name: 'Build (all)' }),
    repository.addWorkflow({ path: 'deploy.yml', name: 'Build (all)' }),
  ]
  repository.addRun({ id: 101, workflow: 'ci.yml', conclusion: 'success', pathRef: 'refs/heads/main' })
  repository.addRun({ id: 102, workflow: 'nightly.yaml', conclusion: 'success' })
  repository.addRun({ id: 103, workflow: 'deploy.yml', conclusion: 'success' })
  repository.addRun({
    id: 104,
    workflow: 'dynamic/github-code-scanning/codeql',
    workflowName: 'CodeQL',
    conclusion: 'success',
  })
  return { simulator, ids: { ci: ci?.id ?? 0, nightly: nightly?.id ?? 0, deploy: deploy?.id ?? 0 } }
}

const list = async (simulator: Simulator, workflow: string[], rest = {}) =>
  (await listRuns(await createContext(simulator), { workflow, ...rest })).map(({ id }) => id)

describe('a workflow', () => {
  it.each([
    ['its file name', 'ci.yml', [101], ['GET workflows/ci.yml/runs']],
    ['its path', '.github/workflows/nightly.yaml', [102], ['GET workflows/nightly.yaml/runs']],
  ])('is found by %s, without a further request', async (_name, name, found, requests) => {
    const { simulator } = await simulate()
    expect(await list(simulator, [name])).toEqual(found)
    expect(requestLines(simulator)).toEqual(requests)
  })

  it('is found by its id', async () => {
    const { simulator, ids } = await simulate()
    expect(await list(simulator, [String(ids.deploy)])).toEqual([103])
    expect(requestLines(simulator)).toEqual([`GET workflows/${ids.deploy}/runs`])
  })

  it.each([
    ['display name', 'CI', [101]],
    ['path outside .github', 'dynamic/github-code-scanning/codeql', [104]],
  ])('is found by its %s, for one request more', async (_name, name, found) => {
    const { simulator } = await simulate()
    expect(await list(simulator, [name])).toEqual(found)
    expect(requestLines(simulator)).toEqual(['GET workflows', expect.stringMatching(/^GET workflows\/\d+\/runs$/)])
  })

  it('is never guessed where two have that display name: the error lists them', async () => {
    const { simulator } = await simulate()
    await expect(list(simulator, ['Build (all)'])).rejects.toMatchObject({
      reason: 'not-found',
      message:
        '2 workflows are called "Build (all)": Build (all) (.github/workflows/nightly.yaml), Build (all) (.github/workflows/deploy.yml). Name the file instead.',
    })
    expect(requestLines(simulator)).toEqual(['GET workflows'])
  })

  it.each(['Deploy', 'ci.yaml', '999999', '.github/workflows/other.yml'])(
    'that does not exist is an error that lists those that do: %s',
    async (name) => {
      const { simulator } = await simulate()
      await expect(list(simulator, [name])).rejects.toMatchObject({
        reason: 'not-found',
        message: expect.stringMatching(/CI \(\.github\/workflows\/ci\.yml\), Build \(all\)/),
      })
    },
  )

  it('that does not exist is an error beside others that do, even where no list is made for each', async () => {
    const { simulator } = await simulate()
    const filter = { headSha: 'a'.repeat(40) }
    await expect(list(simulator, ['ci.yml', 'typo.yml'], filter)).rejects.toMatchObject({ reason: 'not-found' })
  })
})

describe('several workflows', () => {
  it('are one list each, and one request for all their display names', async () => {
    const { simulator } = await simulate()
    expect((await list(simulator, ['CI', 'CodeQL', 'deploy.yml'])).sort()).toEqual([101, 103, 104])
    expect(requestLines(simulator)).toHaveLength(1 + 3)
  })

  it('of one commit are one list together', async () => {
    const { simulator } = await simulate()
    const headSha = simulator.repository().run(101)?.identity.headSha
    expect(await list(simulator, ['CI', 'CodeQL'], { headSha })).toEqual([101])
    expect(requestLines(simulator)).toEqual(['GET workflows', 'GET runs'])
  })
})

it('a run is told to be of a workflow by its path, whatever stands after it or before it', async () => {
  const { simulator } = await simulate()
  const [choice] = await resolveWorkflows(await createContext(simulator), ['ci.yml'])
  const run = { path: 'octo/shared/.github/workflows/ci.yml', workflowId: 1 }
  expect(choice?.isOf(run as never)).toBe(true)
  expect(choice?.isOf({ ...run, path: '.github/workflows/other-ci.yml' } as never)).toBe(false)
  expect(simulator.requests).toEqual([])
})
