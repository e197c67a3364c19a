import { harmless, letter, type Block } from '#letter'
import { Formats } from '../formats.ts'
import { englishEnding, germanEnding, type Ending } from './ending_words.ts'
import type { LetterLocale, Place, Reader, VaultFacts } from './letters.ts'

/** The mails about what happened to somebody's own things in a vault. They come whatever he chose about news. */

export type Warning =
  | { kind: 'lock_broken'; names: string[]; by: string }
  | { kind: 'infected'; names: string[]; by: string; found: string; own: boolean }
  | { kind: 'unchecked'; names: string[]; by: string; found: string }
  | { kind: 'returned'; names: string[]; by: string }
  | { kind: 'owner'; by: string; owner: string; own: boolean }
  | { kind: 'quota'; percent: number; used: number; quota: number }
  | Ending

/** Names in a letter; the page has them all. */
const NAMES = 20

interface Wording {
  subject: string
  lead: string
  then: string
}

const joined = (names: string[]) => (names.length === 1 ? harmless(names[0], 80) : null)

function german(warning: Warning, vault: string, formats: Formats): Wording {
  switch (warning.kind) {
    case 'lock_broken':
      return {
        subject: `Ihre Sperre wurde aufgehoben: ${joined(warning.names) ?? vault}`,
        lead: `${harmless(warning.by, 80)} hat Ihre Sperre im ${vault} aufgehoben:`,
        then: 'Andere können diese Elemente jetzt wieder ändern. Wer das wann getan hat, steht in der Aktivität des Webtresors.',
      }
    case 'infected':
      return {
        subject: `Virus gefunden: ${joined(warning.names) ?? vault}`,
        lead: warning.own
          ? `In einer Datei, die Sie in den ${vault} gelegt haben, wurde ein Virus gefunden:`
          : `In einer Datei, die ${harmless(warning.by, 80)} in den ${vault} gelegt hat, wurde ein Virus gefunden:`,
        then: `Fund: ${harmless(warning.found, 200)}. Niemand kann die Datei herunterladen. Sie kann gelöscht oder noch einmal geprüft werden.${
          warning.own ? ' Bitte lassen Sie Ihren Rechner prüfen.' : ''
        }`,
      }
    case 'unchecked':
      return {
        subject: `Nicht auf Viren prüfbar: ${joined(warning.names) ?? vault}`,
        lead: `Eine Datei, die ${harmless(warning.by, 80)} in den ${vault} gelegt hat, konnte nicht auf Viren geprüft werden:`,
        then: `Grund: ${harmless(warning.found, 200)}. Bis Sie sie mit einer Begründung freigeben, kann sie niemand herunterladen.`,
      }
    case 'returned':
      return {
        subject: `${harmless(warning.by, 80)} hat Dateien zurückgesendet`,
        lead: `${harmless(warning.by, 80)} hat Ihnen über einen sicheren Link Dateien zurückgesendet. Sie liegen im ${vault}:`,
        then: 'Sobald sie auf Viren geprüft sind, können Sie sie herunterladen.',
      }
    case 'owner':
      return {
        subject: warning.own ? `${vault} gehört jetzt Ihnen` : `${vault} gehört Ihnen nicht mehr`,
        lead: warning.own
          ? `${harmless(warning.by, 80)} hat Ihnen den ${vault} übergeben.`
          : `${harmless(warning.by, 80)} hat den ${vault} an ${harmless(warning.owner, 80)} übergeben. Sie sind dort jetzt Bearbeiter.`,
        then: warning.own
          ? 'Sie entscheiden, wer Zugriff hat, und bekommen die Hinweise für Besitzer.'
          : 'Überrascht Sie das, fragen Sie bitte Ihre Verwaltung.',
      }
    case 'quota':
      return {
        subject: `${vault}: zu ${warning.percent} % voll`,
        lead: `Der ${vault} ist zu ${warning.percent} % voll: ${formats.size(warning.used)} von ${formats.size(warning.quota)} sind belegt.`,
        then: 'Ist er ganz voll, nimmt er keine Dateien mehr an. Platz schaffen Sie, indem Sie Dateien löschen und den Papierkorb leeren; alte Fassungen zählen mit.',
      }
    case 'ending':
      return germanEnding(warning, vault, formats)
  }
}

