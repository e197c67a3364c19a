import { Invitations } from '#invitations'
import { vaultInvitationValidator } from '#validators/invitations'
import type { Access } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { endOf } from './days.ts'
import { filled } from './filled.ts'
import { said } from './tell.ts'

/** Invitations into a vault, as its owner and administrators handle them: on pages of their own, by the same forms. */
@inject()
export class VaultInvitations {
  constructor(private invitations: Invitations) {}

  /** Invites, or lets in, whom the form names. */
  async invite(ctx: HttpContext, access: Access): Promise<void> {
    const input = await ctx.request.validateUsing(vaultInvitationValidator, {
      data: filled(ctx.request.all()),
    })
    const outcome = await this.invitations.intoVault.invite(access, {
      email: input.adresse,
      role: input.rolle,
      until: input.bis ? endOf(input.bis) : null,
      locale: input.sprache,
      words: input.worte,
      why: input.grund,
    })
    said(ctx, `people.member_${outcome}`, { address: input.adresse })
  }

  async resend(ctx: HttpContext, access: Access): Promise<void> {
    await this.invitations.intoVault.resend(access, String(ctx.params.invitation))
    said(ctx, 'people.invitation_resent')
  }

  async revoke(ctx: HttpContext, access: Access): Promise<void> {
    await this.invitations.intoVault.revoke(access, String(ctx.params.invitation))
    said(ctx, 'people.invitation_taken_back')
  }
}
