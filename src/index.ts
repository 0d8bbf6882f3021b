import { systemClock } from './clock.ts'
import { Interruption } from './errors.ts'
import { createIo } from './io.ts'
import { main } from './main.ts'

const stop = new AbortController()
// The runner sends SIGINT, 7.5 s later SIGTERM, and 2.5 s later kills: enough to say what has been done.
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () =>
    stop.abort(new Interruption('cancelled', `The step was cancelled (${name}) before the operation had ended.`)),
  )
}

const io = createIo()
try {
  await main({ io, env: process.env, clock: systemClock, stop: stop.signal })
} catch (error) {
  // Nothing could be published: the runner's files cannot be written.
  io.fail(`The outputs or the summary could not be written: ${error instanceof Error ? error.message : String(error)}.`)
}

/** Ends the process as soon as all its output has left it. */
function leave(): void {
  if (process.stdout.writableLength > 0) setTimeout(leave, 10)
  else process.exit()
}
// Normally nothing is left to do by now. But a connection that is being made through a proxy, or a name that is being
// looked up, cannot be given up and would keep the process alive.
setTimeout(leave, 100).unref()
