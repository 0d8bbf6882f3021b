import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'

const SCRIPT = join(import.meta.dirname, '../../script/faults.ts')

/** `npm run test:faults` plays all of them. */
const SAMPLE = 400

/** A process of its own: what an operation leaves behind would keep it from ending, and no rejection stays unseen. */
it('claims nothing that did not happen, whatever goes wrong with any request of any operation', async () => {
  const seed = process.env.FAULTS_SEED ?? '1'
  const play = promisify(execFile)(process.execPath, [SCRIPT, '--sample', String(SAMPLE), '--seed', seed])
  const { stdout } = await play.catch((error: { stdout: string }) => error)
  process.stdout.write(stdout)
  expect(stdout).toMatch(new RegExp(`^cases: ${SAMPLE}, violations: 0$`, 'm'))
}, 150_000)
