import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { printEnd, printHeading, printLine } from './demo/console.ts'
import { renderPage } from './demo/page.ts'
import { playStep, type Scene, type Theatre } from './demo/play.ts'
import { setStage, TIME_SCALE } from './demo/story.ts'
import { readAction, readWorkflow, type WorkflowStep } from './demo/workflow.ts'

// Plays script/demo/pipeline.yml: the real bundle, once per step, against a simulated GitHub. Needs no token and no
// network. Fails when a step does not end as the story has it.

const ROOT = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { output: { type: 'string', default: join(ROOT, 'demo-output') } } })
const folder = resolve(values.output)
const shownPath = (path: string): string => relative(process.cwd(), path)

/** Plays the steps in order, each with its log as it comes. */
async function playAll(theatre: Theatre, steps: readonly WorkflowStep[]): Promise<Scene[]> {
  const scenes: Scene[] = []
  for (const step of steps) {
    printHeading(step, scenes.length + 1, steps.length)
    const scene = await playStep(theatre, step, scenes)
    const summaryPath = join(folder, 'summaries', `${scene.number}-${step.id}.md`)
    await writeFile(summaryPath, scene.end.summary)
    printEnd(scene, shownPath(summaryPath))
    scenes.push(scene)
  }
  return scenes
}

async function main(): Promise<boolean> {
  const start = performance.now()
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'summaries'), { recursive: true })
  const action = await readAction(ROOT)
  const { name, steps } = await readWorkflow(join(import.meta.dirname, 'demo/pipeline.yml'))
  const stage = await setStage()
  console.log(`${name} of ${stage.repository}, on a simulated GitHub that lives ${TIME_SCALE} times as fast.`)
  try {
    const scenes = await playAll({ stage, action, folder, show: printLine }, steps)
    const pagePath = join(folder, 'index.html')
    await writeFile(pagePath, await renderPage(name, scenes))
    const asExpected = scenes.filter(({ problems }) => problems.length === 0).length
    const wrong = stage.check()
    for (const problem of wrong) console.log(`After the last step: ${problem}.`)
    const isGood = asExpected === steps.length && wrong.length === 0
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`\nLogs of the failed attempt: ${shownPath(join(folder, 'workspace/logs'))}`)
    console.log(`All job summaries on one page: ${shownPath(pagePath)}`)
    console.log(
      `Demo ${isGood ? 'passed' : 'FAILED'}: ${asExpected} of ${steps.length} steps ended as the story expects, in ${seconds} s.`,
    )
    return isGood
  } finally {
    await stage.simulator.close()
  }
}

if (!(await main())) process.exitCode = 1
