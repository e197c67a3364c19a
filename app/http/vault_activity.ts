import { timeZone } from '#config/app'
import type { Activity, ActivityFilter, What } from '#vault'
import type { I18n } from '@adonisjs/i18n'
import { Formats } from '../formats.ts'
import { isolated, plainLine } from '../plain_line.ts'
import { endOf, startOf } from './days.ts'

/** What is asked for on the page of a vault's activity, as its query says it. */
export interface ActivityQuery {
  person?: number
  art?: Group
  von?: string
  bis?: string
  name?: string
  datei?: number
  vor?: number
}

/** Groups of kinds, as people look for them. */
export const GROUPS = [
  'added',
  'changed',
  'removed',
  'downloaded',
  'locked',
  'checked',
  'members',
  'vault',
] as const
export type Group = (typeof GROUPS)[number]

/** Every kind has its place, and its words in notify.json: `what_` and `kind_`. */
export const groupOf: Record<What, Group> = {
  added: 'added',
  version: 'added',
  returned: 'added',
  copied: 'added',
  folder: 'added',
  renamed: 'changed',
  moved: 'changed',
  reverted: 'changed',
  version_removed: 'removed',
  removed: 'removed',
  restored: 'removed',
  emptied: 'removed',
  downloaded: 'downloaded',
  exported: 'downloaded',
  locked: 'locked',
  unlocked: 'locked',
  lock_broken: 'locked',
  scanned_infected: 'checked',
  scanned_unchecked: 'checked',
  rescanned: 'checked',
  released: 'checked',
  member_added: 'members',
  member_changed: 'members',
  member_removed: 'members',
  member_left: 'members',
  member_ended: 'members',
  member_invited: 'members',
  invitation_revoked: 'members',
  owner_changed: 'members',
  vault_made: 'vault',
  vault_renamed: 'vault',
  quota_changed: 'vault',
  archived: 'vault',
  reopened: 'vault',
  vault_removed: 'vault',
  vault_restored: 'vault',
  vault_destroyed: 'vault',
  notified: 'vault',
}

const kindsOf = (group: Group) =>
  (Object.keys(groupOf) as What[]).filter((what) => groupOf[what] === group)

/** Names that a line tells; the export has all. */
const NAMES = 3

/** Days are those of the installation's time zone, the last one included. */
export function filterOf(query: ActivityQuery): ActivityFilter {
  return {
    actor: query.person,
    what: query.art && kindsOf(query.art),
    since: query.von ? startOf(query.von) : undefined,
    until: query.bis ? endOf(query.bis) : undefined,
    entry: query.datei,
    name: query.name,
  }
}

/** One line of the page. */
export interface ActivityLine {
  at: Date
  actor: string
  text: string
  /** A reason, what was found, or other names. */
  detail: string
  entry: number | null
  kind: '' | 'warn' | 'bad'
}

const kinds: Partial<Record<What, ActivityLine['kind']>> = {
  scanned_infected: 'bad',
  scanned_unchecked: 'warn',
  lock_broken: 'warn',
}

export function lineOf(activity: Activity, i18n: I18n): ActivityLine {
  return {
    at: activity.at,
    actor: actorOf(activity, i18n),
    text: sentence(activity, i18n),
    detail: detailOf(activity, i18n),
    entry: activity.entryId,
    kind: kinds[activity.what] ?? '',
  }
}

export function actorOf({ actorName }: Activity, i18n: I18n): string {
  return plainLine(actorName, 200) || i18n.t('notify.nobody')
}

/** What was done, without who did it. */
function sentence(activity: Activity, i18n: I18n): string {
  const names = namesOf(activity)
  const shown = names.slice(0, NAMES).map((name) => isolated(name))
  const rest = Number(activity.details.count ?? names.length) - shown.length
  if (rest > 0) shown.push(i18n.t('notify.more_names', { count: rest }))
  return i18n.t(`notify.what_${activity.what}`, {
    names: new Intl.ListFormat(i18n.locale).format(shown),
  })
}

/** Files and folders, or the person it was about. */
export function namesOf({ names, details }: Activity): string[] {
  if (names.length > 0) return names
  return [details.name ?? details.email].filter((name) => typeof name === 'string')
}

/** What explains it: only words that people wrote, and what is known by its kind. */
function detailOf({ what, details }: Activity, i18n: I18n): string {
  const formats = new Formats(i18n.locale, timeZone)
  const parts: string[] = []
  const { role, until, holderName, recipient, found, reason, why } = details
  if (typeof role === 'string') parts.push(i18n.t(`notify.role_${role}`))
  if (typeof until === 'string') {
    parts.push(i18n.t('notify.until', { day: formats.dateTime(new Date(until)) }))
  }
  if (what === 'renamed' || what === 'vault_renamed') {
    parts.push(i18n.t('notify.from_name', { name: isolated(String(details.from ?? '')) }))
  }
  if (what === 'version_removed') {
    parts.push(i18n.t('notify.version_number', { number: Number(details.version) }))
  }
  if (details.undone === true) parts.push(i18n.t('notify.undone'))
  if (what === 'quota_changed' && typeof details.to === 'number') {
    parts.push(formats.size(details.to))
  }
  if (what === 'notified' && typeof details.recipients === 'number') {
    parts.push(i18n.t('notify.recipients', { count: details.recipients }))
  }
  for (const text of [holderName, recipient, found, reason, why]) {
    if (typeof text === 'string') parts.push(plainLine(text, 500))
  }
  return parts.join(' · ')
}
