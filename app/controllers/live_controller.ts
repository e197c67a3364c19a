import { Refused, TransientError } from '#errors'
import { Vaults } from '#vault'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { LiveStreams } from '../http/live_streams.ts'
import { vaultViewer } from '../http/vault_viewer.ts'

/** Hints that something in a vault has changed, as server-sent events. */
@inject()
export default class LiveController {
  constructor(
    private vaults: Vaults,
    private streams: LiveStreams
  ) {}

  /** A browser comes back by itself after a stream has ended, and gives up after any answer that is none. */
  async stream(ctx: HttpContext) {
    const { vault, viewer, role } = await this.vaults.open(
      Number(ctx.params.vault),
      vaultViewer(ctx)
    )
    const ownOnly = role === 'contributor'
    try {
      await this.streams.open(ctx, { vault: vault.id, person: viewer.id, ownOnly })
    } catch (error) {
      const isFull = error instanceof Refused && error.code === 'E_STREAMS'
      if (!isFull && !(error instanceof TransientError)) throw error
      return ctx.response.status(isFull ? 429 : 503).send('')
    }
  }
}
