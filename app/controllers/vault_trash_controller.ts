import VaultPolicy from '#policies/vault_policy'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { VaultHead } from '../http/vault_head.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

const PAGE = 100

/** What was removed from a vault, and can be brought back. */
@inject()
export default class VaultTrashController {
  constructor(
    private vaults: Vaults,
    private head: VaultHead
  ) {}

  async show(ctx: HttpContext) {
    const { bouncer, i18n, params, request, view } = ctx
    await bouncer.with(VaultPolicy).authorize('browse')
    const access = await this.vaults.open(Number(params.vault), vaultViewer(ctx))
    const after = String(request.qs().nach ?? '') || null
    const { entries, next } = await this.vaults.trash(access, { after, limit: PAGE })
    return view.render('pages/vaults/trash', {
      vault: await this.head.of(access, i18n),
      entries,
      after,
      next,
      mayRestore: this.vaults.may(access, 'change'),
      mayPurge: this.vaults.may(access, 'purge'),
    })
  }
}
