import MailPolicy from '#policies/mail_policy'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { contentDisposition } from '../http/content_disposition.ts'

const PAGE = 50

/** Vaults of sent attachments: a folder per mail, its files, their download. */
@inject()
export default class VaultsController {
  constructor(private vaults: Vaults) {}

  async index({ bouncer, view, viewer }: HttpContext) {
    await bouncer.with(MailPolicy).authorize('browse')
    return view.render('pages/vaults/index', { vaults: await this.vaults.vaultsOf(own(viewer)) })
  }

  /** Folders of a vault, newest first. */
  async show({ bouncer, params, request, view, viewer }: HttpContext) {
    await bouncer.with(MailPolicy).authorize('browse')
    const vault = await this.vaults.vault(Number(params.vault), own(viewer))
    const before = Number(request.qs().vor) || undefined
    const folders = await this.vaults.folders(vault, { before, limit: PAGE + 1 })
    const shown = folders.slice(0, PAGE)
    return view.render('pages/vaults/show', {
      vault,
      folders: shown,
      before,
      next: folders.length > PAGE ? shown.at(-1)!.id : null,
    })
  }

  /** Files of a folder. */
  async folder({ bouncer, params, request, view, viewer }: HttpContext) {
    await bouncer.with(MailPolicy).authorize('browse')
    const vault = await this.vaults.vault(Number(params.vault), own(viewer))
    const folder = await this.vaults.folder(vault, Number(params.folder))
    const after = Number(request.qs().nach) || undefined
    const files = await this.vaults.files(vault, folder, { after, limit: PAGE + 1 })
    const shown = files.slice(0, PAGE)
    return view.render('pages/vaults/folder', {
      vault,
      folder,
      files: shown,
      after,
      next: files.length > PAGE ? shown.at(-1)!.id : null,
    })
  }

  /** One file as a download, never as a page of ours. */
  async download({ bouncer, params, response, viewer }: HttpContext) {
    await bouncer.with(MailPolicy).authorize('browse')
    const vault = await this.vaults.vault(Number(params.vault), own(viewer))
    const file = await this.vaults.file(vault, Number(params.file))
    response.header('Content-Type', 'application/octet-stream')
    response.header('Content-Length', file.size)
    response.header('Content-Disposition', contentDisposition(file.name))
    response.header('X-Content-Type-Options', 'nosniff')
    response.header('Content-Security-Policy', "sandbox; default-src 'none'")
    response.header('Cache-Control', 'private, no-store')
    return response.stream(this.vaults.read(file))
  }
}

function own(viewer: HttpContext['viewer']): string[] {
  return viewer.mailboxes.map(({ address }) => address)
}
