import { Directory, normalAddress } from '#accounts'
import gatewayConfig from '#config/gateway'
import { NotFound } from '#errors'
import { Invitations } from '#invitations'
import { MEMBER_ROLES, Vaults, type Access } from '#vault'
import { handOverValidator, quotaValidator, vaultListValidator } from '#validators/people'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { filled } from '../http/filled.ts'
import { attempted, said } from '../http/tell.ts'
import { VaultInvitations } from '../http/vault_invitations.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

const PAGE = 50
const GB = 1024 ** 3

/** All vaults as administrators see them: whose they are and how full, never what lies in them. */
@inject()
export default class AdminVaultsController {
  constructor(
    private vaults: Vaults,
    private invitations: Invitations,
    private letters: VaultInvitations,
    private directory: Directory
  ) {}

  async index(ctx: HttpContext) {
    const [, valid] = await vaultListValidator.tryValidate(filled(ctx.request.qs()))
    const filter = valid ?? {}
    const found = await this.vaults.care.list(
      vaultViewer(ctx),
      { search: filter.suche },
      { after: filter.nach, limit: PAGE + 1 }
    )
    const shown = found.slice(0, PAGE)
    return ctx.view.render('pages/admin_vaults/index', {
      vaults: shown,
      next: found.length > PAGE ? shown.at(-1)!.number : null,
      filter,
      query: filter.suche ? { suche: filter.suche } : {},
    })
  }

  async show(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const { vault } = access
    return ctx.view.render('pages/admin_vaults/show', {
      vault,
      owner: vault.ownerId === null ? null : await this.directory.person(vault.ownerId),
      members: await this.vaults.members.list(access),
      invitations: await this.invitations.intoVault.list(access),
      roles: MEMBER_ROLES,
      gigabytes: vault.quota === null ? null : vault.quota / GB,
      mailLeaves: Boolean(gatewayConfig.relayUrl),
    })
  }

  async quota(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const { speicher } = await ctx.request.validateUsing(quotaValidator)
    return this.#change(ctx, access, async () => {
      await this.vaults.care.setQuota(access, Math.round(speicher * GB))
      said(ctx, 'people.quota_set')
    })
  }

  /** To whoever has an account with this address, such as when the owner has left the firm. */
  async transfer(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const { adresse, grund } = await ctx.request.validateUsing(handOverValidator)
    return this.#change(ctx, access, async () => {
      const heir = await this.directory.withAddress(normalAddress(adresse))
      if (!heir) throw new NotFound('E_NO_PERSON', 'Nobody has this address')
      await this.vaults.members.transfer(access, heir.id, grund)
      said(ctx, 'people.owner_changed')
    })
  }

  async invite(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, () => this.letters.invite(ctx, access))
  }

  async resend(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, () => this.letters.resend(ctx, access))
  }

  async revoke(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, () => this.letters.revoke(ctx, access))
  }

  async #open(ctx: HttpContext): Promise<Access> {
    return this.vaults.care.open(Number(ctx.params.vault), vaultViewer(ctx))
  }

  async #change(ctx: HttpContext, { vault }: Access, work: () => Promise<void>): Promise<void> {
    await attempted(ctx, 'people', work)
    ctx.response.redirect().toRoute('admin_vaults.show', { vault: vault.number })
  }
}
