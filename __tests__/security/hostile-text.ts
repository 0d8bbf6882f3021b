import { marked } from 'marked'
import type { StepEnd } from '../support/action.ts'

/** Stands in every hostile text: where it shows up, foreign text has come through. */
export const MARK = 'INJ'

const ESCAPE = '\u001b'

/** Commands as strangers would write them, each with the mark as its message. */
const COMMANDS = [
  `::error::${MARK}`,
  `  ::set-output name=run-id::${MARK}`,
  `\t::add-mask::${MARK}`,
  `::stop-commands::${MARK}`,
  `ok\n::warning file=a::${MARK}`,
  `ok\r::notice::${MARK}`,
  `ok\r\n::group::${MARK}`,
  `\u2028::error::${MARK}`,
  `\u0085::error::${MARK}`,
  `\u3000\u00a0::error::${MARK}`,
  `\ufeff::error::${MARK}`,
  `\u200b::error::${MARK}`,
  `:\u200b:error::${MARK}`,
  `${ESCAPE}[31m::error::${MARK}${ESCAPE}[0m`,
  `:${ESCAPE}[1m:error::${MARK}`,
  `:\u202e:error::${MARK}`,
  `##[error]${MARK}`,
  `text ##[set-output name=result]${MARK}`,
  `#${ESCAPE}[0m#[command]${MARK}`,
  `%0A::error::${MARK}`,
]

/** Ends of outputs, and further outputs. */
const OUTPUTS = [`x\nghadelimiter_\nrun-id<<E\n${MARK}\nE`, `run-ids=${MARK}`, `x"}\nresult<<EOF\n{"${MARK}":1}\nEOF\n`]

const MARKDOWN = [
  `| ${MARK} | x |`,
  `\\| ${MARK} \\\\| x`,
  '```\n# INJ\n```',
  '`INJ`',
  '~~~mermaid INJ',
  `[${MARK}](https://inj.example/a)`,
  `[${MARK}]: https://inj.example/b`,
  `![${MARK}](https://inj.example/c.png)`,
  `<https://inj.example/${MARK}>`,
  `https://inj.example/${MARK}`,
  `http://inj.example`,
  `ftp://inj.example/${MARK}`,
  `www.inj.example/${MARK}`,
  `inj@inj.example`,
  `mailto:${MARK}@inj.example`,
  `@octocat ${MARK}`,
  `octo/hello#1 #1 ${MARK}`,
  `**${MARK}** _${MARK}_ ~~${MARK}~~`,
  `# ${MARK}`,
  `- ${MARK}`,
  `1. ${MARK}`,
  `> ${MARK}`,
  `    ${MARK}`,
  `${MARK}\n===`,
  `[^1] ${MARK}`,
  `:tada: ${MARK} $\\sqrt{x}$`,
]

const HTML = [
  `<script>alert('${MARK}')</script>`,
  `</pre></details><img src=x onerror=${MARK}>`,
  `</summary><a href="https://inj.example">${MARK}</a>`,
  `</td></tr></table><h1>${MARK}`,
  `<!-- ${MARK}`,
  `<![CDATA[ ${MARK}`,
  `&lt;b&gt;${MARK}&lt;/b&gt; &#60;i&#62;`,
  `" onmouseover="${MARK}`,
  `' x='${MARK}`,
]

const MERMAID = [
  `${MARK} :crit, 1, 2`,
  `section ${MARK}`,
  `title ${MARK}`,
  `%%{init: {"theme": "${MARK}"}}%%`,
  `click ${MARK} href "https://inj.example"`,
  `dateFormat YYYY-MM-DD ${MARK}`,
  `2026-01-01 ${MARK}`,
  `excludes weekends ${MARK}`,
  'gantt',
  `${MARK};\n%% x`,
]

const OTHER = [
  `\u202e${MARK}\u2066x`,
  `a\u200d\u200b\u00ad${MARK}`,
  `\u0001\u0007\u0008${MARK}`,
  `${ESCAPE}]8;;http://inj.example${ESCAPE}\\${MARK}`,
]

/** Texts that strangers may put where the action reads text: titles, names, comments, log lines, messages. */
export const HOSTILE_TEXTS: readonly string[] = [...COMMANDS, ...OUTPUTS, ...MARKDOWN, ...HTML, ...MERMAID, ...OTHER]

