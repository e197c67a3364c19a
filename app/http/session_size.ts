import type { SessionData } from '@adonisjs/session/types'

/**
 * Characters that a session may have as JSON. Strangers make as many as they like, so theirs are small; a signed-in person has few,
 * and may be told of a hundred mails one by one.
 */
const MOST = { stranger: 2000, person: 64_000 }

/** Where the framework puts what the next page says, and where somebody wanted to go. */
const FLASH = '__flash__'
const PLACE = 'redirect'

/** What of that is ours to say; the rest is what was typed. */
const SAID = ['notice', 'error', 'errorsBag', 'inputErrorsBag']

/** The data of a session; where it would be too large, without what was typed, then without more, what is wrong last. */
export function fittingSession(data: SessionData, isPerson: boolean): SessionData {
  const most = isPerson ? MOST.person : MOST.stranger
  const elsewhere = Object.fromEntries(Object.entries(data).filter(([key]) => key !== PLACE))
  const ways = [
    data,
    saying(data, SAID),
    saying(data, ['errorsBag']),
    saying(elsewhere, ['errorsBag']),
  ]
  return ways.find((way) => JSON.stringify(way).length <= most) ?? ways.at(-1)!
}

function saying(data: SessionData, kept: string[]): SessionData {
  const flashed = Object.entries((data[FLASH] ?? {}) as SessionData)
  return { ...data, [FLASH]: Object.fromEntries(flashed.filter(([key]) => kept.includes(key))) }
}
