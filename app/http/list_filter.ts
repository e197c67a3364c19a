import type { Query } from '#archive'
import { DateTime } from 'luxon'
import type { messageListValidator } from '#validators/archive'
import { timeZone } from '#config/app'
import type { Infer } from '@vinejs/vine/types'

export type ListFilter = Infer<typeof messageListValidator>

/** Names of the filters, in the order of the page; the key of paging is none. */
export const filterNames = [
  'zustand',
  'grund',
  'richtung',
  'absender',
  'empfaenger',
  'von',
  'bis',
] as const

/**
 * What the archive is asked for. Days are those of the installation's time zone, the last one included.
 *
 * @param domains the firm's, which say what goes out and what comes in
 */
export function queryOf(filter: ListFilter, domains: string[], limit: number): Query {
  return {
    states: filter.zustand && [filter.zustand],
    reason: filter.grund,
    domains: filter.richtung && { names: domains, direction: filter.richtung },
    sender: filter.absender,
    recipient: filter.empfaenger,
    since: filter.von ? day(filter.von).toJSDate() : undefined,
    until: filter.bis ? day(filter.bis).plus({ days: 1 }).toJSDate() : undefined,
    before: filter.vor,
    limit,
  }
}

function day(text: string): DateTime {
  return DateTime.fromISO(text, { zone: timeZone }).startOf('day')
}