function english(warning: Warning, vault: string, formats: Formats): Wording {
  switch (warning.kind) {
    case 'lock_broken':
      return {
        subject: `Your lock was broken: ${joined(warning.names) ?? vault}`,
        lead: `${harmless(warning.by, 80)} broke your lock in ${vault}:`,
        then: 'Others can change these items again. Who did it and when stands in the activity of the vault.',
      }
    case 'infected':
      return {
        subject: `Virus found: ${joined(warning.names) ?? vault}`,
        lead: warning.own
          ? `A virus was found in a file that you put into ${vault}:`
          : `A virus was found in a file that ${harmless(warning.by, 80)} put into ${vault}:`,
        then: `Found: ${harmless(warning.found, 200)}. Nobody can download the file. It can be deleted or checked again.${
          warning.own ? ' Please have your computer checked.' : ''
        }`,
      }
    case 'unchecked':
      return {
        subject: `Could not be checked for viruses: ${joined(warning.names) ?? vault}`,
        lead: `A file that ${harmless(warning.by, 80)} put into ${vault} could not be checked for viruses:`,
        then: `Reason: ${harmless(warning.found, 200)}. Until you release it with a reason, nobody can download it.`,
      }
    case 'returned':
      return {
        subject: `${harmless(warning.by, 80)} sent files back`,
        lead: `${harmless(warning.by, 80)} sent you files back through a secure link. They are in ${vault}:`,
        then: 'You can download them as soon as they have been checked for viruses.',
      }
    case 'owner': {
      const begun = `${vault[0]!.toUpperCase()}${vault.slice(1)}`
      return {
        subject: warning.own ? `${begun} is yours now` : `${begun} is no longer yours`,
        lead: warning.own
          ? `${harmless(warning.by, 80)} has handed ${vault} over to you.`
          : `${harmless(warning.by, 80)} has handed ${vault} over to ${harmless(warning.owner, 80)}. You are an editor there now.`,
        then: warning.own
          ? 'You decide who has access, and get the notices for owners.'
          : 'If this surprises you, please ask your administration.',
      }
    }
    case 'quota':
      return {
        subject: `${vault[0]!.toUpperCase()}${vault.slice(1)} is ${warning.percent} % full`,
        lead: `${vault[0]!.toUpperCase()}${vault.slice(1)} is ${warning.percent} % full: ${formats.size(warning.used)} of ${formats.size(warning.quota)} are taken.`,
        then: 'Once it is full it takes no more files. Make room by deleting files and emptying the trash; old versions count too.',
      }
    case 'ending':
      return englishEnding(warning, vault, formats)
  }
}

const titles = {
  de: ({ number, name }: VaultFacts) => `Webtresor ${number} „${harmless(name, 80)}“`,
  en: ({ number, name }: VaultFacts) => `vault ${number} “${harmless(name, 80)}”`,
}
const hello = { de: 'Guten Tag', en: 'Hello' }
const open = { de: 'Zum Webtresor', en: 'Open vault' }
const more = {
  de: (count: number) => `und ${count} weitere`,
  en: (count: number) => `and ${count} more`,
}

/** The mail about one of these, in the reader's language. */
export function warningLetter(
  place: Place,
  reader: Reader,
  vault: VaultFacts,
  warning: Warning
): { subject: string; text: string; html: string } {
  const { locale } = reader
  const formats = new Formats(locale, place.timeZone)
  const say = (locale === 'de' ? german : english)(warning, titles[locale](vault), formats)
  return {
    subject: say.subject,
    ...letter({
      locale,
      title: say.subject,
      blocks: [
        `${hello[locale]} ${harmless(reader.name, 80)},`,
        say.lead,
        ...('names' in warning ? [list(warning.names, locale)] : []),
        say.then,
        ...(isShut(warning)
          ? []
          : [
              {
                label: `${open[locale]} ${vault.number}`,
                url: `${place.appUrl}/webtresore/${vault.number}`,
              },
            ]),
      ],
    }),
  }
}

/** The reader does not come in any more. */
const isShut = (warning: Warning) => warning.kind === 'ending' && warning.own && warning.over

function list(names: string[], locale: LetterLocale): Block {
  const rest = names.length - NAMES
  return {
    rows: names.slice(0, NAMES).map((name) => ({ text: harmless(name) })),
    ...(rest > 0 ? { more: more[locale](rest) } : {}),
  }
}
