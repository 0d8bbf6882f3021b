import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { operations } from '../src/operations/index.ts'
import { renderFiles } from './reference/files.ts'

// Writes the generated parts of action.yml, README.md and docs/. With --check it writes nothing and fails if one of
// them is stale.

const ROOT = join(import.meta.dirname, '..')
const checks = process.argv.includes('--check')

const stale = (await renderFiles(ROOT, operations)).filter(({ current, wanted }) => current !== wanted)
for (const { path, wanted } of stale) {
  if (checks) console.error(`${path} is stale: run \`npm run docs\` and commit what it writes.`)
  else {
    await writeFile(join(ROOT, path), wanted)
    console.log(`${path} written`)
  }
}
if (checks && stale.length > 0) process.exitCode = 1
