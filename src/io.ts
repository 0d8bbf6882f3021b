import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as core from '@actions/core'
import { forHtml, forLog, forMarkdown } from './foreign-text.ts'

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

/** Shorter ones stand in other texts by chance, and half of them would be no secret. */
const LEAST_ENCODED = 8

/** The base64 of the value inside of something longer: which one it is depends on where the value begins in that. */
function encodeBase64(value: string): string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64url')
    // Characters at both ends hold bits of the neighbours as well.
    const own = encoded.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3))
    return [own, own.replaceAll('-', '+').replaceAll('_', '/')]
  })
}

/** Signed URLs may be many, and no header holds one: their base64 is not worth the search. */
const isUrlPart = (value: string): boolean => /:\/\/|&\w+=/.test(value)

/** The value as it stands in a log, in a summary, in JSON, in a URL, in a header: a server may echo it in any of them. */
function formsOf(value: string): string[] {
  const escaped = [value, forMarkdown(value), forHtml(value), JSON.stringify(value).slice(1, -1)]
  if (value.length < LEAST_ENCODED) return escaped
  const url = encodeURIComponent(value)
  const lowerCase = url.replaceAll(/%../g, (code) => code.toLowerCase())
  const encoded = [url, lowerCase, ...(isUrlPart(value) ? [] : encodeBase64(value))]
  return [...escaped, ...encoded, ...encoded.map(forMarkdown)]
}

/** Remembers secrets. @returns takes them out of a text */
function createSecrets(): { add(value: string): void; clean(text: string): string } {
  const forms = new Set<string>()
  let longestFirst: string[] = []
  return {
    add: (value) => {
      for (const form of formsOf(value)) forms.add(form)
    },
    clean(text) {
      // One may be part of another.
      if (longestFirst.length < forms.size) longestFirst = [...forms].sort((one, other) => other.length - one.length)
      return longestFirst.reduce((rest, form) => rest.replaceAll(form, '***'), text)
    },
  }
}

/**
 * The runner that started this process.
 *
 * The runner masks secrets in the log, but a file or an output that holds one is dropped or kept as it is. So what
 * leaves the process is cleaned here as well.
 */
export function createIo(): Io {
  const { add, clean } = createSecrets()
  // Last, since a secret may come to light only when what is hidden between its characters has gone.
  const cleanLine = (text: string) => clean(forLog(text))
  return {
    readInput: (name) => core.getInput(name),
    addSecret(value) {
      // Nothing to hide, and found between any two characters.
      if (value === '') return
      core.setSecret(value)
      add(value)
    },
    line: (text) => core.info(cleanLine(text)),
    // The runner hides debug lines, but whoever else reads the output of this process should not see them either.
    debug: (text) => core.isDebug() && core.debug(cleanLine(text)),
    notice: (text) => core.notice(cleanLine(text)),
    warning: (text) => core.warning(cleanLine(text)),
    error: (text, title) => core.error(cleanLine(text), { title: cleanLine(title) }),
    setOutput: (name, value) => core.setOutput(name, clean(value)),
    writeSummary: (markdown) => appendSummary(clean(markdown)),
    async writeTemporaryFile(name, content) {
      const folder = process.env.RUNNER_TEMP || process.cwd()
      await mkdir(folder, { recursive: true })
      const path = join(folder, name)
      await writeFile(path, clean(content))
      return path
    },
    fail: (text) => core.setFailed(cleanLine(text)),
  }
}
