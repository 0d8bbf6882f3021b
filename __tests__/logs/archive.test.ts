import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { buildZip, type ZipEntry } from '../../simulator/index.ts'
import type { ByteBudget } from '../../src/logs/archive.ts'
import { openArchive } from '../../src/logs/archive.ts'
import { listFiles } from '../support/action.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'))
})

afterEach(() => rm(folder, { recursive: true }))

const plenty = (): ByteBudget => ({ left: 1e9, limit: 1e9 })

async function open(zip: Buffer, maxEntries?: number) {
  const file = join(folder, 'archive.zip')
  await writeFile(file, zip)
  return openArchive(file, maxEntries)
}

/** A source of numbers that is the same in each run. */
function createRandom(start: number): (below: number) => number {
  let seed = start
  return (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
}

function randomEntries(random: (below: number) => number): (ZipEntry & { name: string; content: Buffer })[] {
  return Array.from({ length: random(12) }, (_, index) => {
    const length = random(10) === 0 ? random(700_000) : random(300)
    const content = Buffer.alloc(length)
    const variety = 1 + random(255)
    for (let at = 0; at < length; at += 1) content[at] = random(variety)
    const parent = random(2) === 0 ? '' : `job ${random(3)} ü/`
    return { name: `${parent}${index}_${'é😀x'.repeat(random(8))}.txt`, content, stored: random(3) === 0 }
  })
}

describe('an archive', () => {
  it('gives back every byte that was put in', async () => {
    for (let round = 1; round <= 25; round += 1) {
      const entries = randomEntries(createRandom(round))
      const archive = await open(buildZip(entries))
      expect(archive.names).toEqual(entries.map(({ name }) => name))
      const target = join(folder, String(round))
      for (const { name, content } of entries) {
        expect(await archive.extract(name, join(target, name), plenty())).toBe(content.length)
        expect((await readFile(join(target, name))).equals(content)).toBe(true)
      }
      expect(await listFiles(target)).toEqual(entries.map(({ name }) => name).sort())
      archive.close()
    }
  })

  it('is corrupt when it is cut anywhere, never shorter', async () => {
    const entries = [
      { name: '0_a.txt', content: 'a'.repeat(999) },
      { name: '1_b.txt', content: 'b', stored: true },
    ]
    const zip = buildZip(entries)
    for (let length = 0; length < zip.length; length += 7) {
      await expect(open(zip.subarray(0, length))).rejects.toMatchObject({ reason: 'corrupt-archive' })
    }
  })

  it('never gives other bytes than those put in when one bit is wrong', async () => {
    const content = 'line of a log\n'.repeat(20)
    const zip = buildZip([{ name: '0_a.txt', content }])
    for (let bit = 0; bit < zip.length * 8; bit += 5) {
      const damaged = Buffer.from(zip)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const target = join(folder, `out-${bit}`)
      const archive = await open(damaged).catch((error: unknown) => {
        expect(error).toMatchObject({ reason: expect.stringMatching(/^(corrupt-archive|unsafe-archive|too-large)$/) })
      })
      for (const name of archive?.names ?? []) {
        const size = await archive?.extract(name, target, plenty()).catch((error: unknown) => {
          expect(error).toMatchObject({ reason: 'corrupt-archive' })
        })
        if (size !== undefined) expect(await readFile(target, 'utf8')).toBe(content)
      }
      archive?.close()
    }
  })

  it('writes nothing over a file that is there', async () => {
    const archive = await open(buildZip([{ name: 'a', content: 'new' }]))
    await writeFile(join(folder, 'taken'), 'old')
    await expect(archive.extract('a', join(folder, 'taken'), plenty())).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(join(folder, 'taken'), 'utf8')).toBe('old')
    archive.close()
  })

  it('counts the bytes that are written over all its files, not those that its directory claims', async () => {
    const content = 'x'.repeat(600)
    const archive = await open(
      buildZip([
        { name: 'a', content },
        { name: 'b', content, declaredSize: 1 },
      ]),
    )
    const budget = { left: 1000, limit: 1000 }
    await archive.extract('a', undefined, budget)
    expect(budget.left).toBe(400)
    await expect(archive.extract('b', undefined, budget)).rejects.toMatchObject({ reason: 'too-large' })
    archive.close()
  })

  it('has so many entries at most', async () => {
    const zip = buildZip([
      { name: 'a', content: '' },
      { name: 'b', content: '' },
    ])
    await expect(open(zip, 1)).rejects.toMatchObject({ reason: 'too-large' })
    const archive = await open(zip, 2)
    expect(archive.names).toEqual(['a', 'b'])
    archive.close()
  })

  it('has no entry that it does not name', async () => {
    const archive = await open(
      buildZip([
        { name: 'folder/', content: '' },
        { name: 'a', content: '' },
      ]),
    )
    expect(archive.names).toEqual(['a'])
    await expect(archive.extract('b', undefined, plenty())).rejects.toMatchObject({ reason: 'corrupt-archive' })
    archive.close()
  })

  it('is refused with names that are no valid text, or unsafe', async () => {
    await expect(open(buildZip([{ name: '../a', content: '' }]))).rejects.toMatchObject({ reason: 'unsafe-archive' })
    await expect(open(buildZip([{ name: 'a', content: 'b', symlink: true }]))).rejects.toMatchObject({
      reason: 'unsafe-archive',
    })
  })
})
