import type { Activity, ActivityPage } from '#vault'
import type { I18n } from '@adonisjs/i18n'
import { timeZone } from '#config/app'
import { stringify } from 'csv-stringify'
import { DateTime } from 'luxon'
import { pipeline, Readable } from 'node:stream'
import { actorOf, lineOf, namesOf } from './vault_activity.ts'

/** What a spreadsheet would take for a formula, and tab and line break, behind which it would begin one (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/**
 * A vault's activity as CSV for spreadsheets: UTF-8 with a byte order mark, semicolons where the reader's country writes a comma in
 * numbers, and no cell that is a formula. Streamed page by page.
 *
 * @param pages gives the page before a key
 */
export function activityCsv(
  pages: (before: number | undefined) => Promise<ActivityPage>,
  i18n: I18n
): Readable {
  const columns = ['at', 'person', 'kind', 'names', 'text', 'detail', 'number']
  const csv = stringify({
    bom: true,
    header: true,
    columns: columns.map((key) => ({ key, header: i18n.t(`notify.csv_${key}`) })),
    delimiter: i18n.locale === 'de' ? ';' : ',',
    record_delimiter: 'windows',
  })
  const rows = Readable.from(rowsOf(pages, i18n))
  // What goes wrong arrives through `csv`.
  pipeline(rows, csv, () => {})
  return csv
}

async function* rowsOf(
  pages: (before: number | undefined) => Promise<ActivityPage>,
  i18n: I18n
): AsyncGenerator<Record<string, string>> {
  for (let before: number | undefined; ;) {
    const { activities, next } = await pages(before)
    for (const activity of activities) yield row(activity, i18n)
    if (next === null) return
    before = next
  }
}

function row(activity: Activity, i18n: I18n): Record<string, string> {
  const { text, detail } = lineOf(activity, i18n)
  const cells = {
    at: DateTime.fromJSDate(activity.at, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm:ss'),
    person: actorOf(activity, i18n),
    kind: i18n.t(`notify.kind_${activity.what}`),
    names: namesOf(activity).join(' · '),
    text: text.replace(/[\u2068\u2069]/g, ''),
    detail,
    number: String(activity.id),
  }
  return Object.fromEntries(Object.entries(cells).map(([key, cell]) => [key, harmlessCell(cell)]))
}

/** The same text, which no spreadsheet runs. */
export function harmlessCell(cell: string): string {
  return FORMULA.test(cell.trimStart()) || FORMULA.test(cell) ? `'${cell}` : cell
}
