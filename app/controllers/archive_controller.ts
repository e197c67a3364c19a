import { Archive, bodyOf, type DisplayedBody, type Message } from '#archive'
import { Deliveries } from '#delivery'
import { NotFound, Refused } from '#errors'
import { Ledger } from '#ledger'
import { Links } from '#links'
import MailPolicy from '#policies/mail_policy'
import {
  archiveSearchValidator,
  askerAnswerValidator,
  linkExtensionValidator,
  linkSendingValidator,
} from '#validators/archive'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { filled } from '../http/filled.ts'
import { addressesAt, mayLeave, ownMail } from '../http/own_mail.ts'
import { recipientsOf } from '../http/recipients.ts'
import { timeline } from '../http/timeline.ts'

const PAGE = 50

/** A person's own mail: found and read, and its links taken back, extended or sent. Its bytes: OriginalsController. */
@inject()
export default class ArchiveController {
  constructor(
    private archive: Archive,
    private deliveries: Deliveries,
    private links: Links
  ) {}

  /** List of mails, newest first. */
  async index({ bouncer, request, view, viewer }: HttpContext) {
    await bouncer.with(MailPolicy).authorize('browse')
    const [, valid] = await archiveSearchValidator.tryValidate(filled(request.qs()))
    const search = valid ?? {}
    const page = await this.archive.find(
      {
        direction: search.zustand ? 'sent' : search.richtung,
        states: search.zustand && ['held', 'waiting'],
        words: search.suche,
        before: search.vor,
        limit: PAGE,
      },
      viewer
    )
    const numbers = page.messages.map(({ number }) => number)
    const deliveries = await this.deliveries.ofMany(numbers)
    const fetched = await this.links.fetchedOf(numbers)
    return view.render('pages/archive/index', {
      search,
      next: page.next,
      hasMailbox: viewer.mailboxes.length > 0,
      rows: page.messages.map((message) => {
        const sent = addressesAt(viewer, message.receivedAt).has(message.mailFrom.toLowerCase())
        return {
          message,
          sent,
          recipients: sent ? (deliveries.get(message.number) ?? []) : [],
          links: sent ? fetched.get(message.number) : undefined,
        }
      }),
    })
  }

  /** One mail: text, recipients, what happened. */
  @inject()
  async show(ctx: HttpContext, ledger: Ledger, vaults: Vaults) {
    const { message, deliveries, sent } = await ownMail(ctx, this.archive, this.deliveries)
    const links = sent ? await this.links.statusOf(message.number) : []
    const entries = sent ? await ledger.entries({ number: message.number, limit: 500 }) : []
    const body = await bodyOf(this.archive, message)
    return ctx.view.render('pages/archive/show', {
      tab: 'mail',
      message,
      sent,
      deliveries,
      body,
      frame: frameFor(body),
      asText: ctx.request.qs().ansicht === 'text',
      attachments: await this.#attachments(message, sent, vaults),
      askers: sent ? await this.links.askersOf(message.number) : [],
      recipients: recipientsOf(message, deliveries, links, new Date()),
      steps: await timeline(entries, ctx.i18n, { files: true }),
      mayLeave: mayLeave(message),
    })
  }

  /** Takes a recipient's link back. */
  async revoke(ctx: HttpContext) {
    await this.links.revoke({ id: await this.#link(ctx) }, ctx.auth.getUserOrFail().id)
    return back(ctx, 'archive.link_revoked')
  }

  /** Lets a recipient's link live longer. */
  async extend(ctx: HttpContext) {
    const id = await this.#link(ctx)
    const { tage } = await ctx.request.validateUsing(linkExtensionValidator)
    const actor = ctx.auth.getUserOrFail().id
    return told(ctx, async () => {
      await this.links.extend({ id }, tage, actor)
      return 'archive.link_extended'
    })
  }

  /** Mails a recipient's link: the same while it works, else a new one. */
  async sendLink(ctx: HttpContext) {
    const { message, deliveries } = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    const links = await this.links.statusOf(message.number)
    const row = recipientsOf(message, deliveries, links, new Date()).find(
      ({ link, canSend }) => link?.linkId === ctx.params.link && (canSend || link?.gone)
    )
    if (!row) throw new NotFound('E_NO_LINK', `Message ${message.number} has no such link`)
    const { widerrufen } = await ctx.request.validateUsing(linkSendingValidator)
    const actor = ctx.auth.getUserOrFail().id
    return told(ctx, async () => {
      const options = { evenRevoked: widerrufen !== undefined }
      const { status } = await this.links.send({ id: row.link!.linkId }, actor, options)
      return `archive.link_${status}`
    })
  }

  /** Gives somebody who asked a link of his own, or refuses. */
  async answer(ctx: HttpContext) {
    const { message } = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    const { antwort } = await ctx.request.validateUsing(askerAnswerValidator)
    const asker = { id: String(ctx.params.asker), number: message.number }
    const actor = ctx.auth.getUserOrFail().id
    return told(ctx, async () => {
      await this.links.answer(asker, antwort === 'ja', actor)
      return antwort === 'ja' ? 'archive.asker_granted' : 'archive.asker_refused'
    })
  }

  /** Id of the link that the request names, when its mail was sent by the viewer. */
  async #link(ctx: HttpContext): Promise<string> {
    const { message } = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    const links = await this.links.statusOf(message.number)
    const link = links.find(({ linkId }) => linkId === ctx.params.link)
    if (!link) throw new NotFound('E_NO_LINK', `Message ${message.number} has no such link`)
    return link.linkId
  }

  /** For the sender the files in his vault; who received the mail finds attachments in the mail itself. */
  async #attachments(message: Message, sent: boolean, vaults: Vaults) {
    const files = sent ? await vaults.deposits.of(message.number) : []
    const [vault] =
      files.length > 0 ? await vaults.deposits.vaultsOf([message.mailFrom.toLowerCase()]) : []
    if (vault) return files.map((file) => ({ name: file.name, size: file.size, file, vault }))
    const parts = await this.archive.parts(message.number)
    return parts
      .filter(({ filename }) => filename !== null)
      .map(({ filename, size }) => ({ name: filename!, size, file: null, vault: null }))
  }
}

/** Height of the frame by the length of what is read in it: the frame has no script to tell its own. */
function frameFor({ text, html }: DisplayedBody): string {
  const letters = text?.trim().length ?? (html?.length ?? 0) / 4
  if (letters < 400) return 'short'
  return letters < 1500 ? 'medium' : 'long'
}

function back({ response, session, i18n, params }: HttpContext, said: string, kind = 'good') {
  session.flash('notice', { kind, text: i18n.t(said) })
  return response.redirect().toRoute('archive.show', { number: params.number })
}

/** What stands in the way of a link, in words; anything else is an error page. */
const reasons: Record<string, string> = {
  E_FILES_GONE: 'archive.link_files_gone',
  E_TOO_SOON: 'archive.link_too_soon',
  E_LINK_REVOKED: 'archive.link_is_revoked',
  E_DECIDED: 'archive.asker_decided',
}

/** Does something about a link, and leads back to its mail with what came of it. */
async function told(ctx: HttpContext, work: () => Promise<string>) {
  try {
    return back(ctx, await work())
  } catch (error) {
    const reason = error instanceof Refused ? reasons[error.code] : undefined
    if (reason === undefined) throw error
    return back(ctx, reason, 'bad')
  }
}
