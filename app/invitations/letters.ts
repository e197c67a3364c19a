import type { Language } from '#accounts'
import { harmless, letter, type LetterContent } from '#letter'
import type { Letter } from '#post'
import type { MemberRole } from '#vault'
import { Formats } from '../formats.ts'
import type { Invitation } from './rows.ts'

/** The letters by which people come in, as finished text in the reader's language. */

type Text = Pick<Letter, 'subject' | 'text' | 'html' | 'locale'>

const written = (subject: string, content: LetterContent): Text => ({
  subject,
  locale: content.locale,
  ...letter(content),
})

const roleWords: Record<Language, Record<MemberRole, string>> = {
  de: {
    editor: 'Sie können dort Dateien lesen, hochladen und bearbeiten.',
    contributor: 'Sie können dort Dateien einreichen und sehen, was Sie selbst eingereicht haben.',
    reader: 'Sie können dort Dateien lesen und herunterladen.',
  },
  en: {
    editor: 'You can read, upload and change files there.',
    contributor: 'You can submit files there, and see what you submitted yourself.',
    reader: 'You can read and download files there.',
  },
}

const dayOf = (at: Date, locale: Language, timeZone: string) =>
  new Formats(locale, timeZone).date(at)

/** The last day of a membership that ends at a moment. */
function untilWords(until: Date | null, locale: Language, timeZone: string): string[] {
  if (until === null) return []
  const day = dayOf(new Date(until.getTime() - 1), locale, timeZone)
  return [locale === 'en' ? `Your access ends on ${day}.` : `Ihr Zugang endet am ${day}.`]
}

export interface Places {
  /** Address of the web app. */
  appUrl: string
  timeZone: string
}

/** The one-time link. */
export function invitationLetter(one: Invitation, url: string, { timeZone }: Places): Text {
  const { locale, vault } = one
  const name = harmless(one.invitedBy?.name ?? 'Webtresor')
  const who = one.invitedBy ? `${name} (${harmless(one.invitedBy.email, 254)})` : name
  const expiry = dayOf(one.expiresAt, locale, timeZone)
  const words = one.words ? [{ said: one.words }] : []
  if (locale === 'en') {
    const into = vault ? `the vault ${vault.number} “${harmless(vault.name)}”` : 'Webtresor'
    return written(`${name} invites you into ${vault ? `vault ${vault.number}` : 'Webtresor'}`, {
      locale,
      title: `Invitation into ${into}`,
      blocks: [
        `${who} invites you into ${into}, a protected place for files.`,
        ...words,
        ...(vault ? [roleWords.en[vault.role], ...untilWords(vault.until, locale, timeZone)] : []),
        'Open this page and choose your user name and password:',
        { label: 'Accept invitation', url },
        `The link works once, until ${expiry}. It is meant for ${one.email} only.`,
      ],
      footer: ['If you do not expect this invitation, do nothing: without you nothing happens.'],
    })
  }
  const into = vault ? `den Webtresor ${vault.number} „${harmless(vault.name)}“` : 'den Webtresor'
  return written(`${name} lädt Sie in den Webtresor${vault ? ` ${vault.number}` : ''} ein`, {
    locale,
    title: `Einladung in ${into}`,
    blocks: [
      `${who} lädt Sie in ${into} ein, eine geschützte Ablage für Dateien.`,
      ...words,
      ...(vault ? [roleWords.de[vault.role], ...untilWords(vault.until, locale, timeZone)] : []),
      'Öffnen Sie diese Seite und wählen Sie Ihren Benutzernamen und Ihr Passwort:',
      { label: 'Einladung annehmen', url },
      `Der Link gilt einmal, bis zum ${expiry}. Er ist nur für ${one.email} bestimmt.`,
    ],
    footer: ['Erwarten Sie diese Einladung nicht, ist nichts zu tun: Ohne Sie geschieht nichts.'],
  })
}

