import { stripVTControlCharacters } from 'node:util'

// Run titles, branch names, log lines and server messages are written by strangers. This file is where they become
// harmless: for the step's log, and for the Markdown of the summary.

// biome-ignore lint/suspicious/noControlCharactersInRegex: all but tab and line feed
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Characters that nobody sees and that reorder or split what is written. Scripts and emoji need the two joiners and tags. */
const HIDDEN = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])[\p{Cf}\u2028\u2029]/gu

/** The text without ANSI sequences, byte order marks, carriage returns, other control and hidden characters. */
export const stripControls = (text: string): string =>
  stripVTControlCharacters(text).replace(CONTROL, '').replace(HIDDEN, '')

/**
 * Text that can be printed to the step's log: no line of it is a workflow command. The runner reads `::command::` at
 * the start of a line (after white space) and the older `##[command]` anywhere in one (actions/runner ActionCommand.cs).
 */
export const forLog = (text: string): string =>
  stripControls(text)
    .replace(/^(\s*):(?=:)/gm, '$1\u200b:')
    .replace(/##(?=\[)/g, '#\u200b#')

/** The text on one line. */
export const oneLine = (text: string): string => stripControls(text).replace(/\s+/g, ' ').trim()

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The text for HTML, in element content and in attributes. */
export const forHtml = (text: string): string =>
  stripControls(text).replace(/[&<>"']/g, (character) => HTML[character] ?? '')

/** Shows nothing and is no part of a link. */
const GAP = '&#8203;'

/**
 * The text on one line of Markdown, also in a table cell. Characters with a meaning there become entities: emphasis,
 * code, links, images, emoji, formulas and HTML all stay plain text. GitHub also looks for URLs, addresses and mentions
 * in what has been rendered already, where entities are no help: those get a gap.
 */
export const forMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[&<>\\`*_[\]|~@:$#]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/&#64;|&#58;(?=\/\/)/g, (character) => `${character}${GAP}`)
    .replace(/(www)\./gi, `$1${GAP}&#46;`)
