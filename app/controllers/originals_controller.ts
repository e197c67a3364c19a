import { Archive, bodyOf, differencesOf, type Message } from '#archive'
import { Deliveries, type Delivery } from '#delivery'
import { NotFound, Refused } from '#errors'
import { Ledger } from '#ledger'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Readable } from 'node:stream'
import { MAIL_FRAME_POLICY, mailFrame } from '../http/mail_frame.ts'
import { mayLeave, ownMail } from '../http/own_mail.ts'
import { sendFile } from '../http/send_file.ts'

/** Bytes of header and source that a page shows; the original has the rest. */
const SHOWN_SOURCE = 256 * 1024

/** The bytes of a person's own mail: as submitted and as delivered, shown as text and downloaded with the proof. */
@inject()
export default class OriginalsController {
  constructor(
    private archive: Archive,
    private deliveries: Deliveries
  ) {}

  /** Header fields as they came. */
  async headers(ctx: HttpContext) {
    const mail = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    const { source } = await beginning(this.archive.original(mail.message))
    const end = /\r?\n\r?\n/.exec(source)
    return ctx.view.render('pages/archive/source', {
      ...mail,
      tab: 'headers',
      source: end ? source.slice(0, end.index) : source,
      cut: !end && mail.message.size > SHOWN_SOURCE,
      mayLeave: mayLeave(mail.message),
    })
  }

  /** The original's text. */
  async source(ctx: HttpContext) {
    const mail = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    return ctx.view.render('pages/archive/source', {
      ...mail,
      ...(await beginning(this.archive.original(mail.message))),
      tab: 'source',
      mayLeave: mayLeave(mail.message),
    })
  }

  /** What one recipient got, beside what was submitted. */
  async delivered(ctx: HttpContext) {
    const mail = await ownMail(ctx, this.archive, this.deliveries)
    const delivery = deliveryOf(ctx, mail.deliveries)
    const whole = ctx.request.qs().ansicht === 'text' || !mail.sent
    const content = !delivery.form
      ? {}
      : whole
        ? await beginning(this.archive.form(mail.message, delivery))
        : { pieces: await differencesOf(this.archive, mail.message, delivery) }
    return ctx.view.render('pages/archive/delivered', {
      ...mail,
      ...content,
      tab: 'delivered',
      delivery,
      whole,
      mayLeave: mayLeave(mail.message),
    })
  }

  /** The HTML body for a sandboxed frame: no script, no remote content, no way out. */
  async html(ctx: HttpContext) {
    const { message } = await ownMail(ctx, this.archive, this.deliveries)
    const { html } = await bodyOf(this.archive, message)
    if (html === null) throw new NotFound('E_NO_HTML', `Message ${message.number} has no HTML`)
    const { response } = ctx
    // The page's own policy stands on the raw response already, and would win.
    response.response.removeHeader('Content-Security-Policy')
    response.header('Content-Security-Policy', MAIL_FRAME_POLICY)
    response.header('X-Frame-Options', 'SAMEORIGIN')
    response.header('X-DNS-Prefetch-Control', 'off')
    response.header('Referrer-Policy', 'no-referrer')
    response.header('Cache-Control', 'private, no-store')
    response.header('Content-Type', 'text/html; charset=utf-8')
    return response.send(mailFrame(html))
  }

  /** The original, byte for byte. */
  async original(ctx: HttpContext) {
    const { message } = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    refuseUnsafe(message)
    return sendFile(ctx, {
      name: `${message.number}.eml`,
      type: 'message/rfc822',
      size: message.size,
      etag: `"${message.sha256}"`,
      read: (range) => this.archive.original(message, range),
    })
  }

  /** What one recipient got, byte for byte. */
  async form(ctx: HttpContext) {
    const { message, deliveries } = await ownMail(ctx, this.archive, this.deliveries)
    const delivery = deliveryOf(ctx, deliveries)
    if (!delivery.form) {
      throw new NotFound('E_NO_FORM', `Delivery ${delivery.id} has no form yet`)
    }
    refuseUnsafe(message)
    return sendFile(ctx, {
      name: `${message.number}-${delivery.id}.eml`,
      type: 'message/rfc822',
      size: delivery.form.size,
      etag: `"${delivery.form.sha256}"`,
      read: ({ start, end }) => between(this.archive.form(message, delivery), start, end),
    })
  }

  /** The proof that the archive took the mail in, as a tlog-proof file. */
  @inject()
  async proof(ctx: HttpContext, ledger: Ledger) {
    const { message } = await ownMail(ctx, this.archive, this.deliveries, 'sent')
    const proof = Buffer.from(await ledger.prove(await this.archive.entryOf(message)))
    return sendFile(ctx, {
      name: `${message.number}.tlog-proof`,
      type: 'text/plain',
      size: proof.length,
      etag: `"${message.sha256}-${proof.length}"`,
      read: ({ start, end }) => Readable.from([proof.subarray(start, end)]),
    })
  }
}

function deliveryOf({ params }: HttpContext, deliveries: Delivery[]): Delivery {
  const delivery = deliveries.find((one) => one.id === Number(params.delivery))
  if (!delivery) throw new NotFound('E_NO_DELIVERY', 'No such delivery for this viewer')
  return delivery
}

function refuseUnsafe(message: Message): void {
  if (!mayLeave(message)) {
    throw new Refused('E_NOT_CLEAN', `Message ${message.number} is not handed out unscanned`)
  }
}

/** The first bytes of a mail as text. It is mostly ASCII; what is not UTF-8 is read as Latin-1, without holes. */
async function beginning(
  content: AsyncIterable<Buffer>
): Promise<{ source: string; cut: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of content) {
    chunks.push(chunk)
    size += chunk.length
    if (size > SHOWN_SOURCE) break
  }
  const bytes = Buffer.concat(chunks).subarray(0, SHOWN_SOURCE)
  const utf8 = bytes.toString('utf8')
  const broken = utf8.slice(0, -4).includes('\uFFFD')
  return { source: broken ? bytes.toString('latin1') : utf8, cut: size > SHOWN_SOURCE }
}

/** A range of a stream that cannot be entered in the middle. */
async function* between(content: AsyncIterable<Buffer>, start: number, end: number) {
  let at = 0
  for await (const chunk of content) {
    if (at >= end) break
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    at += chunk.length
    if (piece.length > 0) yield piece
  }
}
