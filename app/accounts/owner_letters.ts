import { Formats } from '../formats.ts'
import { harmless, letter, type Block } from '#letter'
import { deviceInWords } from './device.ts'
import type { Language } from './people.ts'
import type { Visit } from './sessions.ts'

/** The mails that accounts send to their owner, as finished text and simple HTML. */

export type Occasion =
  | { what: 'new_device' }
  | { what: 'password_changed' }
  | { what: 'reset_requested'; url: string }
  | { what: 'factor_added' | 'factor_removed'; factor: 'one_time_password' | 'passkey' }
  | { what: 'codes_renewed' }
  | { what: 'code_used'; left: number }
  | { what: 'factors_reset' }

export interface LetterFacts {
  name: string
  at: Date
  /** Nothing: it was not the owner's browser. */
  visit: Visit | null
  appUrl: string
  timeZone: string
}

export interface LetterText {
  subject: string
  text: string
  html: string
}

const factors = {
  de: { one_time_password: 'Einmalpasswort', passkey: 'Passkey' },
  en: { one_time_password: 'one-time password', passkey: 'passkey' },
}

const german = (occasion: Occasion): [subject: string, body: Block[]] => {
  switch (occasion.what) {
    case 'new_device':
      return [
        'Anmeldung von einem neuen Gerät',
        ['mit Ihrem Konto hat sich jemand von einem Gerät angemeldet, das wir noch nicht kennen.'],
      ]
    case 'password_changed':
      return [
        'Ihr Passwort wurde geändert',
        [
          'das Passwort Ihres Kontos wurde geändert. Auf allen anderen Geräten sind Sie damit abgemeldet.',
        ],
      ]
    case 'reset_requested':
      return [
        'Neues Passwort festlegen',
        [
          'jemand hat für Ihr Konto ein neues Passwort angefordert. Waren Sie das, legen Sie es hier fest. Der Link gilt eine Stunde und nur einmal:',
          { url: occasion.url, label: 'Neues Passwort festlegen' },
        ],
      ]
    case 'factor_added':
      return [
        `${factors.de[occasion.factor]} eingerichtet`,
        [`für Ihr Konto wurde ein ${factors.de[occasion.factor]} eingerichtet.`],
      ]
    case 'factor_removed':
      return [
        `${factors.de[occasion.factor]} entfernt`,
        [`von Ihrem Konto wurde ein ${factors.de[occasion.factor]} entfernt.`],
      ]
    case 'codes_renewed':
      return [
        'Neue Wiederherstellungscodes',
        ['für Ihr Konto wurden neue Wiederherstellungscodes erzeugt. Die alten gelten nicht mehr.'],
      ]
    case 'code_used':
      return [
        'Wiederherstellungscode verwendet',
        [
          'mit einem Ihrer Wiederherstellungscodes hat sich jemand angemeldet. Jeder Code gilt nur einmal.',
          `Es bleiben ${occasion.left}. Neue erzeugen Sie in Ihrem Profil unter „Sicherheit“.`,
        ],
      ]
    case 'factors_reset':
      return [
        'Zweiter Faktor zurückgesetzt',
        [
          'Ihre Verwaltung hat Einmalpasswort, Passkeys und Wiederherstellungscodes Ihres Kontos entfernt. Sie melden sich jetzt nur mit Ihrem Passwort an und können einen neuen zweiten Faktor einrichten.',
        ],
      ]
  }
}

const english = (occasion: Occasion): [subject: string, body: Block[]] => {
  switch (occasion.what) {
    case 'new_device':
      return [
        'Sign-in from a new device',
        ['somebody signed in to your account from a device that we do not know yet.'],
      ]
    case 'password_changed':
      return [
        'Your password was changed',
        ['the password of your account was changed. On all other devices you are signed out.'],
      ]
    case 'reset_requested':
      return [
        'Choose a new password',
        [
          'somebody asked for a new password for your account. If it was you, choose it here. The link is valid for one hour and only once:',
          { url: occasion.url, label: 'Choose a new password' },
        ],
      ]
    case 'factor_added':
      return [
        `A ${factors.en[occasion.factor]} was set up`,
        [`a ${factors.en[occasion.factor]} was set up for your account.`],
      ]
    case 'factor_removed':
      return [
        `A ${factors.en[occasion.factor]} was removed`,
        [`a ${factors.en[occasion.factor]} was removed from your account.`],
      ]
    case 'codes_renewed':
      return [
        'New recovery codes',
        ['new recovery codes were made for your account. The old ones no longer work.'],
      ]
    case 'code_used':
      return [
        'A recovery code was used',
        [
          'somebody signed in with one of your recovery codes. Each code works only once.',
          `${occasion.left} are left. You make new ones in your profile under “Security”.`,
        ],
      ]
    case 'factors_reset':
      return [
        'Second factor reset',
        [
          'your administrator removed the one-time password, passkeys and recovery codes of your account. You now sign in with your password only and can set up a new second factor.',
        ],
      ]
  }
}

const words = {
  de: {
    occasion: german,
    greeting: (name: string) => `Guten Tag ${name},`,
    when: 'Wann',
    device: 'Gerät',
    network: 'Netz',
    unwanted: 'Waren Sie das nicht? Dann ist nichts zu tun: Ihr Passwort gilt weiter wie bisher.',
    alarm:
      'Waren Sie das nicht? Dann legen Sie bitte sofort ein neues Passwort fest und sagen Sie Ihrer Verwaltung Bescheid:',
    alarmLabel: 'Neues Passwort anfordern',
    footer: (url: string) =>
      `Sie erhalten diese Mail, weil es zu Ihrer Adresse ein Konto bei Webtresor unter ${url} gibt.`,
  },
  en: {
    occasion: english,
    greeting: (name: string) => `Dear ${name},`,
    when: 'When',
    device: 'Device',
    network: 'Network',
    unwanted: 'If it was not you, there is nothing to do: your password stays as it is.',
    alarm: 'If it was not you, choose a new password at once and tell your administrator:',
    alarmLabel: 'Ask for a new password',
    footer: (url: string) =>
      `You get this mail because there is a Webtresor account with your address at ${url}.`,
  },
}

/** The letter about `occasion` in the language of its reader. */
export function accountLetter(
  language: Language,
  occasion: Occasion,
  { name, at, visit, appUrl, timeZone }: LetterFacts
): LetterText {
  const said = words[language]
  const [subject, body] = said.occasion(occasion)
  const rows = [{ text: `${said.when}: ${new Formats(language, timeZone).dateTime(at)}` }]
  if (visit) rows.push({ text: `${said.device}: ${deviceInWords(visit.agent, language)}` })
  if (visit?.network) rows.push({ text: `${said.network}: ${visit.network}` })
  const alarm: Block[] =
    occasion.what === 'reset_requested'
      ? [said.unwanted]
      : [said.alarm, { url: `${appUrl}/passwort-vergessen`, label: said.alarmLabel }]
  const blocks: Block[] = [said.greeting(harmless(name)), ...body, { rows }, ...alarm]
  return {
    subject: `Webtresor: ${subject}`,
    ...letter({ locale: language, title: subject, blocks, footer: [said.footer(appUrl)] }),
  }
}
