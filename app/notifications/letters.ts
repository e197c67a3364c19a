import { harmless, letter, type Block } from '#letter'
import { Formats } from '../formats.ts'

/** The mails to members about what is new in vaults, as finished bodies, in the member's language. */

export type LetterLocale = 'de' | 'en'

export interface VaultFacts {
  number: number
  name: string
}

export interface NewFile {
  name: string
  /** Names of the folders from the top; none at the top. */
  path: string[]
  /** Bytes. */
  size: number
  /** Otherwise it is a new version of a file that was there. */
  isNew: boolean
  by: string
}

export interface News {
  /** As many as a letter names. */
  files: NewFile[]
  total: number
  /** The reader's last visit, if there was one. */
  since: Date | null
}

export interface Reader {
  name: string
  locale: LetterLocale
}

export interface Place {
  appUrl: string
  timeZone: string
}

export interface LetterText {
  subject: string
  text: string
  html: string
  choicesUrl: string
}

/** Files that a letter names; the page has them all. */
export const FILES_IN_LETTER = 20

const words = {
  de: {
    hello: (name: string) => `Guten Tag ${name},`,
    vault: ({ number, name }: VaultFacts) => `Webtresor ${number} „${harmless(name, 80)}“`,
    announced: (by: string, vault: string) =>
      `${by} hat eine Benachrichtigung zum ${vault} verschickt:`,
    announcedWordless: (by: string, vault: string) =>
      `${by} möchte, dass Sie in den ${vault} schauen.`,
    announcement: (by: string, vault: string) => `${vault}: Benachrichtigung von ${by}`,
    gathered: (total: number, vault: string) =>
      total === 1 ? `${vault}: 1 neue Datei` : `${vault}: ${total} neue Dateien`,
    digest: (total: number) =>
      total === 1
        ? '1 neue Datei in Ihren Webtresoren'
        : `${total} neue Dateien in Ihren Webtresoren`,
    digestLead: 'in Ihren Webtresoren ist Neues dazugekommen.',
    gatheredLead: (vault: string) => `im ${vault} ist Neues dazugekommen.`,
    sinceVisit: (at: string) => `Neu seit Ihrem letzten Besuch am ${at}:`,
    everything: 'Neu für Sie:',
    nothing: (at: string | null) =>
      at === null
        ? 'Für Sie liegt dort noch nichts Neues.'
        : `Seit Ihrem letzten Besuch am ${at} ist für Sie nichts Neues dazugekommen.`,
    isNew: 'neu',
    newVersion: 'neue Version',
    by: (name: string) => `von ${name}`,
    inFolder: (path: string) => `in ${path}`,
    more: (count: number) => (count === 1 ? 'und 1 weitere Datei' : `und ${count} weitere Dateien`),
    open: (number: number) => `Zum Webtresor ${number}`,
    footer: 'Wann Sie solche Mails bekommen, wählen Sie hier:',
  },
  en: {
    hello: (name: string) => `Hello ${name},`,
    vault: ({ number, name }: VaultFacts) => `vault ${number} “${harmless(name, 80)}”`,
    announced: (by: string, vault: string) => `${by} sent a notification about ${vault}:`,
    announcedWordless: (by: string, vault: string) => `${by} asks you to look into ${vault}.`,
    announcement: (by: string, vault: string) => `${upper(vault)}: notification from ${by}`,
    gathered: (total: number, vault: string) =>
      total === 1 ? `${upper(vault)}: 1 new file` : `${upper(vault)}: ${total} new files`,
    digest: (total: number) =>
      total === 1 ? '1 new file in your vaults' : `${total} new files in your vaults`,
    digestLead: 'there is something new in your vaults.',
    gatheredLead: (vault: string) => `there is something new in ${vault}.`,
    sinceVisit: (at: string) => `New since your last visit on ${at}:`,
    everything: 'New for you:',
    nothing: (at: string | null) =>
      at === null
        ? 'There is nothing new for you there yet.'
        : `Nothing new has come for you since your last visit on ${at}.`,
    isNew: 'new',
    newVersion: 'new version',
    by: (name: string) => `by ${name}`,
    inFolder: (path: string) => `in ${path}`,
    more: (count: number) => (count === 1 ? 'and 1 more file' : `and ${count} more files`),
    open: (number: number) => `Open vault ${number}`,
    footer: 'Choose here when you get such mails:',
  },
}

