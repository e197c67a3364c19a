import { Archive, bodyOf } from '#archive'
import InstallationPolicy from '#policies/installation_policy'
import { readingValidator } from '#validators/archive'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { mailFrame } from '../http/mail_frame.ts'

/** Content of a mail that is not the reader's own: for administrators, with a reason that the ledger keeps. */
@inject()
export default class ContentsController {
  constructor(private archive: Archive) {}

  /**
   * Subject, text and names of files, in the answer to the form that asks for the reason: there is no address to come
   * back to without giving one. The entry is in the ledger before anything is shown.
   */
  async show(ctx: HttpContext) {
    const { auth, bouncer, i18n, params, request, response, session, view } = ctx
    await bouncer.with(InstallationPolicy).authorize('administer')
    const [, valid] = await readingValidator.tryValidate(request.all())
    if (!valid) {
      session.flash('notice', { kind: 'bad', text: i18n.t('admin.reading_reason_missing') })
      return response.redirect().toRoute('admin.message', { number: params.number })
    }
    const message = await this.archive.message(Number(params.number), 'everything')
    const actor = auth.getUserOrFail().id
    await this.archive.witness('read', message, { actor, what: 'content', why: valid.grund })
    const parts = await this.archive.parts(message.number)
    response.header('cache-control', 'no-store')
    const body = await bodyOf(this.archive, message)
    response.header('x-dns-prefetch-control', 'off')
    return view.render('pages/admin/content', {
      message,
      body,
      frame: body.html === null ? null : mailFrame(body.html),
      files: parts.filter(({ filename }) => filename !== null),
      why: valid.grund,
    })
  }
}
