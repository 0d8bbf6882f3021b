import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { startSimulator } from '../../simulator/index.ts'
import { listRuns } from '../../src/runs/list.ts'
import { createContext } from '../support/context.ts'

const START = Date.parse('2026-01-01T00:00:00Z')

/** How many runs were created in each of some seconds: gaps, single ones and bursts. */
const seconds = fc.array(fc.constantFrom(0, 1, 2, 99, 100, 101, 250, 600), { minLength: 1, maxLength: 12 })

it('a list has every run once and newest first, however many share a second', async () => {
  await fc.assert(
    fc.asyncProperty(seconds, fc.constantFrom('empty', '422'), async (counts, overflow) => {
      const simulator = await startSimulator({ overflow: overflow as 'empty' | '422' })
      try {
        const repository = simulator.repository()
        for (const [second, count] of counts.entries()) {
          for (let index = 0; index < count; index += 1) {
            repository.addRun({ conclusion: 'success', createdAt: START + second * 1000 })
          }
        }
        const listed = await listRuns(await createContext(simulator), { branch: 'main' })
        expect(listed.map(({ id }) => id)).toEqual(repository.runs.map(({ id }) => id))
      } finally {
        await simulator.close()
      }
    }),
    { numRuns: 15, seed: 5 },
  )
}, 60_000)
