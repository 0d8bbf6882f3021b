import { describe, expect, it } from '@jest/globals'
import { archiveName, UniqueNames } from '../../simulator/archive-name.ts'
import { archiveNames, jobFileName, matchEntries } from '../../src/logs/layout.ts'
import { type Job, toJob } from '../../src/runs/read.ts'

const jobsOf = (...names: string[]): Job[] => names.map((name, index) => toJob({ id: index + 1, name }))

/** Names in an archive that the log service would make of jobs, one whole log and one step each. */
function entriesOf(jobs: readonly Job[], isOldService = false): Map<number, string[]> {
  const names = new UniqueNames()
  return new Map(
    jobs.map(({ id, name }, index) => {
      const own = names.claim(archiveName(name, isOldService))
      return [id, [`${index}_${own}.txt`, `${own}/1_Run.txt`, `${own}/system.txt`]]
    }),
  )
}

const matchedNames = (entries: readonly string[], jobs: readonly Job[]) =>
  new Map([...matchEntries(entries, jobs)].map(([id, { whole, steps }]) => [id, [...whole, ...steps]]))

describe('the name of a job in an archive', () => {
  it('has no slash, in one of two ways, and nothing else that no disk takes', () => {
    expect(archiveNames('a / b')).toEqual(['a _ b', 'a  b'])
    expect(archiveNames('x: "y" <z>|?*\\')).toEqual(['x y z'])
  })

  it('is cut at 90 UTF-16 units, through a character if need be, and trimmed then', () => {
    expect(archiveNames(`${'x'.repeat(89)}😀`)).toEqual([`${'x'.repeat(89)}\uFFFD`])
    expect(archiveNames(`${'x'.repeat(89)} y`)).toEqual(['x'.repeat(89)])
  })
})

describe('the entries of an archive', () => {
  it.each([false, true])('are given to the jobs that they belong to (old service: %s)', (isOldService) => {
    const jobs = jobsOf('build', 'test / unit', 'test / e2e', 'lint (1)', 'lint (2)', 'x'.repeat(120), 'uild', '日本語')
    const entries = entriesOf(jobs, isOldService)
    expect(matchedNames([...entries.values()].flat(), jobs)).toEqual(entries)
  })

  it.each([
    { what: 'equal names', names: ['twice', 'twice'] },
    { what: 'a third that looks like a numbered one', names: ['twice', 'twice', 'twice (1)'] },
    { what: 'names that become equal', names: ['a/b', 'a_b'] },
    { what: 'names that become equal in the old service', names: ['a/b', 'ab'], isOldService: true },
    { what: 'names that are cut to the same', names: [`${'x'.repeat(90)}1`, `${'x'.repeat(90)}2`] },
  ])('are never guessed: $what', ({ names, isOldService }) => {
    const jobs = jobsOf(...names, 'other')
    const entries = entriesOf(jobs, isOldService)
    const other = jobs.length
    expect(matchedNames([...entries.values()].flat(), jobs)).toEqual(new Map([[other, entries.get(other)]]))
  })

  it('are never given to a wrong job, whatever the names', () => {
    const parts = ['a', 'b', '/', '_', ' (1)', ' ', ':', '😀', 'x'.repeat(44)]
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    for (let round = 0; round < 500; round += 1) {
      const name = () => `a${Array.from({ length: random(4) }, () => parts[random(parts.length)]).join('')}`
      const jobs = jobsOf(...Array.from({ length: 1 + random(6) }, name))
      const entries = entriesOf(jobs, round % 2 === 0)
      for (const [id, found] of matchedNames([...entries.values()].flat(), jobs)) {
        expect({ round, found }).toEqual({ round, found: entries.get(id) })
      }
    }
  })

  it('make a log whole by a log of each step that ran', () => {
    const [job] = jobsOf('build')
    const step = (number: number, conclusion: string) => ({ number, name: 's', status: 'completed', conclusion })
    const ran = job && { ...job, steps: [step(1, 'success'), step(2, 'failure'), step(3, 'skipped')] }
    const entries = ['build/1_Run.txt', 'build/2_Check.txt', 'build/system.txt']
    expect(matchEntries(entries, ran ? [ran] : []).get(1)?.steps).toEqual(entries)
    expect(matchEntries(entries.slice(1), ran ? [ran] : []).size).toBe(0)
  })

  it('prove no log of a job without any of its own, or with two of them', () => {
    const jobs = jobsOf('build')
    expect(matchEntries(['build/system.txt'], jobs).size).toBe(0)
    expect(matchEntries(['0_build.txt', '1_build.txt'], jobs).size).toBe(0)
    expect(matchEntries(['-2147483648_build.txt'], jobs).get(1)).toEqual({
      whole: ['-2147483648_build.txt'],
      steps: [],
    })
    expect(matchEntries(['build.txt', 'x_build.txt', 'suffix build.txt'], jobs).size).toBe(0)
  })
})

describe('the file of a log that was fetched by id', () => {
  it('has the id of the job, and a name that every disk takes', () => {
    const [job, dots, long] = jobsOf('a / b', '..', '漢'.repeat(90))
    expect(job && jobFileName(job)).toBe('1_a _ b.txt')
    expect(dots && jobFileName(dots)).toBe('2_job.txt')
    expect(Buffer.byteLength((long && jobFileName(long)) ?? '')).toBeLessThanOrEqual(255)
    expect(long && jobFileName(long)).toMatch(/^3_漢+~[0-9a-f]{8}\.txt$/)
  })
})
