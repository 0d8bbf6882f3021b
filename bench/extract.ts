import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openArchive } from '../src/logs/archive.ts'

// Extracts an archive as the action does, and says in JSON what that took. A process of its own: its memory is measured.

/** Most memory that this process has had since the peak was last forgotten, in bytes; Linux knows. */
function peak(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

const [archivePath = '', folder = ''] = process.argv.slice(2)
globalThis.gc?.()
// Starting the process took more memory than it holds now: that peak must not hide the one that is looked for.
writeFileSync('/proc/self/clear_refs', '5')
const baseline = process.memoryUsage().rss
const start = performance.now()
const archive = await openArchive(archivePath, Number.POSITIVE_INFINITY)
const budget = { left: Number.POSITIVE_INFINITY, limit: Number.POSITIVE_INFINITY }
let bytes = 0
for (const name of archive.names) bytes += await archive.extract(name, join(folder, name), budget)
archive.close()
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, bytes, growth: peak() - baseline }))
