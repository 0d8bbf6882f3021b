import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Operation } from '../../src/operation.ts'
import { renderInputs, renderOutputs } from './action-yml.ts'
import { fillBetween } from './markdown.ts'
import { renderOperationTable, renderPage } from './page.ts'

/** A file that is generated, whole or in part. */
export interface GeneratedFile {
  /** Relative to the root of the project. */
  path: string
  /** As it stands there. */
  current: string
  /** As it should stand there. */
  wanted: string
}

/** How each file is made from its present text and the registry. */
const RENDERERS: Record<string, (current: string, operations: readonly Operation[]) => string> = {
  'action.yml': (current, operations) =>
    fillBetween(fillBetween(current, 'INPUTS', renderInputs(operations)), 'OUTPUTS', renderOutputs()),
  'README.md': (current, operations) =>
    fillBetween(current, 'OPERATIONS', `\n${renderOperationTable(operations, 'docs/operations.md')}\n`),
  'docs/operations.md': (_current, operations) => renderPage(operations),
}

/** Everything that is generated from the registry, beside what is there now. */
export function renderFiles(root: string, operations: readonly Operation[]): Promise<GeneratedFile[]> {
  return Promise.all(
    Object.entries(RENDERERS).map(async ([path, render]) => {
      const file = join(root, path)
      const current = existsSync(file) ? await readFile(file, 'utf8') : ''
      return { path, current, wanted: render(current, operations) }
    }),
  )
}
