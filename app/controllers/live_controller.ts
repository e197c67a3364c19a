import { Sessions } from '#accounts'
import { NotFound, Refused, TransientError } from '#errors'
import User from '#models/user'
import { Vaults, type Access } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { LiveStreams } from '../http/live_streams.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Hints that something in a vault has changed, as server-sent events. */
@inject()
export default class LiveController {
  constructor(
    private vaults: Vaults,
    private sessions: Sessions,
    private streams: LiveStreams
  ) {}

  /** A browser comes back by itself after a stream has ended, and gives up after any answer that is none. */
  async stream(ctx: HttpContext) {
    const access = await this.vaults.open(Number(ctx.params.vault), vaultViewer(ctx))
    const { vault, viewer, role } = access
    const { sessionId } = ctx.session
    try {
      await this.streams.open(ctx, {
        vault: vault.id,
        person: viewer.id,
        ownOnly: role === 'contributor',
        stillMay: () => this.#stillMay(access, sessionId),
      })
    } catch (error) {
      const isFull = error instanceof Refused && error.code === 'E_STREAMS'
      if (!isFull && !(error instanceof TransientError)) throw error
      return ctx.response.status(isFull ? 429 : 503).send('')
    }
  }

  /** Whether the session goes on, and its owner is what he was in the vault. */
  async #stillMay({ vault, viewer, role }: Access, sessionId: string): Promise<boolean> {
    const session = await this.sessions.read(sessionId)
    if (!session?.complete || session.accountId !== viewer.id) return false
    const user = await User.find(viewer.id)
    if (!user || user.disabledAt !== null) return false
    try {
      return (await this.vaults.open(vault.number, viewer)).role === role
    } catch (error) {
      if (error instanceof NotFound) return false
      throw error
    }
  }
}
