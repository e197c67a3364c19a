import type { RecipeStep } from '#archive'

/** Bytes `start` to `end` of the original give way to `insert`. An edit with start = end only inserts. */
export interface Edit {
  start: number
  end: number
  insert: Buffer
}

/** Original bytes between two edits are a step of the recipe of their own, unless they are fewer: then they are written out. */
export const cheaperThanStep = 64

/**
 * The recipe that makes the edits in an original of `size` bytes. Edits may come in any order; of several at one place the
 * insertions come first, in the order given.
 *
 * @throws Error when edits overlap: the rewriter is at fault then, and the mail must not leave
 */
export function recipeOf(size: number, edits: readonly Edit[]): RecipeStep[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end)
  const steps: RecipeStep[] = []
  let at = 0
  for (const { start, end, insert } of sorted) {
    if (start < at || end < start || end > size) {
      throw new Error(
        `Edits overlap or leave the message: ${start} to ${end} after ${at} of ${size}`
      )
    }
    if (start > at) steps.push({ copy: [at, start - at] })
    if (insert.length > 0) append(steps, insert)
    at = end
  }
  if (size > at) steps.push({ copy: [at, size - at] })
  return steps
}

function append(steps: RecipeStep[], insert: Buffer): void {
  const last = steps.at(-1)
  if (last && 'insert' in last) last.insert = Buffer.concat([last.insert, insert])
  else steps.push({ insert })
}
