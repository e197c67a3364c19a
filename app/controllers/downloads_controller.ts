import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import db from '@adonisjs/lucid/services/db'
import { Checking } from '#checking'
import { NotFound, Refused } from '#errors'
import { telemetry } from '#telemetry'
import { transaction } from '#transaction'
import { Vaults, type Access, type Note, type VaultFile } from '#vault'
import { answerChange, wantsJson } from '../http/answers.ts'
import { sendFile, type SentFile } from '../http/send_file.ts'
import { vaultViewer } from '../http/vault_viewer.ts'
import { MOST_ENTRIES, vaultZip } from '../http/vault_zip.ts'

/** What leaves a vault, and what is decided about files that the scanner did not let out. */
@inject()
export default class DownloadsController {
  constructor(
    private vaults: Vaults,
    private checking: Checking
  ) {}

  /** One file as a download, never as a page of ours. With `?vorschau=1` a preview reads it, which is no download. */
  async file(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const file = await this.#file(access, Number(ctx.params.file))
    // Before anything is said of it: what is refused has no headers.
    this.vaults.assertReadable(file)
    const isPreview = ctx.request.qs().vorschau === '1'
    return sendFile(ctx, {
      name: file.name,
      type: 'application/octet-stream',
      size: file.size,
      etag: `"${file.sha256 ?? file.blob}"`,
      read: (range) => this.vaults.read(file, range),
      ...(isPreview ? {} : this.#recording(access, file.size, noteOf(file))),
    })
  }

  /** What a file was before. */
  async version(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const file = await this.#file(access, Number(ctx.params.file))
    const number = Number(ctx.params.version)
    const version = await this.vaults.versions.one(access, file.id, number)
    this.vaults.assertReadable(version)
    const note = { ...noteOf(file), details: { version: number } }
    return sendFile(ctx, {
      name: file.name,
      type: 'application/octet-stream',
      size: version.size,
      etag: `"${version.sha256 ?? version.blob}"`,
      read: (range) => this.vaults.read(version, range),
      ...this.#recording(access, version.size, note),
    })
  }

  /** A selection, folders with all in them, as one ZIP. */
  async zip(ctx: HttpContext) {
    const { i18n } = ctx
    const access = await this.#open(ctx)
    const chosen = await this.vaults
      .selection(access, chosenIds(ctx), MOST_ENTRIES)
      .catch((error: unknown) => tooMany(ctx, error))
    if (!chosen) return
    const [only, ...more] = chosen
    const name = only && more.length === 0 ? only.entry.name : access.vault.name
    const zip = vaultZip(this.vaults, chosen, name, i18n)
    const names = chosen.slice(0, 20).map(({ entry }) => entry.name)
    const details = { zip: true, files: zip.files.length, left: zip.left.length }
    return sendFile(ctx, {
      ...zip,
      ...this.#recording(access, zip.size, { what: 'downloaded', names, details }),
    })
  }

  /** Has files looked at again that were found infected or could not be looked into. */
  async recheck(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const entries = chosenIds(ctx)
    return answerChange(ctx, back(ctx), async () => {
      const blobs = await this.vaults.verdicts.checkAgain(access, entries)
      for (const blob of blobs) this.checking.ring(blob)
      return { text: ctx.i18n.t('uploads.rechecked', { count: entries.length }), entries }
    })
  }

  /** Lets files out that could not be looked into, for a reason that stays with them. */
  async release(ctx: HttpContext) {
    const access = await this.#open(ctx)
    const entries = chosenIds(ctx)
    const why = String(ctx.request.input('grund') ?? '').slice(0, 1000)
    return answerChange(ctx, back(ctx), async () => {
      for (const id of entries) await this.vaults.verdicts.releaseUnchecked(access, id, why)
      return { text: ctx.i18n.t('uploads.released', { count: entries.length }), entries }
    })
  }

  #open(ctx: HttpContext): Promise<Access> {
    return this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
  }

  async #file(access: Access, id: number): Promise<VaultFile> {
    const file = await this.vaults.entry(access, id)
    if (file.kind !== 'file') throw new NotFound('E_NO_ENTRY', `Entry ${id} is no file`)
    return file
  }

  /** Notes a download once its last byte was sent, in however many responses. */
  #recording(access: Access, size: number, note: Note): Pick<SentFile, 'record'> {
    return {
      record: async (_, end, ended) => {
        if (!ended || end < size) return
        await transaction(db, (trx) => this.vaults.note(trx, access, note))
        telemetry.downloaded({ number: access.vault.number, bytes: size })
      },
    }
  }
}

function noteOf({ id, madeById, name, versionNumber }: VaultFile): Note {
  return {
    what: 'downloaded',
    entryId: id,
    makerId: madeById,
    names: [name],
    details: { version: versionNumber },
  }
}

/** `eintraege[]` of a form, or `eintraege=1,2,3` of an address. */
function chosenIds({ request }: HttpContext): number[] {
  const given: unknown[] = [request.input('eintraege') ?? []].flat()
  const ids = given.flatMap((one) => String(one).split(',')).map(Number)
  const wanted = ids.filter((id) => Number.isSafeInteger(id) && id > 0 && id < 2 ** 31)
  if (wanted.length === 0) throw new NotFound('E_NO_ENTRY', 'Nothing was chosen')
  return wanted
}

/** Says in a sentence, where the selection was made, that it is too large. */
function tooMany(ctx: HttpContext, error: unknown): undefined {
  const { i18n, response, session } = ctx
  if (!(error instanceof Refused) || error.code !== 'E_TOO_MANY_ENTRIES') throw error
  const text = i18n.t(`uploads.${error.code}`, error.facts as { most: number })
  if (wantsJson(ctx)) return response.status(413).json({ code: error.code, text }) as undefined
  session.flash('notice', { kind: 'bad', text })
  response.redirect().toPath(back(ctx))
}

function back({ params, request }: HttpContext): string {
  const folder = Number(request.input('ordner'))
  const top = `/webtresore/${params.vault}`
  return Number.isSafeInteger(folder) && folder > 0 ? `${top}/ordner/${folder}` : top
}