/** To somebody who has an account: he is in. */
export function addedLetter(
  locale: Language,
  added: {
    inviter: string
    vault: { number: number; name: string; role: MemberRole; until: Date | null }
    words: string | null
  },
  { appUrl, timeZone }: Places
): Text {
  const { vault } = added
  const name = harmless(added.inviter)
  const url = `${appUrl}/webtresore/${vault.number}`
  const words = added.words ? [{ said: added.words }] : []
  const until = untilWords(vault.until, locale, timeZone)
  if (locale === 'en') {
    return written(`${name} shares vault ${vault.number} with you`, {
      locale,
      title: `Vault ${vault.number} “${harmless(vault.name)}”`,
      blocks: [
        `${name} has added you to the vault ${vault.number} “${harmless(vault.name)}”.`,
        ...words,
        roleWords.en[vault.role],
        ...until,
        { label: 'Open vault', url },
      ],
      footer: ['Sign in as usual. You can leave the vault at any time on its page of members.'],
    })
  }
  return written(`${name} teilt den Webtresor ${vault.number} mit Ihnen`, {
    locale,
    title: `Webtresor ${vault.number} „${harmless(vault.name)}“`,
    blocks: [
      `${name} hat Sie in den Webtresor ${vault.number} „${harmless(vault.name)}“ aufgenommen.`,
      ...words,
      roleWords.de[vault.role],
      ...until,
      { label: 'Webtresor öffnen', url },
    ],
    footer: [
      'Melden Sie sich wie gewohnt an. Verlassen können Sie den Webtresor jederzeit auf seiner Seite „Mitglieder“.',
    ],
  })
}

/** To the owner: an administrator has let somebody in. */
export function ownerToldLetter(
  locale: Language,
  told: {
    administrator: string
    guest: string
    vault: { number: number; name: string }
    why: string
  },
  { appUrl }: Places
): Text {
  const { vault } = told
  const url = `${appUrl}/webtresore/${vault.number}/mitglieder`
  const administrator = harmless(told.administrator)
  const guest = harmless(told.guest, 254)
  if (locale === 'en') {
    return written(`Your vault ${vault.number} has another member`, {
      locale,
      title: `Vault ${vault.number} “${harmless(vault.name)}”`,
      blocks: [
        `${administrator} of the administration has let ${guest} into your vault. The reason given:`,
        { said: told.why },
        { label: 'Members', url },
      ],
      footer: ['If this surprises you, please ask your administration.'],
    })
  }
  return written(`Ihr Webtresor ${vault.number} hat ein weiteres Mitglied`, {
    locale,
    title: `Webtresor ${vault.number} „${harmless(vault.name)}“`,
    blocks: [
      `${administrator} aus der Verwaltung hat ${guest} Zugang zu Ihrem Webtresor gegeben. Angegebener Grund:`,
      { said: told.why },
      { label: 'Mitglieder', url },
    ],
    footer: ['Überrascht Sie das, fragen Sie bitte Ihre Verwaltung.'],
  })
}

/** To staff who asked for an account. */
export function signUpLetter(one: Invitation, url: string): Text {
  const { locale } = one
  if (locale === 'en') {
    return written('Your access to Webtresor', {
      locale,
      title: 'Register with Webtresor',
      blocks: [
        `Somebody, probably you, wants an account for ${one.email}. Open this page and choose user name and password:`,
        { label: 'Register', url },
        'The link works once, for 24 hours.',
      ],
      footer: ['If it was not you, do nothing: without this link nobody gets the account.'],
    })
  }
  return written('Ihr Zugang zum Webtresor', {
    locale,
    title: 'Beim Webtresor registrieren',
    blocks: [
      `Jemand, vermutlich Sie, möchte ein Konto für ${one.email}. Öffnen Sie diese Seite und wählen Sie Benutzernamen und Passwort:`,
      { label: 'Registrieren', url },
      'Der Link gilt einmal und 24 Stunden lang.',
    ],
    footer: ['Waren Sie es nicht, ist nichts zu tun: Ohne diesen Link bekommt niemand das Konto.'],
  })
}

/** To staff who asked for an account and have one. */
export function hasAccountLetter(locale: Language, email: string, { appUrl }: Places): Text {
  const url = `${appUrl}/anmelden`
  if (locale === 'en') {
    return written('You have an account with Webtresor already', {
      locale,
      title: 'You have an account already',
      blocks: [
        `Somebody, probably you, asked for an account for ${email}. There is one already: please sign in, or have a new password sent to you there.`,
        { label: 'Sign in', url },
      ],
      footer: ['If it was not you, there is nothing to do.'],
    })
  }
  return written('Sie haben schon ein Konto beim Webtresor', {
    locale,
    title: 'Sie haben schon ein Konto',
    blocks: [
      `Jemand, vermutlich Sie, hat ein Konto für ${email} angefordert. Es gibt schon eines: Melden Sie sich bitte an, oder lassen Sie sich dort ein neues Passwort schicken.`,
      { label: 'Anmelden', url },
    ],
    footer: ['Waren Sie es nicht, ist nichts zu tun.'],
  })
}
