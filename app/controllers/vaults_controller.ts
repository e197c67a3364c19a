import { NotFound } from '#errors'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { sendFile } from '../http/send_file.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

const PAGE = 50

/** Vaults: the list of them, what lies in their folders, the download of a file. */
@inject()
export default class VaultsController {
  constructor(private vaults: Vaults) {}

  async index(ctx: HttpContext) {
    const after = Number(ctx.request.qs().nach) || 0
    const vaults = await this.vaults.listFor(vaultViewer(ctx), { after, limit: PAGE + 1 })
    const shown = vaults.slice(0, PAGE)
    const next = vaults.length > PAGE ? shown.at(-1)!.number : null
    return ctx.view.render('pages/vaults/index', { vaults: shown, after, next })
  }

  /** A folder of a vault, or its top level. */
  async show(ctx: HttpContext) {
    const { params, request, view } = ctx
    const access = await this.vaults.open(Number(params.vault), vaultViewer(ctx))
    const folderId = params.folder === undefined ? null : Number(params.folder)
    const after = String(request.qs().nach ?? '') || null
    const listing = await this.vaults.list(access, folderId, { after, limit: PAGE })
    return view.render('pages/vaults/show', { ...listing, vault: access.vault, access, after })
  }

  /** One file as a download, never as a page of ours. */
  async download(ctx: HttpContext) {
    const { params } = ctx
    const access = await this.vaults.open(Number(params.vault), vaultViewer(ctx))
    const file = await this.vaults.entry(access, Number(params.file))
    if (file.kind !== 'file') throw new NotFound('E_NO_ENTRY', `Entry ${file.id} is no file`)
    // Before anything is said of it: what is refused has no headers.
    this.vaults.assertReadable(file)
    return sendFile(ctx, {
      name: file.name,
      type: 'application/octet-stream',
      size: file.size,
      etag: `"${file.sha256 ?? file.blob}"`,
      read: (range) => this.vaults.read(file, range),
    })
  }
}
