/**
 * Looks and ways through the pages that differ little: `npm run test:long` takes all of them, `npm test`, which is to end
 * within twenty minutes, the last.
 */
export function thorough<Case>(all: readonly Case[]): Case[] {
  return process.env.TEST_LONG ? [...all] : all.slice(-1)
}
