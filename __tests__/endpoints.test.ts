import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { endpoints } from '../simulator/openapi/endpoints.ts'
import { operations } from '../src/operations/index.ts'
import { REASONS } from '../src/report.ts'

const DOCS = join(import.meta.dirname, '../docs')

/** A row of the table in docs/endpoints.md. */
interface Row {
  endpoint: string
  operations: string[]
  /** Paths relative to docs/. */
  tests: string[]
  reasons: string[]
}

const codes = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')

const rows = [...readFileSync(join(DOCS, 'endpoints.md'), 'utf8').matchAll(/^\| (`[A-Z].*) \|$/gm)].map(
  ([, line]): Row => {
    const [endpoint = '', used = '', tests = '', refusals = ''] = (line ?? '').split(' | ')
    return {
      endpoint: codes(endpoint)[0] ?? '',
      operations: codes(used),
      tests: [...tests.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path ?? ''),
      reasons: codes(refusals),
    }
  },
)

/** The endpoint as operations write it, of one that the simulator's description is held to. */
const asDeclared = ({ method, path }: { method: string; path: string }): string =>
  `${method} ${path}`
    .replace('{run}', '{run_id}')
    .replace('{job}', '{job_id}')
    .replace('attempts/1', 'attempts/{attempt_number}')
    .replace('workflows/ci.yml', 'workflows/{workflow_id}')

/** The text of a test, with that of the behaviours that it shares with others. */
function readTest(path: string): string {
  const text = readFileSync(path, 'utf8')
  const shared = [...text.matchAll(/from '([^']*-behaviour\.ts)'/g)].map(([, file]) => join(path, '..', file ?? ''))
  return [text, ...shared.map(readTest)].join('\n')
}

/** Finds a request line such as `DELETE runs/100` or `DELETE runs/${id}`, whatever the ids. */
const requestLine = (endpoint: string): RegExp =>
  new RegExp(`${endpoint.replace(/\{\w+\}/g, '[^/\'"`\\s]+')}(?![\\w/-])`)

/** Tests run the bundle by one of these. */
const RUNS_BUNDLE = /\bsimulators\.run\(|\buseOperation\(/

describe('docs/endpoints.md', () => {
  it('has each of the 17 endpoints once', () => {
    const wanted = Object.values(endpoints).map(asDeclared)
    expect(wanted).toHaveLength(17)
    expect(rows.map(({ endpoint }) => endpoint).sort()).toEqual(wanted.sort())
  })

  describe.each(rows)('$endpoint', ({ endpoint, operations: named, tests, reasons }) => {
    const texts = tests.filter((path) => existsSync(join(DOCS, path))).map((path) => readTest(join(DOCS, path)))

    it('names the operations that use it, all of them and no other', () => {
      const using = operations.filter((operation) => operation.endpoints.includes(endpoint)).map(({ name }) => name)
      expect(using.length).toBeGreaterThan(0)
      expect([...named].sort()).toEqual(using.sort())
    })

    it('names tests that exist, run the bundle and expect a request to it', () => {
      expect(texts).toHaveLength(tests.length)
      expect(texts.filter((text) => RUNS_BUNDLE.test(text))).toHaveLength(tests.length)
      expect(texts.some((text) => requestLine(endpoint).test(text))).toBe(true)
    })

    it('names refusals by reasons that its operations declare and its tests expect', () => {
      const declared: string[] = operations.filter(({ name }) => named.includes(name)).flatMap((one) => one.reasons)
      const claimed = reasons.filter((reason) => reason in REASONS)
      expect(claimed).toEqual(reasons)
      expect(claimed.length).toBeGreaterThan(0)
      expect(claimed.filter((reason) => !declared.includes(reason))).toEqual([])
      expect(claimed.filter((reason) => !texts.some((text) => text.includes(`'${reason}'`)))).toEqual([])
    })
  })
})
