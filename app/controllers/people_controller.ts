import { Directory, HouseRules, ROLES, SecondFactors, Sessions, VAULT_OPENERS } from '#accounts'
import gatewayConfig from '#config/gateway'
import { Refused } from '#errors'
import { Invitations } from '#invitations'
import {
  houseRulesValidator,
  mailboxEndValidator,
  mailboxValidator,
  peopleListValidator,
  reasonValidator,
  roleValidator,
} from '#validators/people'
import { houseInvitationValidator } from '#validators/invitations'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { endOf, startOf } from '../http/days.ts'
import { filled } from '../http/filled.ts'
import { attempted, said } from '../http/tell.ts'

const PAGE = 50
const GB = 1024 ** 3

/** Everybody with an account, for administrators. */
@inject()
export default class PeopleController {
  constructor(
    private directory: Directory,
    private rules: HouseRules,
    private sessions: Sessions,
    private factors: SecondFactors,
    private invitations: Invitations
  ) {}

  async index({ request, view }: HttpContext) {
    const [, valid] = await peopleListValidator.tryValidate(filled(request.qs()))
    const filter = valid ?? {}
    const { people, next } = await this.directory.list(
      { search: filter.suche, role: filter.rolle, state: filter.zustand },
      { after: filter.nach, limit: PAGE }
    )
    const query = Object.fromEntries(Object.entries(filter).filter(([name]) => name !== 'nach'))
    return view.render('pages/people/index', {
      people,
      next,
      filter,
      query,
      isFiltered: Object.keys(query).length > 0,
      isWrong: valid === null,
      counts: await this.directory.counts(),
      roles: ROLES,
      openers: VAULT_OPENERS,
      invitations: await this.invitations.intoHouse.list(),
      mailLeaves: Boolean(gatewayConfig.relayUrl),
      rules: {
        factors: await this.factors.requiredFactors(),
        openers: await this.rules.vaultOpeners(),
        quota: (await this.rules.defaultQuota()) / GB,
      },
    })
  }

  async show({ auth, params, view }: HttpContext) {
    const id = Number(params.person)
    const person = await this.directory.person(id)
    return view.render('pages/people/show', {
      person,
      roles: ROLES,
      isOwn: auth.getUserOrFail().id === id,
      mailboxes: await this.directory.mailboxes(id),
      sessions: await this.sessions.of(id),
      factors: await this.factors.of(id),
      now: new Date(),
    })
  }

  async role(ctx: HttpContext) {
    const { rolle } = await ctx.request.validateUsing(roleValidator)
    return this.#change(ctx, 'role_changed', (id, actor) =>
      this.directory.changeRole(id, rolle, actor)
    )
  }

  async disable(ctx: HttpContext) {
    return this.#change(ctx, 'disabled', (id, actor) => this.directory.disable(id, actor))
  }

  async enable(ctx: HttpContext) {
    return this.#change(ctx, 'enabled', (id, actor) => this.directory.enable(id, actor))
  }

  async endSessions(ctx: HttpContext) {
    return this.#change(ctx, 'sessions_ended', async (id, actor) => {
      await this.directory.endSessions(id, actor)
    })
  }

  /** For somebody who has lost his second factor. His own is a matter of his profile, which asks for the password. */
  async resetFactors(ctx: HttpContext) {
    const { grund } = await ctx.request.validateUsing(reasonValidator)
    return this.#change(ctx, 'factors_reset', async (id, actor) => {
      if (id === actor) throw new Refused('E_OWN_ACCOUNT', 'One’s own factors stand in the profile')
      await this.factors.reset(id, actor, grund)
    })
  }

  /** Lets somebody into the installation, by a mailed link. */
  async invite(ctx: HttpContext) {
    const { adresse, rolle, sprache, worte } = await ctx.request.validateUsing(
      houseInvitationValidator,
      { data: filled(ctx.request.all()) }
    )
    return this.#changeInvitations(ctx, async (actor) => {
      const wanted = { email: adresse, role: rolle, locale: sprache, words: worte }
      await this.invitations.intoHouse.invite(wanted, actor)
      said(ctx, 'people.member_invited', { address: adresse })
    })
  }

  async resend(ctx: HttpContext) {
    return this.#changeInvitations(ctx, async (actor) => {
      await this.invitations.intoHouse.resend(String(ctx.params.invitation), actor)
      said(ctx, 'people.invitation_resent')
    })
  }

  async revoke(ctx: HttpContext) {
    return this.#changeInvitations(ctx, async (actor) => {
      await this.invitations.intoHouse.revoke(String(ctx.params.invitation), actor)
      said(ctx, 'people.invitation_taken_back')
    })
  }

  async addMailbox(ctx: HttpContext) {
    const { adresse, von, bis, grund } = await ctx.request.validateUsing(mailboxValidator, {
      data: filled(ctx.request.all()),
    })
    const mailbox = {
      address: adresse,
      fromAt: von ? startOf(von) : new Date(),
      untilAt: bis ? endOf(bis) : null,
      why: grund,
    }
    return this.#change(ctx, 'mailbox_given', (id, actor) =>
      this.directory.addMailbox(id, mailbox, actor)
    )
  }

  async endMailbox(ctx: HttpContext) {
    const { bis } = await ctx.request.validateUsing(mailboxEndValidator)
    return this.#change(ctx, 'mailbox_ended', (id, actor) =>
      this.directory.endMailbox(id, Number(ctx.params.mailbox), endOf(bis), actor)
    )
  }

  /** What holds for everybody. */
  async setRules(ctx: HttpContext) {
    const { auth, request, response } = ctx
    const { tresore, speicher, faktor = [] } = await request.validateUsing(houseRulesValidator)
    const actor = auth.getUserOrFail().id
    await this.rules.setVaultOpeners(tresore, actor)
    await this.rules.setDefaultQuota(Math.round(speicher * GB), actor)
    for (const role of ROLES) await this.factors.requireFactor(role, faktor.includes(role), actor)
    said(ctx, 'people.rules_set')
    return response.redirect().toRoute('people.index')
  }

  async #changeInvitations(
    ctx: HttpContext,
    work: (actor: number) => Promise<void>
  ): Promise<void> {
    await attempted(ctx, 'people', () => work(ctx.auth.getUserOrFail().id))
    ctx.response.redirect().toRoute('people.index')
  }

  async #change(
    ctx: HttpContext,
    done: string,
    work: (id: number, actor: number) => Promise<void>
  ): Promise<void> {
    const { auth, params, response } = ctx
    const id = Number(params.person)
    const { fullName: name } = await this.directory.person(id)
    const isDone = await attempted(ctx, 'people', () => work(id, auth.getUserOrFail().id))
    if (isDone) said(ctx, `people.${done}`, { name })
    response.redirect().toRoute('people.show', { person: id })
  }
}
