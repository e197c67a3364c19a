import { Invitations } from '#invitations'
import { MEMBER_ROLES, Vaults, type Access } from '#vault'
import { grantValidator, memberValidator } from '#validators/invitations'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import gatewayConfig from '#config/gateway'
import { endOf } from '../http/days.ts'
import { filled } from '../http/filled.ts'
import { attempted, said } from '../http/tell.ts'
import { VaultHead } from '../http/vault_head.ts'
import { VaultInvitations } from '../http/vault_invitations.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Who may enter a vault: for everybody in it to see, for its owner to change. What is allowed is decided in #vault. */
@inject()
export default class MembersController {
  constructor(
    private vaults: Vaults,
    private invitations: Invitations,
    private letters: VaultInvitations,
    private head: VaultHead
  ) {}

  async index(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const manages = this.vaults.may(access, 'manage')
    return ctx.view.render('pages/members/index', {
      access,
      vault: access.vault,
      head: await this.head.of(access, ctx.i18n),
      manages,
      own: access.viewer.id,
      members: await this.vaults.members.list(access),
      invitations: manages ? await this.invitations.intoVault.list(access) : [],
      roles: MEMBER_ROLES,
      mailLeaves: Boolean(gatewayConfig.relayUrl),
    })
  }

  async invite(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, () => this.letters.invite(ctx, access))
  }

  async change(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const { rolle, bis } = await ctx.request.validateUsing(grantValidator, {
      data: filled(ctx.request.all()),
    })
    return this.#change(ctx, access, async () => {
      const grant = { role: rolle, until: bis ? endOf(bis) : null }
      await this.vaults.members.change(access, Number(ctx.params.member), grant)
      said(ctx, 'people.member_changed')
    })
  }

  async remove(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, async () => {
      await this.vaults.members.remove(access, Number(ctx.params.member))
      said(ctx, 'people.member_removed')
    })
  }

  async leave(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const isDone = await attempted(ctx, 'people', async () => {
      await this.vaults.members.leave(access)
      said(ctx, 'people.member_left', { number: String(access.vault.number) })
    })
    return isDone
      ? ctx.response.redirect().toRoute('vaults.index')
      : ctx.response.redirect().toRoute('vaults.members', { vault: access.vault.number })
  }

  async transfer(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const { mitglied } = await ctx.request.validateUsing(memberValidator)
    return this.#change(ctx, access, async () => {
      await this.vaults.members.transfer(access, mitglied)
      said(ctx, 'people.owner_changed')
    })
  }

  async resend(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, () => this.letters.resend(ctx, access))
  }

  async revoke(ctx: HttpContext) {
    const access = await this.#open(ctx)
    return this.#change(ctx, access, () => this.letters.revoke(ctx, access))
  }

  #open(ctx: HttpContext): Promise<Access> {
    return this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
  }

  async #change(ctx: HttpContext, { vault }: Access, work: () => Promise<void>): Promise<void> {
    await attempted(ctx, 'people', work)
    ctx.response.redirect().toRoute('vaults.members', { vault: vault.number })
  }
}
