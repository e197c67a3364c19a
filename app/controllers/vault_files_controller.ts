import { NotFound } from '#errors'
import VaultPolicy from '#policies/vault_policy'
import { listingValidator } from '#validators/vaults'
import { Vaults, type Access, type VaultFile } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { clientWords } from '../http/client_words.ts'
import { filled } from '../http/filled.ts'
import { previewOf, previewPolicy, SHOWN_TEXT } from '../http/preview.ts'
import { VaultDetails } from '../http/vault_details.ts'
import { VaultHead } from '../http/vault_head.ts'
import { VaultListing } from '../http/vault_listing.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Folders that a dialog shows at once; there are hardly ever more in one. */
const TREE_PAGE = 500

/** What lies in a vault, to read: folders, a file's details, its preview. */
@inject()
export default class VaultFilesController {
  constructor(
    private vaults: Vaults,
    private head: VaultHead,
    private listing: VaultListing,
    private known: VaultDetails
  ) {}

  /** A folder, or the top level. Scripts ask for the part that changes. */
  async show(ctx: HttpContext) {
    const { i18n, params, request, response, view } = ctx
    const access = await this.#open(ctx)
    const folder = params.folder === undefined ? null : Number(params.folder)
    const [, query] = await listingValidator.tryValidate(filled(request.qs()))
    const facts = {
      vault: await this.head.of(access, i18n),
      listing: await this.listing.of(access, folder, query ?? {}, i18n),
    }
    await this.vaults.news.visit(access)
    // A browser must not show the part, kept, in place of the page.
    response.header('Cache-Control', 'private, no-store')
    if (request.header('x-part') === 'region') return view.render('pages/vaults/region', facts)
    return view.render('pages/vaults/show', facts)
  }

  /** Folders in a folder, for the dialog that asks where to. */
  async tree(ctx: HttpContext) {
    const { request, response } = ctx
    const access = await this.#open(ctx)
    const folder = Number(request.qs().ordner) || null
    const after = String(request.qs().nach ?? '') || null
    return response.json(await this.vaults.folderTree(access, folder, { after, limit: TREE_PAGE }))
  }

  /** What is known of a file. */
  async details(ctx: HttpContext) {
    const { i18n, request, response, view } = ctx
    const { access, file } = await this.#file(ctx)
    const details = await this.known.of(access, file, i18n)
    response.header('Cache-Control', 'private, no-store')
    if (request.header('x-part') === 'details') {
      return view.render('pages/vaults/details_part', { details })
    }
    const vault = await this.head.of(access, i18n)
    return view.render('pages/vaults/details', { vault, file, details, preview: previewOf(file) })
  }

  /** A look at a file: the frame for it, and where its content is. */
  async look(ctx: HttpContext) {
    const { i18n, request, response, view } = ctx
    const { access, file } = await this.#file(ctx)
    const facts = {
      vault: await this.head.of(access, i18n),
      file,
      preview: previewOf(file),
      longest: SHOWN_TEXT,
      words: clientWords(i18n),
    }
    response.header('Cache-Control', 'private, no-store')
    if (request.header('x-part') === 'look') return view.render('pages/vaults/look_part', facts)
    return view.render('pages/vaults/look', facts)
  }

  /** The frame itself, the same for every file: it is handed the bytes by the page around. */
  async frame({ request, response, view }: HttpContext) {
    const { origin } = new URL(request.completeUrl())
    // The page's own policy stands on the raw response already, and would win.
    response.response.removeHeader('Content-Security-Policy')
    response.header('Content-Security-Policy', previewPolicy(origin))
    response.header('X-Frame-Options', 'SAMEORIGIN')
    response.header('Referrer-Policy', 'no-referrer')
    return view.render('pages/vaults/frame')
  }

  async #open(ctx: HttpContext): Promise<Access> {
    await ctx.bouncer.with(VaultPolicy).authorize('browse')
    return this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
  }

  async #file(ctx: HttpContext): Promise<{ access: Access; file: VaultFile }> {
    const access = await this.#open(ctx)
    const file = await this.vaults.entry(access, Number(ctx.params.file))
    if (file.kind !== 'file') throw new NotFound('E_NO_ENTRY', `Entry ${file.id} is no file`)
    return { access, file }
  }
}
