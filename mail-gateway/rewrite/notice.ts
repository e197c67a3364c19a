import { breakable, COLUMNS, escapeHtml, wrap } from '#letter'

/** What a recipient is told in place of the attachments. */
export interface NoticeContent {
  language: 'de' | 'en'
  /** Names are safe names; sizes are bytes, decoded. */
  files: readonly { name: string; size: number }[]
  /** Absolute URL, ASCII. */
  link: string
  /** Until when the link works at the least; shown as a day in Berlin. */
  availableUntil: Date
}

/** Longer lists end in a count: the link's page shows all. */
const longestList = 50

/*
 * Only characters that ISO-8859-1 has: with typographic quotes or dashes each German mail in that charset would have to be
 * converted.
 */
const words = {
  de: {
    locale: 'de-DE',
    title: (count: number) =>
      count === 1 ? '1 Anhang zum sicheren Abruf' : `${count} Anhänge zum sicheren Abruf`,
    available: (date: string) => `verfügbar mindestens bis ${date}`,
    link: 'Sicherer Link',
    button: (count: number) => (count === 1 ? 'Datei abrufen' : 'Dateien abrufen'),
    more: (count: number) => (count === 1 ? '1 weitere Datei' : `${count} weitere Dateien`),
  },
  en: {
    locale: 'en-GB',
    title: (count: number) =>
      count === 1 ? '1 attachment, delivered securely' : `${count} attachments, delivered securely`,
    available: (date: string) => `available until at least ${date}`,
    link: 'Secure link',
    button: (count: number) => (count === 1 ? 'Get the file' : 'Get the files'),
    more: (count: number) => (count === 1 ? '1 more file' : `${count} more files`),
  },
}

/**
 * The notice as text: lines without line ends and without trailing spaces, at most 72 columns but for the link, which stands
 * unbroken on a line of its own. The last line is empty.
 */
export function noticeText(notice: NoticeContent): string[] {
  const say = words[notice.language]
  const { shown, rest } = list(notice)
  const files = shown.map(({ name, size }) => `${name} (${formatSize(size, say.locale)})`)
  if (rest > 0) files.push(`... ${say.more(rest)}`)
  return [
    `${say.title(notice.files.length)}:`,
    '',
    ...files.flatMap((file) =>
      wrap(file, COLUMNS - 2).map((line, index) => (index === 0 ? '- ' : '  ') + line)
    ),
    '',
    `${say.link}, ${say.available(formatDate(notice))}:`,
    '',
    `<${notice.link}>`,
    '',
    // Of underscores: a line of dashes could be taken for a MIME boundary or the start of a signature.
    '_'.repeat(COLUMNS),
    '',
  ]
}

const ink = 'color:#1c2733;'
const quiet = 'color:#55636f;'
const font = "font-family:'Segoe UI',Helvetica,Arial,sans-serif;"

/**
 * The notice as HTML: one table with inline styles (what Outlook, webmail and old programs all draw), in ASCII with
 * numeric entities, so that it fits any body. Lines without line ends, each far below 998 bytes.
 */
