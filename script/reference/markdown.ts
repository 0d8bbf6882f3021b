/** One line of text in a table cell: a pipe would end the cell, even in code. */
export const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()

/** A table; every row has as many cells as the head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A text as code. */
export const code = (text: string): string => `\`${text}\``

/** The first sentence of a description. */
export const firstSentence = (text: string): string => text.split(/(?<=\.)\s+(?=[A-Z])/)[0] ?? text

/**
 * Puts generated text between the lines that mark its place.
 *
 * @throws when the file does not have both marks once
 */
export function fillBetween(file: string, name: string, generated: string): string {
  const parts = new RegExp(`^(.*BEGIN GENERATED ${name}\\b.*)$[\\s\\S]*?^(.*END GENERATED ${name}\\b.*)$`, 'm')
  if (!parts.test(file)) throw new Error(`the file lacks the marks BEGIN and END GENERATED ${name}`)
  return file.replace(parts, (_all, begin: string, end: string) => `${begin}\n${generated}\n${end}`)
}
