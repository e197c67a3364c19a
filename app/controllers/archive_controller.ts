import { Archive, bodyOf, verbsOf, type Message } from '#archive'
import { Deliveries, type Delivery } from '#delivery'
import { Ledger } from '#ledger'
import { Links } from '#links'
import MailPolicy from '#policies/mail_policy'
import { Vaults } from '#vault'
import { archiveSearchValidator, linkExtensionValidator } from '#validators/archive'
import { NotFound } from '#errors'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { buffer } from 'node:stream/consumers'

const PAGE = 50
/** Bytes of header and source that a page shows; the original has the rest. */
const SHOWN_SOURCE = 256 * 1024

/** A person's own mail: found, read, downloaded with its proof, and its links taken back or extended. */
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
    const search = await request.validateUsing(archiveSearchValidator, { data: request.qs() })
    const page = await this.archive.find(
      { direction: search.richtung, words: search.suche, before: search.vor, limit: PAGE },
      viewer
    )
    const addresses = new Set(viewer.mailboxes.map(({ address }) => address))
    const deliveries = await this.deliveries.ofMany(page.messages.map(({ number }) => number))
    return view.render('pages/archive/index', {
      search,
      next: page.next,
      rows: page.messages.map((message) => ({
        message,
        sent: addresses.has(message.mailFrom.toLowerCase()),
        deliveries: deliveries.get(message.number) ?? [],
      })),
    })
  }

  /** One mail: text, recipients, what happened. */
  async show(ctx: HttpContext) {
    const { message, deliveries, sent } = await this.#mail(ctx)
    return ctx.view.render('pages/archive/show', {
      tab: 'mail',
      message,
      sent,
      deliveries,
      body: await bodyOf(this.archive, message),
      files: sent ? await this.#files(ctx, message) : [],
      links: sent ? await this.links.statusOf(message.number) : [],
      steps: await this.#timeline(ctx, message, sent),
      verbs: message.reason ? verbsOf[message.reason] : [],
    })
  }

  /** Header fields as they came. */
  async headers(ctx: HttpContext) {
    const { message, deliveries, sent } = await this.#mail(ctx)
    const source = await this.#beginning(message)
    const end = /\r?\n\r?\n/.exec(source)
    return ctx.view.render('pages/archive/source', {
      tab: 'headers',
      message,
      sent,
      deliveries,
      source: end ? source.slice(0, end.index) : source,
      cut: false,
    })
  }

  /** The original's text. */
  async source(ctx: HttpContext) {
    const { message, deliveries, sent } = await this.#mail(ctx)
    return ctx.view.render('pages/archive/source', {
      tab: 'source',
      message,
      sent,
      deliveries,
      source: await this.#beginning(message),
      cut: message.size > SHOWN_SOURCE,
    })
  }

  /** What one recipient got, as text. */
  async delivered(ctx: HttpContext) {
    const { message, deliveries, sent } = await this.#mail(ctx)
    const delivery = this.#delivery(deliveries, ctx.params.delivery)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of this.archive.form(message, delivery)) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size >= SHOWN_SOURCE) break
    }
    return ctx.view.render('pages/archive/source', {
      tab: 'delivered',
      message,
      sent,
      deliveries,
      delivery,
      source: text(Buffer.concat(chunks).subarray(0, SHOWN_SOURCE)),
      cut: (delivery.form?.size ?? 0) > SHOWN_SOURCE,
    })
  }

  /** The HTML body for a sandboxed frame: no script, no remote content, no way out (see the page's frame). */
  async html(ctx: HttpContext) {
    const { message } = await this.#mail(ctx)
    const { html } = await bodyOf(this.archive, message)
    if (html === null) throw new NotFound('E_NO_HTML', `Message ${message.number} has no HTML`)
    ctx.response.header('Content-Type', 'text/html; charset=utf-8')
    ctx.response.header(
      'Content-Security-Policy',
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )
    ctx.response.header('X-Frame-Options', 'SAMEORIGIN')
    ctx.response.header('Referrer-Policy', 'no-referrer')
    return html
  }

  /** The original, byte for byte. */
  async original(ctx: HttpContext) {
    const { message } = await this.#mail(ctx)
    attach(ctx, 'message/rfc822', `${message.number}.eml`, message.size)
    return ctx.response.stream(this.archive.original(message))
  }

  /** What one recipient got, byte for byte. */
  async form(ctx: HttpContext) {
    const { message, deliveries } = await this.#mail(ctx)
    const delivery = this.#delivery(deliveries, ctx.params.delivery)
    const name = `${message.number}-${delivery.id}.eml`
    attach(ctx, 'message/rfc822', name, delivery.form?.size ?? 0)
    return ctx.response.stream(this.archive.form(message, delivery))
  }

  /** The proof that the archive took the mail in, as a tlog-proof file. */
  @inject()
  async proof(ctx: HttpContext, ledger: Ledger) {
    const { message } = await this.#mail(ctx)
    const proof = await ledger.prove(await this.archive.entryOf(message))
    attach(
      ctx,
      'text/plain; charset=utf-8',
      `${message.number}.tlog-proof`,
      Buffer.byteLength(proof)
    )
    return ctx.response.send(proof)
  }

  /** Takes a recipient's link back. */
  async revoke(ctx: HttpContext) {
    const { message } = await this.#mail(ctx, 'sent')
    await this.links.revoke({ id: await this.#link(ctx, message) }, ctx.auth.user!.id)
    return this.#back(ctx, 'archive.link_revoked')
  }

  /** Lets a recipient's link live longer. */
  async extend(ctx: HttpContext) {
    const { message } = await this.#mail(ctx, 'sent')
    const { tage } = await ctx.request.validateUsing(linkExtensionValidator)
    await this.links.extend({ id: await this.#link(ctx, message) }, tage, ctx.auth.user!.id)
    return this.#back(ctx, 'archive.link_extended')
  }

  /** The mail of the request, when it is the viewer's. BCC and other recipients are for the sender only. */
  async #mail({ bouncer, params, viewer }: HttpContext, only?: 'sent') {
    await bouncer.with(MailPolicy).authorize('browse')
    const message = await this.archive.message(Number(params.number), viewer)
    const addresses = new Set(viewer.mailboxes.map(({ address }) => address))
    const sent = addresses.has(message.mailFrom.toLowerCase())
    if (only && !sent)
      throw new NotFound('E_NO_MESSAGE', `Message ${message.number} is not his own`)
    const deliveries = (await this.deliveries.of(message.number)).filter(
      ({ recipient }) => sent || addresses.has(recipient.toLowerCase())
    )
    return { message, deliveries, sent }
  }

  #delivery(deliveries: Delivery[], id: string): Delivery {
    const delivery = deliveries.find((one) => one.id === Number(id))
    if (!delivery) throw new NotFound('E_NO_DELIVERY', `No delivery ${id} for this viewer`)
    return delivery
  }

  async #link({ params }: HttpContext, message: Message): Promise<string> {
    const links = await this.links.statusOf(message.number)
    const link = links.find(({ linkId }) => linkId === params.link)
    if (!link) throw new NotFound('E_NO_LINK', `Message ${message.number} has no such link`)
    return link.linkId
  }

  async #files({ containerResolver }: HttpContext, message: Message) {
    const vaults = await containerResolver.make(Vaults)
    const files = await vaults.depositsOf(message.number)
    const [vault] = await vaults.vaultsOf([message.mailFrom.toLowerCase()])
    return files.map((file) => ({ file, vault }))
  }

  async #timeline({ containerResolver }: HttpContext, message: Message, sent: boolean) {
    const ledger = await containerResolver.make(Ledger)
    const entries = await ledger.entries({ number: message.number, limit: 200 })
    const own = new Set(['accepted', 'scanned', 'planned'])
    return entries.filter(({ type }) => sent || own.has(type))
  }

  async #beginning(message: Message): Promise<string> {
    const end = Math.min(message.size, SHOWN_SOURCE)
    return text(await buffer(this.archive.original(message, { start: 0, end })))
  }

  #back({ response, session, i18n, params }: HttpContext, said: string) {
    session.flash('notice', { kind: 'good', text: i18n.t(said) })
    return response.redirect().toRoute('archive.show', { number: params.number })
  }
}

/** Mail is mostly ASCII; what is not UTF-8 is shown as Latin-1 rather than as question marks. */
function text(bytes: Buffer): string {
  const utf8 = bytes.toString('utf8')
  return utf8.includes('\uFFFD') ? bytes.toString('latin1') : utf8
}

function attach({ response }: HttpContext, type: string, name: string, size: number) {
  response.header('Content-Type', type)
  response.header('Content-Length', size)
  response.header('Content-Disposition', `attachment; filename="${name}"`)
  response.header('X-Content-Type-Options', 'nosniff')
  response.header('Content-Security-Policy', "sandbox; default-src 'none'")
  response.header('Cache-Control', 'private, no-store')
}
