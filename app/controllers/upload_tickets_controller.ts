import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { appUrl } from '#config/app'
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
    const folder = Number(ctx.request.input('ordner') ?? 0)
    const { ticket, expiresAt } = await this.uploads.ticket(access, folder || null)
    ctx.response.header('Cache-Control', 'no-store')
    ctx.response.status(201).send({ ticket, expiresAt, endpoint: `${appUrl}${Uploads.path}` })
  }
}
