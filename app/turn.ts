import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long one piece of work keeps everybody else waiting, in milliseconds. */
const IN_A_ROW = 15

/** Of each piece of work, when it let others in last. */
const since = new WeakMap<object, number>()

/**
 * Lets others in where `work` has gone on for long. SQLite answers at once, and what is answered at once goes on before the event
 * loop takes its next turn: a transaction of thousands of statements would hold up every mail and page.
 *
 * @param work what stands for it, such as the transaction
 * @returns nothing where it may go on at once
 */
export function turn(work: object): Promise<void> | undefined {
  const now = performance.now()
  const last = since.get(work)
  if (last === undefined) since.set(work, now)
  else if (now - last > IN_A_ROW)
    return nextTurn().then(() => void since.set(work, performance.now()))
  return undefined
}
