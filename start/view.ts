import edge from 'edge.js'
import type { I18n } from '@adonisjs/i18n'
import type { HttpRequest } from '@adonisjs/core/http'
import router from '@adonisjs/core/services/router'
import { fullness } from '#notifications'
import { appUrl, imprintUrl, privacyUrl, timeZone } from '#config/app'
import { Formats } from '../app/formats.ts'
import { problemsInWords } from '../app/http/problems.ts'
import { fileKind, fileType } from '../app/file_kind.ts'
import { dayOf } from '../app/http/days.ts'
import { placesOf } from '../app/navigation.ts'
import { plainLine } from '../app/plain_line.ts'
import { icon } from '#start/icons'

/**
 * What every template can use. A function is called on the template's state, where the middleware put the
 * reader's language.
 */
interface State {
  i18n: I18n
  request?: HttpRequest
}

const formats = new Map<string, Formats>()

function formatsOf(state: State): Formats {
  const { locale } = state.i18n
  const made = formats.get(locale) ?? new Formats(locale, timeZone)
  formats.set(locale, made)
  return made
}

type Moment = Date | number

edge.global('size', function (this: State, bytes: number) {
  return formatsOf(this).size(bytes)
})
edge.global('number', function (this: State, value: number) {
  return formatsOf(this).number(value)
})
edge.global('date', function (this: State, at: Moment) {
  return formatsOf(this).date(at)
})
edge.global('dateTime', function (this: State, at: Moment, seconds?: boolean) {
  return formatsOf(this).dateTime(at, seconds)
})
edge.global('shortDate', function (this: State, at: Moment) {
  return formatsOf(this).shortDate(at)
})
/** The day of a date input, in the installation's time zone. */
edge.global('isoDay', dayOf)
edge.global('isoTime', (at: Moment) => new Date(at).toISOString())

edge.global('icon', icon)
edge.global('found', function (this: State, what: string | null) {
  return problemsInWords(what ?? '', this.i18n)
})
edge.global('fileKind', fileKind)
edge.global('fileType', fileType)
edge.global('plain', plainLine)
edge.global('hasRoute', (name: string) => router.has(name))

const missing = [...(imprintUrl ? [] : ['IMPRINT_URL']), ...(privacyUrl ? [] : ['PRIVACY_URL'])]

edge.global('site', {
  url: appUrl,
  isLocal: ['localhost', '127.0.0.1', '[::1]'].includes(new URL(appUrl).hostname),
  imprint: imprintUrl,
  privacy: privacyUrl,
  missing,
})

edge.global('languages', [
  { code: 'de', name: 'Deutsch' },
  { code: 'en', name: 'English' },
])

/** Address of this page in another language: the query keeps everything else. */
edge.global('inLanguage', function (this: State, code: string) {
  const query = new URLSearchParams(this.request?.parsedUrl.query ?? '')
  query.set('sprache', code)
  return `?${query}`
})

edge.global('navigation', placesOf)
edge.global('fullness', fullness)
