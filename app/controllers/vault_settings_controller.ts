import { Refused } from '#errors'
import VaultPolicy from '#policies/vault_policy'
import { deletionValidator, vaultNameValidator } from '#validators/vaults'
import { Vaults, type Access } from '#vault'
import { inject } from '@adonisjs/core'
import router from '@adonisjs/core/services/router'
import type { HttpContext } from '@adonisjs/core/http'
import { answerChange } from '../http/answers.ts'
import { isolated } from '../plain_line.ts'
import { VaultHead } from '../http/vault_head.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** What its owner decides about a vault as a whole. */
@inject()
export default class VaultSettingsController {
  constructor(
    private vaults: Vaults,
    private head: VaultHead
  ) {}

  async show(ctx: HttpContext) {
    const access = await this.#open(ctx)
    if (!this.vaults.may(access, 'manage')) {
      throw new Refused('E_ROLE', `A ${access.role} does not manage vault ${access.vault.number}`)
    }
    return ctx.view.render('pages/vaults/settings', {
      vault: await this.head.of(access, ctx.i18n),
      name: access.vault.name,
      isArchived: access.vault.archivedAt !== null,
      // The owner is changed where the members are.
      members: router.has('vaults.members'),
    })
  }

  async rename(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { name } = await ctx.request.validateUsing(vaultNameValidator)
      await this.vaults.life.rename(access, name)
      return { text: ctx.i18n.t('vaults.settings_saved', { name: isolated(name) }) }
    })
  }

  async archive(ctx: HttpContext) {
    const archives = ctx.request.input('archiviert') === '1'
    return this.#change(ctx, async (access) => {
      await this.vaults.life.archive(access, archives)
      const key = archives ? 'vaults.settings_archived' : 'vaults.settings_reopened'
      return { text: ctx.i18n.t(key, { number: String(access.vault.number) }) }
    })
  }

  async destroy(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { bestaetigung = '' } = await ctx.request.validateUsing(deletionValidator)
      await this.vaults.life.trash(access, bestaetigung)
      return {
        text: ctx.i18n.t('vaults.settings_deleted', { number: String(access.vault.number) }),
      }
    })
  }

  async bringBack(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      await this.vaults.life.restore(access)
      return { text: ctx.i18n.t('vaults.brought_back', { number: String(access.vault.number) }) }
    })
  }

  async #open(ctx: HttpContext): Promise<Access> {
    await ctx.bouncer.with(VaultPolicy).authorize('browse')
    return this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
  }

  async #change(ctx: HttpContext, work: (access: Access) => Promise<{ text: string }>) {
    const access = await this.#open(ctx)
    const back = `/webtresore/${access.vault.number}/einstellungen`
    return answerChange(ctx, back, () => work(access))
  }
}
