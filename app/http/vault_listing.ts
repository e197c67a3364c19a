import { Vaults, type Access, type Found, type VaultEntry, type VaultFolder } from '#vault'
import { sorts, type SortName } from '#validators/vaults'
import { inject } from '@adonisjs/core'
import router from '@adonisjs/core/services/router'
import { urlFor } from '@adonisjs/core/services/url_builder'
import type { I18n } from '@adonisjs/i18n'
import { DateTime } from 'luxon'
import { timeZone } from '#config/app'
import { plainLine } from '../plain_line.ts'
import { clientWords } from './client_words.ts'
import { listKeys } from './vault_keys.ts'
import { VaultRows } from './vault_rows.ts'

/** Rows of one page; further ones are loaded while one scrolls. */
const PAGE = 200

export interface ListingQuery {
  sortierung?: SortName
  absteigend?: '1'
  nach?: string
  suche?: string
  anzahl?: number
  nur?: string
}

const columns: { sort: SortName; class: string; label: string }[] = [
  { sort: 'name', class: 'name', label: 'name' },
  { sort: 'geaendert', class: 'changed', label: 'changed' },
  { sort: 'typ', class: 'type', label: 'type' },
  { sort: 'groesse', class: 'size', label: 'size' },
  { sort: 'von', class: 'maker', label: 'made_by' },
  { sort: 'zuletzt', class: 'changer', label: 'changed_by' },
]

/** What a vault's page shows of a folder, for the component `vault.files`. */
@inject()
export class VaultListing {
  constructor(private vaults: Vaults) {}

  async of(access: Access, folder: number | null, query: ListingQuery, i18n: I18n) {
    const base = urlFor('vaults.show', { vault: access.vault.number })
    const here = folder === null ? base : `${base}/ordner/${folder}`
    const limit = query.anzahl ? Math.max(query.anzahl, PAGE) : PAGE
    const order = {
      sort: sorts[query.sortierung ?? 'name'],
      descending: query.absteigend === '1',
    }
    const found = query.suche
      ? await this.#find(access, query.suche, query.nach, limit)
      : await this.vaults.list(access, folder, { ...order, after: query.nach ?? null, limit })
    const entries = query.nur ? await this.#only(access, folder, query) : found.entries
    const rows = new VaultRows(base, access.viewer.id, i18n)
    const can = this.#rights(access)
    const path = crumbs(base, found.path)
    const name = query.suche
      ? i18n.t('vaults.search_in', { text: plainLine(query.suche) })
      : plainLine(found.folder?.name ?? access.vault.name)
    return {
      folder,
      rows: entries.map((entry) => rows.of(entry, (entry as Partial<Found>).path)),
      next: found.next && `${here}?${queryOf(query, { nach: found.next })}`,
      places:
        query.nur && !query.suche
          ? JSON.stringify([
              ...(await this.vaults.following(access, folder, idsOf(query.nur), order)),
            ])
          : '',
      search: query.suche ?? '',
      columns: columns.map((column) => ({
        class: column.class,
        label: i18n.t(`vaults.${column.label}`),
        ...sorting(here, column.sort, query),
      })),
      path,
      top: base,
      up: path.at(-2)?.href ?? base,
      message: this.#message(found.folder),
      title: `${name} · ${access.vault.number}`,
      said: i18n.t('vaults.said_folder', { name, count: entries.length }),
      can,
      canText: JSON.stringify(can),
      contributor: access.role === 'contributor',
      notify: this.#notify(access),
      events: router.has('vaults.live') ? `${base}/ereignisse` : '',
      tomorrow: DateTime.now().setZone(timeZone).plus({ days: 1 }).toISODate(),
      keys: listKeys(i18n),
      words: clientWords(i18n),
    }
  }

  #rights(access: Access) {
    const may = (right: Parameters<Vaults['may']>[1]) => this.vaults.may(access, right)
    return {
      add: may('add'),
      change: may('change'),
      breakLocks: may('break'),
      copyOut: may('see'),
      release: may('release') && router.has('vaults.release'),
    }
  }

  #message(folder: VaultEntry | null): string {
    const { message } = (folder ?? {}) as Partial<VaultFolder>
    return message ? urlFor('archive.show', { number: message }) : ''
  }

  #notify(access: Access): string {
    if (!router.has('vaults.notify') || !this.vaults.may(access, 'add')) return ''
    return urlFor('vaults.notify' as 'vaults.show', { vault: access.vault.number })
  }

  /** Hits of a search through the whole vault, oldest first; the key of the next page is an id. */
  async #find(access: Access, text: string, after: string | undefined, limit: number) {
    const key = Number(after) || undefined
    const found = await this.vaults.find(access, text, { after: key, limit: limit + 1 })
    const entries = found.slice(0, limit)
    const next = found.length > limit ? String(entries.at(-1)!.id) : null
    return { entries, next, folder: null, path: [] }
  }

  /** Entries that lie in this folder still; what was moved or removed meanwhile is left out. */
  async #only(
    access: Access,
    folder: number | null,
    { nur = '', suche }: ListingQuery
  ): Promise<VaultEntry[]> {
    const found = await this.vaults.entries(access, idsOf(nur))
    return found.filter(({ parent }) => suche || parent === folder)
  }
}

const idsOf = (nur: string) => nur.split(',').map(Number)

function crumbs(base: string, path: { id: number; name: string }[]) {
  const steps = [{ id: 0, name: '/' }, ...path]
  return steps.map(({ id, name }, at) => ({
    id,
    name: plainLine(name),
    href: at === steps.length - 1 ? '' : id ? `${base}/ordner/${id}` : base,
  }))
}

function sorting(here: string, sort: SortName, query: ListingQuery) {
  if (query.suche) return { href: '', sorted: '' }
  const current = query.sortierung ?? 'name'
  const descending = query.absteigend === '1'
  const turned = sort === current && !descending
  const href = `${here}?${queryOf({ sortierung: sort, absteigend: turned ? '1' : undefined }, {})}`
  if (sort !== current) return { href, sorted: '' }
  return { href, sorted: descending ? 'descending' : 'ascending' }
}

function queryOf(
  { sortierung, absteigend, suche }: ListingQuery,
  more: Record<string, string>
): string {
  return new URLSearchParams({
    ...(sortierung ? { sortierung } : {}),
    ...(absteigend ? { absteigend } : {}),
    ...(suche ? { suche } : {}),
    ...more,
  }).toString()
}
