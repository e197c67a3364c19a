import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { appUrl } from '#config/app'
import { NotFound } from '#errors'
import { Uploads } from '#uploads'
import { Vaults } from '#vault'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Tickets for programs that upload without a browser: for one vault and folder, for 24 hours. */
@inject()
export default class UploadTicketsController {
  constructor(
    private vaults: Vaults,
    private uploads: Uploads
  ) {}

  async store(ctx: HttpContext) {
    const access = await this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
    const folder = String(ctx.request.input('ordner') ?? '')
    // Whoever means a folder and says none of ours does not get the top level instead.
    if (!/^([1-9]\d{0,8})?$/.test(folder)) throw new NotFound('E_NO_ENTRY', `No folder ${folder}`)
    const { ticket, expiresAt } = await this.uploads.ticket(access, Number(folder) || null)
    ctx.response.header('Cache-Control', 'no-store')
    ctx.response.status(201).send({ ticket, expiresAt, endpoint: `${appUrl}${Uploads.path}` })
  }
}