const OWN_COMMAND = /^::(debug|notice|warning|error|add-mask)( title=[^:]*)?::(.*)$/

/** Whether the runner sees a command in the line (actions/runner, ActionCommand.cs). */
const isCommand = (line: string): boolean => line.trimStart().startsWith('::') || line.includes('##[')

/**
 * What is wrong with a step's log: commands that are not the action's, characters that steer a terminal or hide text, and
 * more errors than the runner shows.
 */
export function findLogProblems(stdout: string): string[] {
  // The runner ends a line where .NET does.
  const commands = stdout.split(/\r\n|\r|\n/).filter(isCommand)
  const own = commands.map((line) => ({ line, match: OWN_COMMAND.exec(line) }))
  const foreign = own.filter(({ match }) => match === null || new RegExp(`^\\s*${MARK}`).test(match[3] ?? ''))
  const errors = commands.filter((line) => line.startsWith('::error'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u2028-\u202e\u2066-\u2069\ufeff]/.exec(stdout)
  return [
    ...foreign.map(({ line }) => `a foreign command: ${line}`),
    ...(errors.length > 10 ? [`${errors.length} errors`] : []),
    ...(hidden
      ? [
          `a hidden character: ${JSON.stringify(hidden[0])} at ${JSON.stringify(stdout.slice(hidden.index - 40, hidden.index + 20))}`,
        ]
      : []),
  ]
}

const ELEMENTS =
  /^<\/?(h3|p|a|code|blockquote|table|thead|tbody|tr|th|td|ul|li|pre|details|summary)( align="\w+"| href="[^"]*"| class="language-mermaid")*\s*>$/

/** What text becomes a link although nobody marked it as one. GitHub looks for it in rendered text too. */
const AUTOLINK = /\w+:\/\/\w|\bwww\.\w|\w@\w/

const BAR = /^ {2}\u200b?[\p{L}\p{N} ._/()@+-]+ :(crit|done|active), \d+, \d+$/u

const KEYWORD =
  /^\s*(gantt|section|title|dateFormat|axisFormat|tickInterval|includes|excludes|todayMarker|weekday|weekend|click|href|call|acc\w+|inclusiveEndDates|topAxis|\d{4}-\d{2}-\d{2}|%%)/i

function findChartProblems(summary: string): string[] {
  const charts = [
    ...summary.matchAll(/^```mermaid\ngantt\n {2}dateFormat x\n {2}axisFormat %H:%M:%S\n([\s\S]*?)^```$/gm),
  ]
  const bars = charts.flatMap(([, text = '']) => text.trimEnd().split('\n'))
  return bars.filter((bar) => !BAR.test(bar) || KEYWORD.test(bar)).map((bar) => `not a bar of a chart: ${bar}`)
}

/**
 * What is wrong with a summary, rendered as GitHub does before it sanitises: elements, attributes and links that are not
 * the action's own.
 *
 * @param pages start of each link that the action may make
 */
export function findSummaryProblems(summary: string, pages: string): string[] {
  const html = marked.parse(summary, { gfm: true, async: false })
  const tags = html.match(/<[^>]*>/g) ?? []
  const links = tags.flatMap((tag) => /href="([^"]*)"/.exec(tag)?.[1] ?? [])
  const text = html.replace(/<pre>[\s\S]*?<\/pre>|<[^>]*>/g, ' ')
  return [
    ...tags.filter((tag) => !ELEMENTS.test(tag) || tag.includes(MARK)).map((tag) => `a foreign element: ${tag}`),
    ...links.filter((link) => !link.startsWith(pages)).map((link) => `a foreign link: ${link}`),
    ...(AUTOLINK.test(text)
      ? [`text that becomes a link: ${AUTOLINK.exec(text)?.input.slice(0, 0)}${AUTOLINK.exec(text)?.[0]}`]
      : []),
    ...findChartProblems(summary),
  ]
}

/** How many elements of a kind a rendered summary has. */
export const countElements = (summary: string, name: string): number =>
  marked.parse(summary, { gfm: true, async: false }).match(new RegExp(`<${name}[ >]`, 'g'))?.length ?? 0

/** All that is wrong with what a step left behind. */
export const findProblems = ({ stdout, stderr, summary }: StepEnd, pages: string): string[] => [
  ...findLogProblems(stdout),
  ...(stderr === '' ? [] : [`something in stderr: ${stderr}`]),
  ...findSummaryProblems(summary, pages),
]
