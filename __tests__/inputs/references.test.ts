import { describe, expect, it } from '@jest/globals'
import { checkRunIds, jobReference, runReferences } from '../../src/inputs/references.ts'

const here = { owner: 'octo', repo: 'hello' }
const url = 'https://github.com/octo/hello/actions/runs/42'

describe('run-id', () => {
  it.each([
    ['42', [{ id: 42 }]],
    ['42, 43\n44\t45', [{ id: 42 }, { id: 43 }, { id: 44 }, { id: 45 }]],
    [url, [{ id: 42, repository: 'octo/hello' }]],
    [`${url}/`, [{ id: 42, repository: 'octo/hello' }]],
    [`${url}/attempts/3`, [{ id: 42, repository: 'octo/hello', attempt: 3 }]],
    [`${url}/job/7?pr=1#step:3:1`, [{ id: 42, repository: 'octo/hello', jobId: 7 }]],
    [`${url}/attempts/2/job/7,43`, [{ id: 42, repository: 'octo/hello', attempt: 2, jobId: 7 }, { id: 43 }]],
  ])('%j is read', (text, references) => expect(runReferences.parse(text)).toEqual(references))

  it.each([
    '0',
    '-1',
    '4.2',
    '1e3',
    'latest',
    '42, x',
    ',',
    '99999999999999999999',
    'https://github.com/octo/hello/actions/runs/',
    'https://github.com/octo/hello/actions/runs/0',
    'https://github.com/octo/hello/runs/42',
    'ftp://github.com/octo/hello/actions/runs/42',
    `x${url}`,
    `${url}/evil`,
  ])('%j is refused', (text) => expect(runReferences.parse(text)).toBeUndefined())

  it('may not name a run twice, in whatever form', () => {
    const problems = checkRunIds(runReferences.parse(`42 ${url}`), here)
    expect(problems).toEqual(['Input `run-id` names run 42 more than once: name each run once.'])
  })

  it('may not name a run of another repository, and says how to mend it', () => {
    const references = runReferences.parse('https://github.com/octo/other/actions/runs/42 43')
    expect(checkRunIds(references, here)).toEqual([
      'Input `run-id` names run 42 of octo/other, but `repository` is octo/hello: set `repository: octo/other`.',
    ])
  })

  it('takes the repository in any case, as GitHub does', () => {
    expect(checkRunIds(runReferences.parse(url.replace('octo/hello', 'Octo/HELLO')), here)).toEqual([])
    expect(checkRunIds(undefined, here)).toEqual([])
  })
})

describe('job-id', () => {
  it('is an id or a job URL', () => {
    expect(jobReference.parse('7')).toEqual({ jobId: 7 })
    expect(jobReference.parse(`${url}/job/7`)).toMatchObject({ jobId: 7, run: { id: 42 } })
  })
  it.each([url, 'build', '7 8', '0'])('%j is refused', (text) => expect(jobReference.parse(text)).toBeUndefined())
})
