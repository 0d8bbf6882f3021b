import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as core from '@actions/core'
import { forLog, forMarkdown } from './foreign-text.ts'

/** Where the lines of the step's log go. Every line is made harmless on its way: see `forLog`. */
export interface Log {
  line(text: string): void
  /** Only with debug logging on. */
  debug(text: string): void
  notice(text: string): void
  warning(text: string): void
}

/** The runner, as the action uses it. The only code that knows `@actions/core`. */
export interface Io extends Log {
  readInput(name: string): string
  /** The value never appears in anything that is written from now on. */
  addSecret(value: string): void
  setOutput(name: string, value: string): void
  writeSummary(markdown: string): Promise<void>
  /** Writes a file into the folder that the runner empties after the job. @returns its path */
  writeTemporaryFile(name: string, content: string): Promise<string>
  /** An error that has a title of its own; it does not fail the step. */
  error(text: string, title: string): void
  /** Ends the step as failed, with this as its last line. */
  fail(text: string): void
}

/** GitHub drops a summary of more than 1 MiB whole, with an annotation; the caller keeps below it. */
async function appendSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  await core.summary.addRaw(markdown, true).write()
}

/**
 * The runner that started this process.
 *
 * The runner masks secrets in the log, but a file or an output that holds one is dropped or kept as it is. So what
 * leaves the process is cleaned here as well.
 */
export function createIo(): Io {
  const secrets = new Set<string>()
  const clean = (text: string) => [...secrets].reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return {
    readInput: (name) => core.getInput(name),
    addSecret(value) {
      // Nothing to hide, and found between any two characters.
      if (value === '') return
      core.setSecret(value)
      // In the summary and in `result` it would stand escaped.
      for (const form of [value, forMarkdown(value), JSON.stringify(value).slice(1, -1)]) secrets.add(form)
    },
    line: (text) => core.info(forLog(clean(text))),
    // The runner hides debug lines, but whoever else reads the output of this process should not see them either.
    debug: (text) => core.isDebug() && core.debug(forLog(clean(text))),
    notice: (text) => core.notice(forLog(clean(text))),
    warning: (text) => core.warning(forLog(clean(text))),
    error: (text, title) => core.error(forLog(clean(text)), { title: forLog(clean(title)) }),
    setOutput: (name, value) => core.setOutput(name, clean(value)),
    writeSummary: (markdown) => appendSummary(clean(markdown)),
    async writeTemporaryFile(name, content) {
      const folder = process.env.RUNNER_TEMP || process.cwd()
      await mkdir(folder, { recursive: true })
      const path = join(folder, name)
      await writeFile(path, clean(content))
      return path
    },
    fail: (text) => core.setFailed(forLog(clean(text))),
  }
}
