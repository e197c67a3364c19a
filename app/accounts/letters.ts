import { plainLine } from '../plain_line.ts'
import type { Language } from './people.ts'

/** Letters about accounts, as finished text. Names and reasons are made one line: they cannot begin a new one in a mail. */
export interface LetterText {
  subject: string
  text: string
}

/** Tells who has a mailbox that somebody else reads its mail too. */
export function mailboxGivenLetter(
  locale: Language,
  given: { address: string; name: string; why: string }
): LetterText {
  const name = plainLine(given.name, 120)
  const why = plainLine(given.why, 500)
  if (locale === 'en') {
    return {
      subject: `Your mailbox ${given.address} has another reader`,
      text: `An administrator has given ${name} access to the archived mail
of the mailbox ${given.address}.

Reason given: ${why}

If this surprises you, please ask your administration.
`,
    }
  }
  return {
    subject: `Ihr Postfach ${given.address} liest jetzt noch jemand`,
    text: `Die Verwaltung hat ${name} Zugang zu den archivierten Mails
des Postfachs ${given.address} gegeben.

Angegebener Grund: ${why}

Überrascht Sie das, fragen Sie bitte Ihre Verwaltung.
`,
  }
}
