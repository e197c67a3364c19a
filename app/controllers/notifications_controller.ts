import { NotFound, Refused } from '#errors'
import { CHOICES, LONGEST_SENTENCE, maySendAgain, Notifications } from '#notifications'
import { announcementValidator, choicesValidator, choiceValidator } from '#validators/notify'
import { Vaults, type Access } from '#vault'
import gatewayConfig from '#config/gateway'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { VaultHead } from '../http/vault_head.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Announcements that the page shows with what has become of them. */
const SHOWN = 10

/** „Benachrichtigung verschicken“: who gets it and who does not, what has become of earlier ones, and one's own choice. */
@inject()
export default class NotificationsController {
  constructor(
    private vaults: Vaults,
    private notifications: Notifications,
    private head: VaultHead
  ) {}

  /** The page before sending. Readers send nothing and choose here. */
  async show(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const { notifications } = this
    const mayAnnounce = this.vaults.may(access, 'add') && access.vault.mailbox === null
    const recipients = mayAnnounce ? await notifications.preview(access) : []
    const sendings = access.role === 'reader' ? [] : await notifications.sendings(access, SHOWN)
    return ctx.view.render('pages/vaults/notify', {
      vault: access.vault,
      head: await this.head.of(access, ctx.i18n),
      mayAnnounce,
      told: recipients.filter(({ reason }) => reason === null),
      untold: recipients.filter(({ reason }) => reason !== null),
      sendings: sendings.map((one) => ({ ...one, isOwn: maySendAgain(access, one) })),
      choice: await notifications.choiceOf(access),
      choices: CHOICES,
      longest: LONGEST_SENTENCE,
      mailLeaves: gatewayConfig.relayUrl !== undefined,
    })
  }

  async send(ctx: HttpContext) {
    const { i18n, request, response, session } = ctx
    const access = await this.#open(ctx)
    const { satz = '' } = await request.validateUsing(announcementValidator)
    try {
      const { recipients } = await this.notifications.announce(access, satz)
      const text = i18n.t('notify.sent', { count: recipients })
      session.flash('notice', { kind: 'good', text })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      session.flashAll()
      session.flash('notice', { kind: 'warn', text: inWords(error, ctx) })
    }
    return response.redirect().toRoute('vaults.notify', { vault: access.vault.number })
  }

  /** Tries one recipient again whose mail failed. */
  async again(ctx: HttpContext) {
    const { i18n, params, response, session } = ctx
    const access = await this.#open(ctx)
    try {
      await this.notifications.again(access, Number(params.notification))
      session.flash('notice', { kind: 'good', text: i18n.t('notify.sent_again') })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      session.flash('notice', { kind: 'warn', text: inWords(error, ctx) })
    }
    return response.redirect().toRoute('vaults.notify', { vault: access.vault.number })
  }

  /** When the viewer wants to be told of this vault. */
  async choose(ctx: HttpContext) {
    const { i18n, request, response, session } = ctx
    const access = await this.#open(ctx)
    const { wahl } = await request.validateUsing(choiceValidator)
    await this.notifications.choose(access.viewer.id, access.vault.number, wahl)
    session.flash('notice', { kind: 'good', text: i18n.t('notify.chosen') })
    return response.redirect().toRoute('vaults.notify', { vault: access.vault.number })
  }

  /** The choices for all vaults of the viewer. */
  async choices({ auth, view }: HttpContext) {
    const memberships = await this.notifications.choicesOf(auth.getUserOrFail().id)
    return view.render('pages/profile/notifications', { memberships, choices: CHOICES })
  }

  async chooseMany(ctx: HttpContext) {
    const { i18n, request, response, session } = ctx
    const { wahl } = await request.validateUsing(choicesValidator)
    const { id } = ctx.auth.getUserOrFail()
    for (const { number, choice } of await this.notifications.choicesOf(id)) {
      const wanted = wahl[number]
      if (wanted && wanted !== choice) await this.notifications.choose(id, number, wanted)
    }
    session.flash('notice', { kind: 'good', text: i18n.t('notify.chosen') })
    return response.redirect().toRoute('profile.notifications')
  }

  #open(ctx: HttpContext): Promise<Access> {
    return this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
  }
}

const texts: Record<string, string> = {
  E_THROTTLED: 'throttled',
  E_NOBODY: 'nobody_to_tell',
  E_SENTENCE: 'sentence_long',
  E_NOT_FAILED: 'not_failed',
  E_ROLE: 'role',
  E_ARCHIVED: 'role',
}

/** Why nothing was sent. @throws the error where there are no words for it */
function inWords(error: Refused | NotFound, { i18n }: HttpContext): string {
  const text = texts[error.code]
  if (!text) throw error
  const { seconds, longest } = error.facts
  return i18n.t(`notify.${text}`, { seconds: Number(seconds), longest: Number(longest) })
}
