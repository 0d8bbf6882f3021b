/** A line of a step's log as GitHub shows it. */
export interface LogLine {
  level: 'plain' | 'notice' | 'warning' | 'error'
  text: string
}

const LEVELS: Record<string, LogLine['level']> = { notice: 'notice', warning: 'warning', error: 'error' }

const unescapeCommand = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')

/**
 * Reads the output of a step as a runner does: workflow commands are carried out, and secrets masked, before a line is
 * shown. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 *
 * @returns what takes pieces of output; the lines go to `show`
 */
export function createLogView(show: (line: LogLine) => void): { write(text: string): void; end(): void } {
  const secrets: string[] = []
  const mask = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  let unfinished = ''
  const read = (line: string) => {
    const [, command, value = ''] = /^::([a-z-]+)(?: .*?)?::(.*)$/.exec(line) ?? []
    if (command === undefined) show({ level: 'plain', text: mask(line) })
    else if (command === 'add-mask') secrets.push(unescapeCommand(value))
    else if (LEVELS[command]) show({ level: LEVELS[command], text: mask(unescapeCommand(value)) })
    // What is left, such as `debug`, a runner does not show.
  }
  return {
    write(text) {
      const lines = (unfinished + text).split(/\r?\n/)
      unfinished = lines.pop() ?? ''
      for (const line of lines) read(line)
    },
    end() {
      if (unfinished !== '') read(unfinished)
      unfinished = ''
    },
  }
}
