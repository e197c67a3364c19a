import { Formats } from '../formats.ts'
import { domainOf } from './masking.ts'

/** The mails about links, as finished text. Recipients get them in the language of the page, staff in the firm's. */

export type MailLocale = 'de' | 'en'
export interface MailText {
  subject: string
  text: string
}

export interface MailSubject {
  /** Number of the message. */
  number: number
  sender: string
  senderName: string | null
  recipient: string
  subject: string
  sentAt: Date
  expiresAt: Date
}

/** Names in a letter; a page has them all. */
const FILES_IN_MAIL = 20

/** Links end with a day there (issuing.ts), whatever the clock of the machine shows. */
const timeZone = 'Europe/Berlin'

const localeOf = (locale: MailLocale) => (locale === 'de' ? 'de-DE' : 'en-GB')

export function formatMoment(at: Date, locale: MailLocale): string {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone } as const
  return new Intl.DateTimeFormat(localeOf(locale), options).format(at)
}

function formatDay(at: Date, locale: MailLocale): string {
  return new Intl.DateTimeFormat(localeOf(locale), { dateStyle: 'long', timeZone }).format(at)
}

/** One line, whatever was sent: a line break in a name must not become one in a mail. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function nameOf(mail: MailSubject): string {
  return mail.senderName ? `${oneLine(mail.senderName)} <${mail.sender}>` : mail.sender
}

/** The code: in the subject, so that a phone shows it without opening the mail. */
export function codeMail(
  locale: MailLocale,
  mail: MailSubject,
  code: string,
  requestedAt: Date
): MailText {
  const moment = formatMoment(requestedAt, locale)
  if (locale === 'en') {
    return {
      subject: `${code} is your code for the files from ${domainOf(mail.sender)}`,
      text: `Your code: ${code}

It opens the files that ${nameOf(mail)}
sent to ${mail.recipient} on ${formatDay(mail.sentAt, locale)}.

The code was requested on ${moment} and is valid for 60 minutes.
Enter it on the page where you asked for it. Only the newest code counts.

If you did not ask for it, there is nothing to do: without this code nobody
gets at the files. Please do not pass it on.
`,
    }
  }
  return {
    subject: `${code} ist Ihr Code für die Dateien von ${domainOf(mail.sender)}`,
    text: `Ihr Code: ${code}

Er öffnet die Dateien, die ${nameOf(mail)}
am ${formatDay(mail.sentAt, locale)} an ${mail.recipient} geschickt hat.

Der Code wurde am ${moment} angefordert und gilt 60 Minuten.
Geben Sie ihn auf der Seite ein, auf der Sie ihn angefordert haben. Es zählt
nur der neueste Code.

Haben Sie ihn nicht angefordert, ist nichts zu tun: Ohne diesen Code kommt
niemand an die Dateien. Geben Sie ihn bitte nicht weiter.
`,
  }
}

/** The link by itself, after the mail that it belongs to: renewed, sent again, or given to somebody who asked. */
export function sentLinkMail(
  locale: MailLocale,
  mail: MailSubject,
  files: { name: string; size: number }[],
  url: string
): MailText {
  const formats = new Formats(locale, timeZone)
  const shown = files.slice(0, FILES_IN_MAIL)
  const rest = files.length - shown.length
  const list = shown.map((file) => `  ${oneLine(file.name)} (${formats.size(file.size)})`)
  if (locale === 'en') {
    if (rest > 0) list.push(`  and ${rest} more`)
    return {
      subject: `Your link to the files: ${oneLine(mail.subject)}`,
      text: `${nameOf(mail)}
sends you the link to the files of the mail

  ${oneLine(mail.subject)}
  of ${formatMoment(mail.sentAt, locale)}

${list.join('\n')}

Open them here, until ${formatDay(mail.expiresAt, locale)}:

<${url}>

The link is meant for ${mail.recipient} only. An earlier link that has ended
no longer works.
`,
    }
  }
  if (rest > 0) list.push(`  und ${rest} weitere`)
  return {
    subject: `Ihr Link zu den Dateien: ${oneLine(mail.subject)}`,
    text: `${nameOf(mail)}
schickt Ihnen den Link zu den Dateien der Mail

  ${oneLine(mail.subject)}
  vom ${formatMoment(mail.sentAt, locale)}

${list.join('\n')}

Hier öffnen Sie sie, bis zum ${formatDay(mail.expiresAt, locale)}:

<${url}>

Der Link ist nur für ${mail.recipient} bestimmt. Ein früherer Link, der
abgelaufen ist, gilt nicht mehr.
`,
  }
}

