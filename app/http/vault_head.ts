import { timeZone } from '#config/app'
import { Vaults, type Access } from '#vault'
import { inject } from '@adonisjs/core'
import router from '@adonisjs/core/services/router'
import { urlFor } from '@adonisjs/core/services/url_builder'
import type { I18n } from '@adonisjs/i18n'
import { Formats } from '../formats.ts'
import { isolated, plainLine } from '../plain_line.ts'

/** Days that a vault stays in the trash. */
const KEPT_DAYS = 30
/** Members named in the head; the others are counted. */
const NAMED = 6

export type VaultSection = 'files' | 'members' | 'activity' | 'trash' | 'settings'

/** Head of a vault's pages, for the component `vault.head`. */
export interface HeadFacts {
  number: string
  name: string
  role: string
  /** „Aktuell sind 806.1 KB an Speicherplatz belegt. …“ */
  space: string
  used: number
  reserved: number
  quota: number | null
  /** „Zugriff: nur Sie persönlich!“, else who has access. */
  access: string
  readOnly: Access['readOnly']
  /** When a vault in the trash is destroyed. */
  endsAt: Date | null
  manages: boolean
  tabs: { section: VaultSection; label: string; href: string; icon: string }[]
}

const places: { section: VaultSection; route: string; icon: string; needs: 'see' | 'manage' }[] = [
  { section: 'files', route: 'vaults.show', icon: 'folder', needs: 'see' },
  { section: 'members', route: 'vaults.members', icon: 'people', needs: 'see' },
  { section: 'activity', route: 'vaults.activity', icon: 'history', needs: 'see' },
  { section: 'trash', route: 'vaults.trash', icon: 'trash', needs: 'see' },
  { section: 'settings', route: 'vaults.settings', icon: 'gear', needs: 'manage' },
]

@inject()
export class VaultHead {
  constructor(private vaults: Vaults) {}

  async of(access: Access, i18n: I18n): Promise<HeadFacts> {
    const { vault, readOnly } = access
    const { used, reserved, quota } = vault
    return {
      number: String(vault.number),
      name: plainLine(vault.name, 200),
      role: i18n.t(`vaults.role_${access.role}`),
      space: spaceOf(vault, i18n),
      used,
      reserved,
      quota,
      access: await this.#access(access, i18n),
      readOnly,
      endsAt: vault.trashedAt && new Date(vault.trashedAt.getTime() + KEPT_DAYS * 86_400_000),
      manages: this.vaults.may(access, 'manage'),
      tabs: places.flatMap(({ section, route, icon, needs }) => {
        if (!router.has(route) || !this.vaults.may(access, needs)) return []
        if (section === 'trash' && !this.vaults.may(access, 'change')) return []
        const href = urlFor(route as 'vaults.show', { vault: vault.number })
        return [{ section, icon, href, label: i18n.t(`vaults.tab_${section}`) }]
      }),
    }
  }

  async #access(access: Access, i18n: I18n): Promise<string> {
    const { mailbox } = access.vault
    if (mailbox !== null) return i18n.t('vaults.access_mailbox', { mailbox: plainLine(mailbox) })
    const members = await this.vaults.members.list(access)
    const others = members.filter(({ id }) => id !== access.viewer.id)
    if (others.length === 0) return i18n.t('vaults.access_alone')
    const named = others.slice(0, NAMED).map(({ name, role }) =>
      i18n.t('vaults.member_of', {
        name: isolated(name, 80),
        role: i18n.t(`vaults.role_${role}`),
      })
    )
    const rest = others.length - named.length
    if (rest > 0) named.push(i18n.t('vaults.and_more', { count: rest }))
    const who = new Intl.ListFormat(i18n.locale).format([i18n.t('vaults.you'), ...named])
    return i18n.t('vaults.access', { who })
  }
}

/** In the manual's words. */
export function spaceOf({ used, quota, reserved }: Access['vault'], i18n: I18n): string {
  const formats = new Formats(i18n.locale, timeZone)
  const facts = { used: formats.size(used) }
  if (quota === null) return i18n.t('vaults.space_open', facts)
  const free = formats.size(Math.max(0, quota - used - reserved))
  return i18n.t('vaults.space', { ...facts, free })
}
