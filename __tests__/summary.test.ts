import { describe, expect, it } from '@jest/globals'
import { changed, createReport, failed, type Report, skipped } from '../src/report.ts'
import { toRun } from '../src/runs/run.ts'
import { renderSummary, type SummarySource } from '../src/summary.ts'

const aRun = (more: Record<string, unknown> = {}) =>
  toRun({
    id: 7,
    name: 'CI',
    head_branch: 'main',
    status: 'completed',
    conclusion: 'success',
    run_started_at: '2026-06-15T11:00:00Z',
    updated_at: '2026-06-15T11:02:30Z',
    html_url: 'https://ghe.example/octo/hello/actions/runs/7',
    ...more,
  })

function render(report: Partial<Report>, more: Partial<SummarySource> = {}): string {
  return renderSummary({
    operation: 'cancel',
    repository: 'octo/hello',
    dryRun: false,
    report: { ...createReport(), ...report },
    now: Date.parse('2026-06-15T12:00:00Z'),
    problem: undefined,
    ...more,
  })
}

const HOSTILE = '</td><script>x</script> | [a](javascript:x) `c` @me\n# h'

describe('the summary', () => {
  it('says what was done, with a link to the one run', () => {
    const summary = render({ runs: [{ run: aRun(), ...changed('cancel requested') }] })
    expect(summary).toMatch(
      /^### cancel: ✅ done – run \[7\]\(https:\/\/ghe\.example\/octo\/hello\/actions\/runs\/7\)$/m,
    )
    expect(summary).toMatch(/^\| \[7\]\(https.*\| CI \| main \| ✅ changed \| cancel requested \| 2m 30s \|$/m)
  })

  it('counts the runs, and says why the step failed', () => {
    const runs = [
      { run: aRun(), ...failed('permission', 'no') },
      { run: aRun({ id: 8 }), ...skipped('kept', 'kept') },
    ]
    const summary = render({ runs }, { problem: 'It failed: <b>' })
    expect(summary).toMatch(/^### cancel: ❌ failed – 1 skipped, 1 failed$/m)
    expect(summary).toContain('> It failed&#58; &#60;b&#62;')
    expect(summary).toContain('`permission`: no')
  })

  it('says that a dry run changed nothing', () => {
    expect(render({}, { dryRun: true })).toMatch(/📝 planned – no runs[\s\S]*dry run: nothing was changed/)
  })

  it('shows the age of a run that has not ended', () => {
    const summary = render({ runs: [{ run: aRun({ status: 'in_progress' }), ...changed('x') }] })
    expect(summary).toMatch(/\| 1h \|$/m)
  })

  it('lets no foreign text out of its cell', () => {
    const run = aRun({ name: HOSTILE, display_title: HOSTILE, head_branch: HOSTILE })
    const runs = [{ run, ...failed('server-error', HOSTILE) }]
    const summary = render({ runs, notes: [HOSTILE] }, { problem: HOSTILE, repository: HOSTILE, operation: HOSTILE })
    expect(summary).not.toMatch(/<|@me|\]\(javascript|`c`|^# /m)
    const row = summary.split('\n').find((line) => line.startsWith('| [7]'))
    expect(row?.split('|')).toHaveLength(8)
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'https://x/) [evil](https://evil.example',
    'https://x/"onclick="a|b',
    'https://x/`',
    'https://x/ y',
    '',
  ])('does not link to %j', (url) => {
    const summary = render({ runs: [{ run: aRun({ html_url: url }), ...changed('x') }] })
    expect(summary).not.toMatch(/\]\(/)
    expect(summary).toMatch(/^\| 7/m)
  })

  it('has 200 rows at most, and a line for the rest', () => {
    const runs = Array.from({ length: 250 }, (_, index) => ({ run: aRun({ id: index + 1 }), ...changed('x') }))
    const summary = render({ runs })
    expect(summary.match(/^\| \[/gm)).toHaveLength(200)
    expect(summary).toContain('and 50 more runs: see `result-path`.')
  })

  it('never exceeds 1 MiB, and says that it was cut', () => {
    const notes = Array.from({ length: 300 }, () => '🦄'.repeat(2000))
    const summary = render({ notes })
    expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024)
    expect(Buffer.byteLength(summary)).toBeGreaterThan(900_000)
    expect(summary).toMatch(/The rest was cut: a summary has room for 1 MiB\.\n$/)
  })
})