const upper = (text: string) => text[0]!.toUpperCase() + text.slice(1)

/** A person pressed „Benachrichtigung verschicken“. */
export function announcementLetter(
  place: Place,
  reader: Reader,
  vault: VaultFacts,
  from: { name: string; sentence: string | null },
  news: News
): LetterText {
  const say = words[reader.locale]
  const by = harmless(from.name, 80)
  const title = say.vault(vault)
  const lead: Block[] = from.sentence
    ? [say.announced(by, title), { said: from.sentence }]
    : [say.announcedWordless(by, title)]
  return finish(reader, say.announcement(by, title), choicesOf(place, vault), [
    ...lead,
    ...newsBlocks(place, reader, news),
    toVault(place, reader, vault),
  ])
}

/** What came while nobody was told: for those who want to know at once. */
export function gatheredLetter(
  place: Place,
  reader: Reader,
  vault: VaultFacts,
  news: News
): LetterText {
  const say = words[reader.locale]
  const title = say.vault(vault)
  return finish(reader, say.gathered(news.total, title), choicesOf(place, vault), [
    say.gatheredLead(title),
    ...newsBlocks(place, reader, news),
    toVault(place, reader, vault),
  ])
}

/** A day's news of all vaults whose digest the reader wants. */
export function digestLetter(
  place: Place,
  reader: Reader,
  vaults: { vault: VaultFacts; news: News }[]
): LetterText {
  const say = words[reader.locale]
  const total = vaults.reduce((sum, { news }) => sum + news.total, 0)
  return finish(reader, say.digest(total), `${place.appUrl}/profil/benachrichtigungen`, [
    say.digestLead,
    ...vaults.flatMap(({ vault, news }) => [
      { heading: upper(say.vault(vault)) },
      ...newsBlocks(place, reader, news),
      toVault(place, reader, vault),
    ]),
  ])
}

function finish(reader: Reader, subject: string, choicesUrl: string, blocks: Block[]): LetterText {
  const say = words[reader.locale]
  return {
    subject,
    choicesUrl,
    ...letter({
      locale: reader.locale,
      title: subject,
      blocks: [say.hello(harmless(reader.name, 80)), ...blocks],
      footer: [say.footer, { url: choicesUrl }],
    }),
  }
}

function newsBlocks({ timeZone }: Place, { locale }: Reader, news: News): Block[] {
  const say = words[locale]
  const formats = new Formats(locale, timeZone)
  const since = news.since && formats.dateTime(news.since)
  if (news.total === 0) return [say.nothing(since)]
  const rows = news.files.map((file) => {
    const path =
      file.path.length > 0 ? `/${file.path.map((one) => harmless(one, 60)).join('/')}` : ''
    return {
      text: `${harmless(file.name)} (${formats.size(file.size)})`,
      detail: [
        file.isNew ? say.isNew : say.newVersion,
        say.by(harmless(file.by, 80)),
        ...(path ? [say.inFolder(path)] : []),
      ].join(', '),
    }
  })
  const rest = news.total - rows.length
  return [
    since ? say.sinceVisit(since) : say.everything,
    { rows, ...(rest > 0 ? { more: say.more(rest) } : {}) },
  ]
}

function toVault({ appUrl }: Place, { locale }: Reader, { number }: VaultFacts): Block {
  return { label: words[locale].open(number), url: `${appUrl}/webtresore/${number}` }
}

function choicesOf({ appUrl }: Place, { number }: VaultFacts): string {
  return `${appUrl}/webtresore/${number}/benachrichtigen#wahl`
}
