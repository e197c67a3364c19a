import VaultPolicy from '#policies/vault_policy'
import {
  entriesValidator,
  lockValidator,
  newFolderValidator,
  newFoldersValidator,
  purgeValidator,
  renameValidator,
  restoreValidator,
  transferValidator,
  undoValidator,
} from '#validators/vaults'
import { Vaults, type Access } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { randomUUID } from 'node:crypto'
import { answerChange, type Done } from '../http/answers.ts'
import { endOf } from '../http/days.ts'
import { filled } from '../http/filled.ts'
import { isolated } from '../plain_line.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** What is done with files and folders: each verb of #vault, said in a sentence, with the way back. */
@inject()
export default class VaultChangesController {
  constructor(private vaults: Vaults) {}

  async makeFolder(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { name = '', ordner = null } = await ctx.request.validateUsing(newFolderValidator, {
        data: filled(ctx.request.body()),
      })
      const id = await this.vaults.makeFolder(access, ordner, name)
      return {
        text: ctx.i18n.t('vaults.done_folder', { name: isolated(name) }),
        entries: [id],
      }
    })
  }

  /** Folders without files of a folder that is uploaded. */
  async makeFolders(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { pfade, ordner = null } = await ctx.request.validateUsing(newFoldersValidator, {
        data: filled(ctx.request.body()),
      })
      const paths = pfade.map((path) => path.split('/').slice(1, -1))
      const entries = await this.vaults.makeFolders(access, ordner, paths)
      return { text: ctx.i18n.t('vaults.done_folders', { count: entries.length }), entries }
    })
  }

  async rename(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { eintraege, name = '' } = await ctx.request.validateUsing(renameValidator, {
        data: filled(ctx.request.body()),
      })
      const [id] = eintraege as [number]
      const old = await this.vaults.rename(access, id, name)
      return {
        text: ctx.i18n.t('vaults.done_rename', { old: isolated(old), name: isolated(name) }),
        entries: [id],
      }
    })
  }

  async remove(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { eintraege } = await this.#chosen(ctx)
      const facts = await this.#facts(access, eintraege)
      await this.vaults.remove(access, eintraege)
      return {
        text: ctx.i18n.t('vaults.done_remove', facts),
        entries: eintraege,
      }
    })
  }

  /** Takes out of the trash: a batch, or what is chosen there. */
  async restore(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { eintraege, stapel } = await ctx.request.validateUsing(restoreValidator)
      const ids = await this.vaults.restore(access, stapel ?? eintraege ?? [])
      return {
        text: ctx.i18n.t('vaults.done_restore', await this.#facts(access, ids)),
        entries: ids,
      }
    })
  }

  /** Destroys what is in the trash, or some of it. */
  async purge(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { eintraege } = await ctx.request.validateUsing(purgeValidator)
      await this.vaults.emptyTrash(access, eintraege)
      return { text: ctx.i18n.t('vaults.done_purge') }
    })
  }

  async copy(ctx: HttpContext) {
    return this.#transfer(ctx, async ({ access, ids, target, conflict }) => {
      const facts = await this.#facts(access, ids)
      const copied = await this.vaults.copy(access, ids, target, conflict)
      return {
        text: ctx.i18n.t('vaults.done_copy', facts),
        entries: [...copied.ids, ...copied.onto],
      }
    })
  }

  async move(ctx: HttpContext) {
    return this.#transfer(ctx, async ({ access, ids, target, conflict }) => {
      const facts = await this.#facts(access, ids)
      await this.vaults.move(access, ids, target, conflict)
      return { text: ctx.i18n.t('vaults.done_move', facts), entries: ids }
    })
  }

  async lock(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { eintraege, bis } = await ctx.request.validateUsing(lockValidator, {
        data: filled(ctx.request.body()),
      })
      await this.vaults.lock(access, eintraege, bis ? endOf(bis) : undefined)
      return {
        text: ctx.i18n.t('vaults.done_lock', await this.#facts(access, eintraege)),
        entries: eintraege,
      }
    })
  }

  /** Ends locks; those of others are broken, which their holders are told. */
  async unlock(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { eintraege } = await this.#chosen(ctx)
      await this.vaults.unlock(access, eintraege)
      return {
        text: ctx.i18n.t('vaults.done_unlock', await this.#facts(access, eintraege)),
        entries: eintraege,
      }
    })
  }

  /** Makes an older version the newest one. */
  async restoreVersion(ctx: HttpContext) {
    const [file, number] = [Number(ctx.params.file), Number(ctx.params.version)]
    return this.#change(ctx, async (access) => {
      const { name } = await this.vaults.entry(access, file)
      await this.vaults.versions.restore(access, file, number)
      return {
        text: ctx.i18n.t('vaults.done_version', { number, name: isolated(name) }),
        entries: [file],
      }
    })
  }

  /** Destroys an older version. */
  async removeVersion(ctx: HttpContext) {
    const [file, number] = [Number(ctx.params.file), Number(ctx.params.version)]
    return this.#change(ctx, async (access) => {
      const { name } = await this.vaults.entry(access, file)
      await this.vaults.versions.remove(access, file, number)
      return {
        text: ctx.i18n.t('vaults.done_version_removed', { number, name: isolated(name) }),
        entries: [file],
      }
    })
  }

  /** Takes back what was just done, or several things at once. */
  async undo(ctx: HttpContext) {
    return this.#change(ctx, async (access) => {
      const { vorgang } = await ctx.request.validateUsing(undoValidator)
      const entries = await this.vaults.undoing.undo(access, vorgang)
      return { text: ctx.i18n.t('vaults.done_undo'), entries }
    })
  }

  #chosen({ request }: HttpContext) {
    return request.validateUsing(entriesValidator)
  }

  /** What a sentence says about things: their number, and the name of a single one. */
  async #facts(access: Access, ids: number[]): Promise<{ count: number; name: string }> {
    const single = ids.length === 1 ? await this.vaults.entry(access, ids[0]!) : null
    return { count: ids.length, name: single ? isolated(single.name) : '' }
  }

  /** The vault is looked for before what was sent is read: who may not enter it learns nothing. */
  async #change(ctx: HttpContext, work: (access: Access) => Promise<Done>) {
    await ctx.bouncer.with(VaultPolicy).authorize('browse')
    const opened = await this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
    const access = this.vaults.undoing.remembering(opened, randomUUID())
    const base = `/webtresore/${access.vault.number}`
    return answerChange(ctx, this.#back(ctx, base), async () => {
      const done = await work(access)
      const way = await this.vaults.undoing.wayBack(access)
      if (way === null) return done
      return {
        ...done,
        undo: { action: `${base}/rueckgaengig`, fields: { 'vorgang[]': [way] } },
      }
    })
  }

  /** Where a form leads: to the page it came from, as far as that is known. */
  #back({ params, request }: HttpContext, base: string): string {
    if (params.file) return `${base}/dateien/${params.file}/details`
    if (request.qs().zurueck === 'papierkorb') return `${base}/papierkorb`
    const folder = Number(request.input('ordner')) || null
    return folder ? `${base}/ordner/${folder}` : base
  }

  async #transfer(ctx: HttpContext, work: (what: Transfer) => Promise<Done>) {
    return this.#change(ctx, async (access) => {
      const { eintraege, ziel, ordner, konflikt } = await ctx.request.validateUsing(
        transferValidator,
        { data: filled(ctx.request.body()) }
      )
      const goal =
        ziel === undefined || ziel === access.vault.number
          ? access
          : await this.vaults.open(ziel, vaultViewer(ctx))
      return work({
        access,
        ids: eintraege,
        target: { access: goal, folder: ordner ?? null },
        conflict: konflikt ?? 'keep',
      })
    })
  }
}

interface Transfer {
  access: Access
  ids: number[]
  target: { access: Access; folder: number | null }
  conflict: 'ask' | 'replace' | 'keep' | 'skip'
}
