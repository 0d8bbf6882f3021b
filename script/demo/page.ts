import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { marked } from 'marked'
import { stringify } from 'yaml'
import type { Exchange } from '../../simulator/index.ts'
import type { LogLine } from './log-view.ts'
import type { Scene } from './play.ts'

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')

const renderLine = ({ level, text }: LogLine): string => `<span class="${level}">${escapeHtml(text)}</span>`

const renderRequest = ({ host, method, path, query, status }: Exchange): string => {
  const parameters = new URLSearchParams(query).toString()
  const place = host === 'storage' ? 'a signed URL of the log storage' : `${path}${parameters ? `?${parameters}` : ''}`
  return escapeHtml(`${status} ${method} ${place}`)
}

function renderOutput([name, value]: [string, string]): string {
  const shown = name === 'result' ? JSON.stringify(JSON.parse(value), null, 2) : value
  return `<tr><th><code>${escapeHtml(name)}</code></th><td><pre>${escapeHtml(shown)}</pre></td></tr>`
}

const renderDetails = (title: string, content: string): string =>
  `<details><summary>${escapeHtml(title)}</summary>${content}</details>`

function renderVerdict({ ending, end, problems }: Scene): string {
  const how = ending.passes ? 'passed' : 'failed'
  const time = `${(end.milliseconds / 1000).toFixed(1)} s`
  if (problems.length > 0) return `<p class="bad">Not as the story expects: ${escapeHtml(problems.join('; '))}</p>`
  return `<p><strong class="good">As expected</strong>: it ${how}, after ${time}.</p>`
}

/** A step: its summary as GitHub would show it, and folded up what led to it. */
function renderScene(scene: Scene): string {
  const { number, step, end, log, requests } = scene
  const requestLines = requests.map(renderRequest).join('\n')
  return [
    `<section id="${escapeHtml(step.id)}"><header><h2>${number}. ${escapeHtml(step.name)}</h2>${renderVerdict(scene)}</header>`,
    `<div class="summary">${marked.parse(end.summary, { gfm: true, async: false })}</div>`,
    renderDetails('The step', `<pre>${escapeHtml(stringify({ uses: './', with: step.with }))}</pre>`),
    renderDetails(`Log (${log.length} lines)`, `<pre>${log.map(renderLine).join('\n')}</pre>`),
    renderDetails(`Requests (${requests.length})`, `<pre>${requestLines}</pre>`),
    renderDetails('Outputs', `<table>${Object.entries(end.outputs).map(renderOutput).join('')}</table>`),
    '</section>',
  ].join('\n')
}

/** A page with all steps that needs nothing beside it; it runs no script and loads nothing, whatever a summary holds. */
export async function renderPage(title: string, scenes: readonly Scene[]): Promise<string> {
  const css = await readFile(join(import.meta.dirname, 'page.css'), 'utf8')
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeHtml(title)}</title>`,
    `<style>\n${css}</style>`,
    `<h1>${escapeHtml(title)}</h1>`,
    '<p>Each step ran the committed bundle as a runner does, against a simulated GitHub Enterprise Server 3.21. Below each',
    'heading stands the job summary that the step wrote; links in it lead to the simulator, which has ended.</p>',
    ...scenes.map(renderScene),
    '</html>',
    '',
  ].join('\n')
}
