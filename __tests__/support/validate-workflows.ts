import { registerHooks } from 'node:module'
import { text } from 'node:stream/consumers'

// Validates workflows with GitHub's own language service: reads `{ action, workflows }` as JSON from stdin, with the
// text of our action.yml and the texts of workflows by name, and prints the complaints by name. A process of its own,
// since the package imports JSON files without the attribute that Node asks for.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
})

const { validate } = await import('@actions/languageservice')
const { TextDocument } = await import('vscode-languageserver-textdocument')
const { parse } = await import('yaml')

const { action, workflows } = JSON.parse(await text(process.stdin)) as {
  action: string
  workflows: Record<string, string>
}
const metadata = parse(action)

const complaints = Object.entries(workflows).map(async ([name, workflow]) => {
  const document = TextDocument.create(`file:///.github/workflows/${name}.yml`, 'yaml', 0, workflow)
  const diagnostics = await validate(document, {
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner }) => (owner === 'OWNER' ? metadata : { inputs: undefined }),
    },
  })
  return [name, diagnostics.map(({ range, message }) => `line ${range.start.line + 1}: ${message}`)]
})
process.stdout.write(JSON.stringify(Object.fromEntries(await Promise.all(complaints))))
