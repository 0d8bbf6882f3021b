import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { stripControls } from '../foreign-text.ts'

/** Longest line that is looked at; what is beyond is dropped, and said so. The file itself keeps all of it. */
const MAX_LINE = 16_384

const CUT = ' … (line cut)'

/** Time that the runner puts before each line, `2026-01-02T03:04:05.1234567Z `. */
const STAMP = /^\uFEFF?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z /

const clean = (line: string, isCut: boolean): string =>
  stripControls(line.replace(STAMP, '')).trimEnd() + (isCut ? CUT : '')

/** Part of a long line that its next piece begins with: what stands across the cut is in one of them. */
const OVERLAP = 1_024

/** What becomes of a line longer than 16,384 characters: it is cut, or comes in pieces. */
export type LongLines = 'cut' | 'pieces'

/**
 * Reads a log line by line, in flat memory however long a line is: without time stamps, byte order marks, ANSI
 * sequences and carriage returns.
 */
export async function* readLines(file: string, longLines: LongLines = 'cut'): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let isCut = false
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    const lines = decoder.write(chunk).split('\n')
    for (const [index, line] of lines.entries()) {
      if (index > 0) {
        yield clean(rest, isCut)
        rest = ''
        isCut = false
      }
      let whole = rest + line
      for (; longLines === 'pieces' && whole.length > MAX_LINE; whole = whole.slice(MAX_LINE - OVERLAP)) {
        yield clean(whole.slice(0, MAX_LINE), false)
      }
      isCut ||= whole.length > MAX_LINE
      rest = whole.slice(0, MAX_LINE)
    }
  }
  if (rest !== '' || isCut) yield clean(rest, isCut)
}
