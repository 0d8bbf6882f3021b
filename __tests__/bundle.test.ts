import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { runStep } from './support/action.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const manifest = JSON.parse(read('package.json'))

describe('the bundle', () => {
  it('starts under Node 24, without anything beside it', async () => {
    expect(process.versions.node).toMatch(/^24\./)
    const end = await runStep({ with: {} })
    expect([end.exitCode, end.stderr]).toEqual([1, ''])
    expect(end.stdout).toContain('Input `operation` is required')
    expect(read('dist/index.js')).not.toMatch(/^import .* from ["'](?!node:|[a-z_/]+["'])/m)
  })

  it('is what action.yml starts', () => {
    if (!existsSync(join(root, 'action.yml'))) return
    expect(read('action.yml')).toMatch(/runs:\s+using: ['"]?node24['"]?\s+main: ['"]?dist\/index\.js/)
  })

  it('comes with the licence of every package in it', () => {
    const licences = read('dist/licenses.txt').split('\n')
    for (const name of Object.keys(manifest.dependencies)) expect(licences).toContain(name)
    const packages = new Set(
      [...read('dist/index.js').matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g)].map(([, name]) => name),
    )
    expect(packages.size).toBeGreaterThan(5)
    const unlicensed = [...packages].filter((name) => !licences.includes(String(name)))
    expect(unlicensed).toEqual([])
    for (const name of ['@octokit/core', 'bottleneck', 'undici', '@actions/http-client'])
      expect(licences).toContain(name)
  })

  it('names no folder of the machine it was built on', () => {
    expect(read('dist/index.js')).not.toContain(root)
    expect(read('dist/licenses.txt')).not.toContain(root)
  })
})
