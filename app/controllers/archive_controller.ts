import { Archive, bodyOf, type DisplayedBody, type Message } from '#archive'
import { Deliveries } from '#delivery'
import { NotFound } from '#errors'
import { Ledger } from '#ledger'
import { Links } from '#links'
import MailPolicy from '#policies/mail_policy'
import { archiveSearchValidator, linkExtensionValidator } from '#validators/archive'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { filled } from '../http/filled.ts'
import { addressesAt, mayLeave, ownMail } from '../http/own_mail.ts'
import { recipientsOf } from '../http/recipients.ts'
import { timeline } from '../http/timeline.ts'

const PAGE = 50

/** A person's own mail: found and read, and its links taken back or extended. Its bytes: OriginalsController. */
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
    await this.links.extend({ id }, tage, ctx.auth.getUserOrFail().id)
    return back(ctx, 'archive.link_extended')
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
    const files = sent ? await vaults.depositsOf(message.number) : []
    const [vault] = files.length > 0 ? await vaults.vaultsOf([message.mailFrom.toLowerCase()]) : []
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

function back({ response, session, i18n, params }: HttpContext, said: string) {
  session.flash('notice', { kind: 'good', text: i18n.t(said) })
  return response.redirect().toRoute('archive.show', { number: params.number })
}