/** Tells the sender that his link has expired and is still wanted. */
export function expiredWantedMail(locale: MailLocale, mail: MailSubject, appUrl: string): MailText {
  if (locale === 'en') {
    return {
      subject: `New link wanted: ${oneLine(mail.subject)}`,
      text: `${mail.recipient} wants to open the files of your mail

  ${oneLine(mail.subject)}
  of ${formatMoment(mail.sentAt, locale)}

but the link expired on ${formatDay(mail.expiresAt, locale)}. To let the
recipient in again, open the mail in your archive and extend the link;
it then works as before. Or send a new one, which goes to the recipient at once:

<${appUrl}/archiv/${mail.number}>

Otherwise there is nothing to do.
`,
    }
  }
  return {
    subject: `Neuer Link gewünscht: ${oneLine(mail.subject)}`,
    text: `${mail.recipient} möchte die Dateien Ihrer Mail öffnen:

  ${oneLine(mail.subject)}
  vom ${formatMoment(mail.sentAt, locale)}

Der Link ist aber am ${formatDay(mail.expiresAt, locale)} abgelaufen. Soll der
Empfänger die Dateien noch bekommen, öffnen Sie die Mail in Ihrem E-Mail-Archiv.
Dort senden Sie mit einem Klick einen neuen Link, oder Sie verlängern den alten;
er gilt dann wieder wie zuvor:

<${appUrl}/archiv/${mail.number}>

Sonst ist nichts zu tun.
`,
  }
}

/** Tells the sender that somebody holds another's link and asks for one of his own. */
export function ownWantedMail(
  locale: MailLocale,
  mail: MailSubject,
  asker: string,
  appUrl: string
): MailText {
  if (locale === 'en') {
    return {
      subject: `Somebody asks for the files: ${oneLine(mail.subject)}`,
      text: `Somebody holds the link that you sent to ${mail.recipient} and asks
for one of their own. They gave this address, which nobody has checked:

  ${asker}

It is about your mail

  ${oneLine(mail.subject)}
  of ${formatMoment(mail.sentAt, locale)}

You decide under the mail in your archive: give them a link of their own, which
goes to this address, or refuse; then they hear nothing. If this surprises you,
you can also revoke the link there:

<${appUrl}/archiv/${mail.number}>
`,
    }
  }
  return {
    subject: `Jemand bittet um die Dateien: ${oneLine(mail.subject)}`,
    text: `Jemand hat den Link vor sich, den Sie an ${mail.recipient} geschickt
haben, und bittet um einen eigenen. Angegeben wurde diese Adresse, die
niemand geprüft hat:

  ${asker}

Es geht um Ihre Mail

  ${oneLine(mail.subject)}
  vom ${formatMoment(mail.sentAt, locale)}

Sie entscheiden bei der Mail in Ihrem E-Mail-Archiv: Geben Sie dieser
Person einen eigenen Link, der an diese Adresse geht, oder lehnen Sie ab;
dann erfährt sie nichts. Überrascht Sie das, können Sie den Link dort auch
widerrufen:

<${appUrl}/archiv/${mail.number}>
`,
  }
}

/** Tells the sender, once a mail, that every recipient has fetched every file. */
export function allFetchedMail(locale: MailLocale, mail: MailSubject, count: number): MailText {
  if (locale === 'en') {
    return {
      subject: `All fetched: ${oneLine(mail.subject)}`,
      text: `${count === 1 ? `${mail.recipient} has` : `All ${count} recipients have`} downloaded the files of your mail

  ${oneLine(mail.subject)}
  of ${formatMoment(mail.sentAt, locale)}

Who fetched what and when stands under the mail in your archive.
`,
    }
  }
  return {
    subject: `Alles abgeholt: ${oneLine(mail.subject)}`,
    text: `${count === 1 ? `${mail.recipient} hat` : `Alle ${count} Empfänger haben`} die Dateien Ihrer Mail heruntergeladen:

  ${oneLine(mail.subject)}
  vom ${formatMoment(mail.sentAt, locale)}

Wer was wann abgeholt hat, steht in Ihrem E-Mail-Archiv unter der Mail.
`,
  }
}

/** Tells the sender, once a mail, who has not fetched yet. */
export function notFetchedMail(locale: MailLocale, mail: MailSubject, missing: string[]): MailText {
  const list = missing.map((address) => `  ${address}`).join('\n')
  if (locale === 'en') {
    return {
      subject: `Not fetched yet: ${oneLine(mail.subject)}`,
      text: `These recipients of your mail have not downloaded its files yet:

${list}

  ${oneLine(mail.subject)}
  of ${formatMoment(mail.sentAt, locale)}

The files are available until ${formatDay(mail.expiresAt, locale)}.
`,
    }
  }
  return {
    subject: `Noch nicht abgeholt: ${oneLine(mail.subject)}`,
    text: `Diese Empfänger Ihrer Mail haben die Dateien noch nicht heruntergeladen:

${list}

  ${oneLine(mail.subject)}
  vom ${formatMoment(mail.sentAt, locale)}

Die Dateien sind bis ${formatDay(mail.expiresAt, locale)} verfügbar.
`,
  }
}
