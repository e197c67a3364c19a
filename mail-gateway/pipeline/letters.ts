import type { Message } from '#archive'
import type { Letter, Post } from '#post'
import type { Trx } from '#transaction'
import { isLocal } from '../rewrite/plan.ts'

/** What a sender is told about his own mail. */
export type LetterKind =
  'ambiguous' | 'unsupported' | 'unchecked' | 'rewrite_failed' | 'infected' | 'returned' | 'bounce'

type Language = 'de' | 'en'

/** Whether what was found is kept for programs, and people are told it in words. */
export const isForPrograms = (reason: string | null) =>
  reason === 'ambiguous' || reason === 'unsupported' || reason === 'unchecked'

interface Wording {
  subject(title: string): string
  body(explanation: string): string[]
}

/** What was found, for whoever is asked about it. */
const listed = (explanation: string) => explanation.split(' · ').map((one) => `- ${one}`)

/** Held for a person. */
function held(reason: string): Wording {
  return {
    subject: (title) => `Angehalten: ${title}`,
    body: (explanation) => [
      'Ihre E-Mail wurde angenommen und archiviert, aber noch nicht zugestellt.',
      'Sie muss erst angesehen werden. Ihre Administration sieht sie, Sie',
      'brauchen nichts zu tun.',
      '',
      `Grund: ${reason}:`,
      ...listed(explanation),
    ],
  }
}

function heldInEnglish(reason: string): Wording {
  return {
    subject: (title) => `Held: ${title}`,
    body: (explanation) => [
      'Your mail was accepted and archived, but not delivered yet. Somebody has',
      'to look at it first. Your administrator sees it; there is nothing you',
      'need to do.',
      '',
      `Reason: ${reason}:`,
      ...listed(explanation),
    ],
  }
}

const german: Record<LetterKind, Wording> = {
  ambiguous: held('Der Aufbau der Mail ist nicht eindeutig'),
  unsupported: held('Die Mail ist nur ein Teil einer Mail, oder ihr Inhalt liegt anderswo'),
  unchecked: held('Sie konnte nicht vollständig auf Viren geprüft werden'),
  rewrite_failed: held('Die Anhänge konnten nicht durch Links ersetzt werden'),
  infected: {
    subject: (title) => `Virus gefunden, nicht zugestellt: ${title}`,
    body: (explanation) => [
      'In Ihrer E-Mail wurde ein Virus gefunden. Sie wurde nicht zugestellt,',
      'und niemand kann die Datei abrufen.',
      '',
      `Fund: ${explanation}`,
      '',
      'Bitte lassen Sie Ihren Rechner prüfen und wenden Sie sich an Ihre',
      'Administration, bevor Sie die Datei noch einmal schicken.',
    ],
  },
  returned: {
    subject: (title) => `Nicht zugestellt: ${title}`,
    body: (explanation) => [
      'Ihre E-Mail wurde angehalten und auf Entscheidung Ihrer Administration',
      'nicht zugestellt. Sie bleibt archiviert.',
      '',
      `Grund: ${explanation}`,
    ],
  },
  bounce: {
    subject: (title) => `Unzustellbar: ${title}`,
    body: (explanation) => [
      'Ihre E-Mail konnte nicht zugestellt werden. Es wird nicht weiter',
      'versucht.',
      '',
      explanation,
    ],
  },
}

const english: Record<LetterKind, Wording> = {
  ambiguous: heldInEnglish('The structure of the mail is ambiguous'),
  unsupported: heldInEnglish('The mail is only a piece of a mail, or its content lies elsewhere'),
  unchecked: heldInEnglish('It could not be checked for viruses completely'),
  rewrite_failed: heldInEnglish('The attachments could not be replaced by links'),
  infected: {
    subject: (title) => `Virus found, not delivered: ${title}`,
    body: (explanation) => [
      'A virus was found in your mail. It was not delivered, and nobody can',
      'download the file.',
      '',
      `Found: ${explanation}`,
      '',
      'Please have your computer checked and talk to your administrator before',
      'you send the file again.',
    ],
  },
  returned: {
    subject: (title) => `Not delivered: ${title}`,
    body: (explanation) => [
      'Your mail was held, and your administrator decided not to deliver it. It',
      'stays in the archive.',
      '',
      `Reason: ${explanation}`,
    ],
  },
  bounce: {
    subject: (title) => `Undeliverable: ${title}`,
    body: (explanation) => [
      'Your mail could not be delivered. There will be no further attempt.',
      '',
      explanation,
    ],
  },
}

const words = { de: german, en: english }

const details = {
  de: (message: Message, when: string) => [
    `Betreff:    ${message.subject || '(ohne Betreff)'}`,
    `An:         ${message.to || '(nicht angegeben)'}`,
    `Angenommen: ${when}`,
    `Nummer:     ${message.number}`,
  ],
  en: (message: Message, when: string) => [
    `Subject:  ${message.subject || '(no subject)'}`,
    `To:       ${message.to || '(not given)'}`,
    `Accepted: ${when}`,
    `Number:   ${message.number}`,
  ],
}

function compose(
  kind: LetterKind,
  message: Message,
  language: Language,
  explanation: string
): Letter {
  const wording = words[language][kind]
  const title = message.subject || `Nr. ${message.number}`
  const when = message.receivedAt.toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  const lines = [...wording.body(explanation), '', ...details[language](message, when)]
  return {
    kind,
    to: message.mailFrom,
    locale: language,
    subject: wording.subject(title).slice(0, 200),
    text: `${lines.join('\n')}\n`,
    number: message.number,
  }
}

/** Whether a sender may be told anything: never the null sender, a machine, a list or a stranger (RFC 3834, 2). */
function mayBeTold(message: Message, localDomains: readonly string[]): boolean {
  return message.mailFrom !== '' && !message.automatic && isLocal(message.mailFrom, localDomains)
}

/**
 * The mail that tells a sender about his own, to be written in the transaction that makes it true.
 * Each kind is posted once per message, however often its step runs.
 */
export async function tellSender(
  post: Post,
  trx: Trx,
  about: {
    kind: LetterKind
    message: Message
    language: Language
    explanation: string
    localDomains: readonly string[]
  }
): Promise<void> {
  if (!mayBeTold(about.message, about.localDomains)) return
  await post.post(trx, compose(about.kind, about.message, about.language, about.explanation))
}
