const UNIT_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const

/**
 * Reads `30s`, `5m`, `2h`, `7d`, `2w` or a joined form such as `1h30m`.
 *
 * @returns milliseconds, or undefined when the text is no duration (a bare number is none: its unit would be a guess)
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[wdhms])+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)([wdhms])/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
  }
  return Number.isSafeInteger(total) ? total : undefined
}

/**
 * Writes a span of time in its two largest units, e.g. `2h 5m`; below a minute in seconds.
 *
 * @param ms milliseconds, not negative
 */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms / 1000) * 1000
  const parts: string[] = []
  for (const [unit, size] of Object.entries(UNIT_MS)) {
    if (unit === 'w') continue
    const amount = Math.floor(rest / size)
    rest -= amount * size
    if (amount > 0) parts.push(`${amount}${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0s'
}
