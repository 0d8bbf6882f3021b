import { afterWrite } from '../errors.ts'
import { LOST_ANSWER } from '../github/write.ts'

/**
 * A write that may be sent again because the answer to it was lost. When the one sent again is refused for what the
 * first one did, it was the first one that took effect.
 *
 * @param isOwnEffect does the refusal of the repeated write say so?
 */
export function toleratingItself(
  send: () => Promise<unknown>,
  isOwnEffect: (error: unknown) => boolean | Promise<boolean>,
): () => Promise<unknown> {
  let isRepeated = false
  return async () => {
    try {
      await send()
    } catch (error) {
      if (!isRepeated || !(await afterWrite(LOST_ANSWER, async () => isOwnEffect(error)))) throw error
    } finally {
      isRepeated = true
    }
  }
}