export function noticeHtml(notice: NoticeContent): string[] {
  const say = words[notice.language]
  const { shown, rest } = list(notice)
  const link = escapeHtml(notice.link)
  const cell = (style: string) => `<td style="${font}${style}">`
  const row = ({ name, size }: { name: string; size: number }) => [
    '<tr>',
    `${cell(`font-size:14px;line-height:20px;${ink}padding:6px 12px 6px 0;border-top:1px solid #dfe6ec;word-break:break-word;`)}`,
    `${breakable(name)}</td>`,
    `<td align="right" valign="top" style="${font}font-size:14px;line-height:20px;${quiet}padding:6px 0;border-top:1px solid #dfe6ec;white-space:nowrap;">`,
    `${escapeHtml(formatSize(size, say.locale).replaceAll(' ', '\u00a0'))}</td>`,
    '</tr>',
  ]
  const more = [
    '<tr>',
    `<td colspan="2" style="${font}font-size:14px;line-height:20px;${quiet}padding:6px 0;border-top:1px solid #dfe6ec;">${escapeHtml(say.more(rest))}</td>`,
    '</tr>',
  ]
  return [
    `<table lang="${notice.language}" dir="ltr" width="100%" border="0" cellpadding="0" cellspacing="0" bgcolor="#f4f7fa"`,
    ' style="width:100%;max-width:640px;border:1px solid #cfd9e2;border-left:4px solid #1a5fb4;border-collapse:separate;background-color:#f4f7fa;text-align:left;">',
    `<tr>${cell(`font-size:16px;line-height:22px;font-weight:bold;${ink}padding:14px 18px 8px 18px;`)}${escapeHtml(say.title(notice.files.length))}</td></tr>`,
    '<tr><td style="padding:0 18px 0 18px;">',
    '<table width="100%" border="0" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;">',
    ...shown.flatMap(row),
    ...(rest > 0 ? more : []),
    '</table>',
    '</td></tr>',
    '<tr><td style="padding:12px 18px 0 18px;">',
    '<table border="0" cellpadding="0" cellspacing="0" style="border-collapse:separate;"><tr>',
    '<td bgcolor="#1a5fb4" style="background-color:#1a5fb4;border-radius:4px;padding:9px 18px;">',
    `<a href="${link}"`,
    ` style="${font}font-size:15px;line-height:20px;font-weight:bold;color:#ffffff;text-decoration:none;">${escapeHtml(say.button(notice.files.length))}</a>`,
    '</td></tr></table>',
    '</td></tr>',
    `<tr>${cell(`font-size:13px;line-height:19px;${quiet}padding:10px 18px 14px 18px;`)}`,
    `${escapeHtml(`${say.link}, ${say.available(formatDate(notice))}:`)}<br>`,
    `<a href="${link}"`,
    ` style="color:#1a5fb4;text-decoration:underline;word-break:break-all;">${link}</a></td></tr>`,
    '</table>',
    '<div style="font-size:16px;line-height:16px;">&#160;</div>',
  ]
}

function list(notice: NoticeContent) {
  const whole = notice.files.length <= longestList + 1
  const shown = (whole ? notice.files : notice.files.slice(0, longestList)).map((file) => ({
    ...file,
    name: isolated(file.name),
  }))
  return { shown, rest: notice.files.length - shown.length }
}

const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const rightToLeft =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/**
 * A name must not turn what stands beside it around (UAX #9): its own controls go, and right-to-left letters are isolated. Other
 * names get no isolates, which older charsets do not have.
 */
function isolated(name: string): string {
  const plain = name.replace(bidiControls, '').replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
  return rightToLeft.test(plain) ? `\u2068${plain}\u2069` : plain
}

const units = ['KB', 'MB', 'GB', 'TB']

/** As file managers show it: 1 KB = 1024 bytes, one digit behind the comma below 10. */
export function formatSize(size: number, locale: string): string {
  if (size < 1024)
    return size === 1 && locale.startsWith('en')
      ? '1 byte'
      : `${size} ${locale.startsWith('de') ? 'Byte' : 'bytes'}`
  let value = size / 1024
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${numbersOf(locale, value < 9.95 ? 1 : 0).format(value)} ${units[unit]}`
}

const numbers = new Map<string, Intl.NumberFormat>()

/** Kept, as `days` are: one is made in the time in which a hundred are used. */
function numbersOf(locale: string, digits: number): Intl.NumberFormat {
  const key = `${locale} ${digits}`
  const known = numbers.get(key) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: digits })
  numbers.set(key, known)
  return known
}

const daysIn = (locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'Europe/Berlin' })

const days = { de: daysIn(words.de.locale), en: daysIn(words.en.locale) }

const formatDate = (notice: NoticeContent) => days[notice.language].format(notice.availableUntil)
