import { harmless } from '#letter'
import type { Formats } from '../formats.ts'

/** Somebody's time in a vault ends soon, or is over. */
export interface Ending {
  kind: 'ending'
  /** To the member himself; otherwise to the owner. */
  own: boolean
  over: boolean
  until: Date
  member: string
  owner: string | null
}

interface Wording {
  subject: string
  lead: string
  then: string
}

/** The last day of a membership that ends at a moment. */
const lastDay = ({ until }: Ending, formats: Formats) => formats.date(new Date(until.getTime() - 1))

export function germanEnding(ending: Ending, vault: string, formats: Formats): Wording {
  const { own, over } = ending
  const day = lastDay(ending, formats)
  const who = harmless(ending.member, 80)
  const owner = ending.owner ? harmless(ending.owner, 80) : 'den Besitzer'
  if (own && over) {
    return {
      subject: `Ihr Zugang ist abgelaufen: ${vault}`,
      lead: `Ihr Zugang zum ${vault} war bis ${day} befristet und ist abgelaufen.`,
      then: `Was Sie hineingelegt haben, liegt dort weiterhin. Brauchen Sie wieder Zugang, wenden Sie sich bitte an ${owner}.`,
    }
  }
  if (own) {
    return {
      subject: `Ihr Zugang endet am ${day}: ${vault}`,
      lead: `Ihr Zugang zum ${vault} endet am ${day}.`,
      then: `Laden Sie bis dahin herunter, was Sie noch brauchen. Soll er länger gelten, wenden Sie sich bitte an ${owner}.`,
    }
  }
  return {
    subject: over
      ? `Zugang von ${who} ist abgelaufen: ${vault}`
      : `Zugang von ${who} endet am ${day}: ${vault}`,
    lead: over
      ? `Der Zugang von ${who} zum ${vault} war bis ${day} befristet und ist abgelaufen.`
      : `Der Zugang von ${who} zum ${vault} endet am ${day}.`,
    then: 'Verlängern können Sie ihn unter „Mitglieder“.',
  }
}

export function englishEnding(ending: Ending, vault: string, formats: Formats): Wording {
  const { own, over } = ending
  const day = lastDay(ending, formats)
  const who = harmless(ending.member, 80)
  const owner = ending.owner ? harmless(ending.owner, 80) : 'its owner'
  if (own && over) {
    return {
      subject: `Your access has ended: ${vault}`,
      lead: `Your access to ${vault} was limited to ${day} and has ended.`,
      then: `What you put in is still there. If you need access again, please ask ${owner}.`,
    }
  }
  if (own) {
    return {
      subject: `Your access ends on ${day}: ${vault}`,
      lead: `Your access to ${vault} ends on ${day}.`,
      then: `Until then download what you still need. To keep access for longer, please ask ${owner}.`,
    }
  }
  return {
    subject: over
      ? `Access of ${who} has ended: ${vault}`
      : `Access of ${who} ends on ${day}: ${vault}`,
    lead: over
      ? `The access of ${who} to ${vault} was limited to ${day} and has ended.`
      : `The access of ${who} to ${vault} ends on ${day}.`,
    then: 'You can prolong it under “Members”.',
  }
}
