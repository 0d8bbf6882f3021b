import { RE2JS } from 're2js'
import type { Kind } from './kinds.ts'

/**
 * Regular expressions, one a line. RE2 knows no look-around and no back references, and matches in linear time. Compiled
 * here, so that a mistake is reported with the other inputs.
 */
export const expressions: Kind<RE2JS[]> = {
  expects: 'regular expressions in RE2 syntax (no look-around, no back references), one a line',
  parse: (value) => {
    try {
      const lines = value.split('\n').map((line) => line.trim())
      return lines.filter((line) => line !== '').map((line) => RE2JS.compile(line))
    } catch {
      return undefined
    }
  },
}
