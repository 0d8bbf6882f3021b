import { stripVTControlCharacters } from 'node:util'

// Run titles, branch names, log lines and server messages are written by strangers. This file is where they become
// harmless: for the step's log, and for the Markdown of the summary.

// biome-ignore lint/suspicious/noControlCharactersInRegex: all but tab and line feed
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** The text without ANSI sequences, byte order marks, carriage returns, other control characters and bidi overrides. */
export const stripControls = (text: string): string => stripVTControlCharacters(text).replace(CONTROL, '')

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

/**
 * The text on one line of Markdown, also in a table cell. Characters with a meaning there become entities: emphasis,
 * code, links, images, autolinks, mentions, emoji, formulas and HTML all stay plain text.
 */
export const forMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[&<>\\`*_[\]|~@:$#]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/www\./gi, (match) => `${match.slice(0, 3)}&#46;`)
