import type { HttpContext } from '@adonisjs/core/http'
import type { SessionData, SessionStoreContract } from '@adonisjs/session/types'
import type { SessionContent, Sessions, Visit } from '#accounts'
import { networkOf } from '../network.ts'
import { fittingSession } from './session_size.ts'

/**
 * Sessions of accounts as the framework's store, one for each request. It remembers what it read: what was somebody's and is gone
 * when the request ends was ended meanwhile, and is not written again, under no number.
 */
export class SessionStore implements SessionStoreContract {
  readonly #sessions: Sessions
  readonly #visit: Visit
  #read: (SessionContent & { seenAt: number; id: string }) | undefined
  #ended = false

  constructor(sessions: Sessions, { request }: HttpContext) {
    this.#sessions = sessions
    this.#visit = {
      agent: request.header('user-agent') ?? null,
      network: networkOf(request.ip()),
    }
  }

  async read(id: string): Promise<SessionData | null> {
    const found = await this.#sessions.read(id)
    if (!found) return null
    this.#read = { ...found, id }
    return found.data as SessionData
  }

  async write(id: string, data: SessionData): Promise<void> {
    if (this.#ended) return
    const content = contentOf(data)
    if (this.#read?.id === id) {
      if (await this.#sessions.change(id, content, this.#visit)) return
      if (this.#read.accountId !== null) return
    }
    await this.#sessions.begin(id, content, this.#visit)
  }

  async touch(id: string): Promise<void> {
    if (this.#read?.id !== id) return
    await this.#sessions.touch(id, this.#read.remembered, this.#read.seenAt)
  }

  async destroy(id: string): Promise<void> {
    const gone = !(await this.#sessions.remove(id))
    if (gone && this.#read?.id === id && this.#read.accountId !== null) this.#ended = true
  }
}

/** Whose a session is stands in its data: signed in, or known by password and still to show a second factor. */
function contentOf(data: SessionData): SessionContent {
  const signedIn = data.auth_web as number | undefined
  const pending = data.pending as { account: number } | undefined
  const accountId = signedIn ?? pending?.account ?? null
  return {
    data: fittingSession(data, accountId !== null),
    accountId,
    complete: signedIn !== undefined,
    remembered: signedIn !== undefined && data.remembered === true,
    since: data.since as number | undefined,
  }
}
