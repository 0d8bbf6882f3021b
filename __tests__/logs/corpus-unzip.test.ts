import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { openArchive } from '../../src/logs/archive.ts'
import { listFiles } from '../support/action.ts'
import { buildOddZip, type OddEntry } from './corpus-zip.ts'

const hasUnzip = spawnSync('unzip', ['-v']).status === 0
if (!hasUnzip) process.stderr.write('NOTICE: unzip is not installed: nothing is compared with it.\n')

const sizes = [0, 1, 4095, 65_536, 262_143, 262_144, 262_145, 1_000_000, 5_000_001]

/** Texts of many lengths, which pack well, badly and not at all. Plain names: unzip spells others as it likes. */
const entries: OddEntry[] = sizes.flatMap((size, index) =>
  [1, 7, 255].flatMap((variety) => {
    const content = Buffer.alloc(size)
    for (let at = 0; at < size; at += 1) content[at] = ((at * 2_654_435_761) >>> 13) % variety
    const name = `job ${index}/${variety}_Run.txt`
    return [
      { name, content },
      { name: `${name}.stored`, content, method: 0 },
    ]
  }),
)

const compare = hasUnzip ? it : it.skip

compare('an archive gives the bytes that unzip gives', async () => {
  const root = await mkdtemp(join(tmpdir(), 'unzip-'))
  const file = join(root, 'logs.zip')
  await writeFile(file, buildOddZip(entries))
  execFileSync('unzip', ['-qq', file, '-d', join(root, 'unzip')])
  const archive = await openArchive(file)
  const budget = { left: 1e9, limit: 1e9 }
  for (const name of archive.names) await archive.extract(name, join(root, 'own', name), budget)
  archive.close()
  const files = await listFiles(join(root, 'own'))
  expect(files).toHaveLength(entries.length)
  expect(await listFiles(join(root, 'unzip'))).toEqual(files)
  for (const name of files) {
    const [own, other] = await Promise.all(['own', 'unzip'].map((folder) => readFile(join(root, folder, name))))
    expect({ name, isEqual: other !== undefined && own?.equals(other) }).toEqual({ name, isEqual: true })
  }
  await rm(root, { recursive: true })
})
