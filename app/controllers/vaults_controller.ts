import VaultPolicy from '#policies/vault_policy'
import { newVaultValidator } from '#validators/vaults'
import { Vaults, type ListedVault } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { answerChange, wantsJson } from '../http/answers.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Vaults of one page. */
const PAGE = 100

/** The list of a person's vaults, and new ones. */
@inject()
export default class VaultsController {
  constructor(private vaults: Vaults) {}

  async index(ctx: HttpContext) {
    const { bouncer, request, response, view } = ctx
    await bouncer.with(VaultPolicy).authorize('browse')
    const after = /^\d{1,9}$/.test(String(request.qs().nach)) ? Number(request.qs().nach) : 0
    const found = await this.vaults.listFor(vaultViewer(ctx), { after, limit: PAGE + 1 })
    const shown = found.slice(0, PAGE)
    const next = found.length > PAGE ? shown.at(-1)!.number : null
    if (wantsJson(ctx)) {
      return response.json({ vaults: shown.map((vault) => this.#goal(vault)), next })
    }
    return view.render('pages/vaults/index', {
      vaults: shown,
      trashed: after ? [] : await this.vaults.life.trashedFor(vaultViewer(ctx)),
      after,
      next,
      mayCreate: await bouncer.with(VaultPolicy).allows('create'),
    })
  }

  async store(ctx: HttpContext) {
    const { bouncer, i18n, request } = ctx
    await bouncer.with(VaultPolicy).authorize('create')
    const { name } = await request.validateUsing(newVaultValidator)
    const { vault } = await this.vaults.create(vaultViewer(ctx), { name })
    const number = String(vault.number)
    return answerChange(ctx, `/webtresore/${number}`, async () => ({
      text: i18n.t('vaults.created', { number }),
    }))
  }

  /** A vault as a goal of copying and moving. */
  #goal({ number, name, role, archivedAt }: ListedVault) {
    const isArchived = archivedAt !== null
    return {
      number,
      name: `${number} ${name}`,
      base: `/webtresore/${number}`,
      isArchived,
      mayAdd: !isArchived && role !== 'reader',
      mayChange: !isArchived && (role === 'owner' || role === 'editor'),
    }
  }
}
