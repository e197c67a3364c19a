import { NotFound, Refused } from '#errors'
import MailPolicy from '#policies/mail_policy'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { addressesAt } from '../http/own_mail.ts'
import { sendFile } from '../http/send_file.ts'

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
    const before = key(request.qs().vor)
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
    const after = key(request.qs().nach)
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
  async download(ctx: HttpContext) {
    const { bouncer, params, viewer } = ctx
    await bouncer.with(MailPolicy).authorize('browse')
    const vault = await this.vaults.vault(Number(params.vault), own(viewer))
    const file = await this.vaults.file(vault, Number(params.file))
    if (file.gone) throw new NotFound('E_FILE_GONE', `File ${file.id} is no longer available`)
    if (!file.downloadable) {
      throw new Refused('E_NOT_CLEAN', `File ${file.id} is ${file.verdict} and not handed out`)
    }
    return sendFile(ctx, {
      name: file.name,
      type: 'application/octet-stream',
      size: file.size,
      etag: `"${file.sha256}"`,
      read: (range) => this.vaults.read(file, range),
    })
  }
}

/** Addresses that are the viewer's now: a vault is what it is today, without a past. */
function own(viewer: HttpContext['viewer']): string[] {
  return [...addressesAt(viewer, new Date())]
}

/** Key of a page in a query; what is no number begins at the first. */
function key(value: unknown): number | undefined {
  const number = Number(value)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}
