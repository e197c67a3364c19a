import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import type { Session } from '@adonisjs/session'
import { DEVICE_DAYS, Devices, SecondFactors, sessionKey, Sessions, type Account } from '#accounts'
import { isHttps } from '#config/app'
import { LOCALE_COOKIE } from '#middleware/locale_middleware'
import User from '#models/user'
import { visitOf } from './visit.ts'

/** Cookie by which a browser is known again when somebody signs in. */
const DEVICE_COOKIE = 'geraet'

/** Minutes in which the second factor is shown after the password. */
const MINUTES = 10

/** Somebody whose password was right and who still has to show a second factor. In a session it is not signed in. */
interface Pending {
  account: number
  at: number
  remember: boolean
  intended: string | null
}

/** The way into an account, the same for every page that leads there. */
@inject()
export class SignIn {
  constructor(
    protected factors: SecondFactors,
    protected devices: Devices,
    protected sessions: Sessions
  ) {}

  /**
   * Somebody has proved to know the password. Signs in, unless there is a second factor to ask for.
   *
   * @returns where to go
   */
  async afterPassword(ctx: HttpContext, account: Account, remember: boolean): Promise<string> {
    if (!(await this.factors.has(account.id))) return this.complete(ctx, account, { remember })
    const { session } = ctx
    const pending = {
      account: account.id,
      at: Date.now(),
      remember,
      intended: intendedPath(session),
    }
    session.clear()
    session.put('pending', pending satisfies Pending)
    session.regenerate()
    return '/anmelden/einmalpasswort'
  }

  /** Who still has to show a second factor in this browser. */
  pending({ session }: HttpContext): Pending | null {
    const pending = session.get('pending', null) as Pending | null
    return pending && Date.now() - pending.at < MINUTES * 60_000 ? pending : null
  }

  /**
   * Signs in, in a session with a new number. What a stranger may have put into the session before does not come along,
   * except where to go.
   *
   * @param how.remember stays signed in for 30 days; only for accounts without a second factor
   * @param how.isNew the account was made in this browser just now: no mail about a new device
   * @returns where to go
   */
  async complete(
    ctx: HttpContext,
    account: Account,
    how: { remember?: boolean; isNew?: boolean } = {}
  ): Promise<string> {
    const { request, response, session } = ctx
    const intended = this.pending(ctx)?.intended ?? intendedPath(session)
    session.clear()
    await ctx.auth.use('web').login(await User.findOrFail(account.id))
    session.put('since', Date.now())
    session.put('confirmed_at', Date.now())
    if (how.remember) session.put('remembered', true)

    const known = request.cookie(DEVICE_COOKIE) as string | undefined
    const visit = visitOf(request)
    const device = await this.devices.recognise(account.id, known, visit, how.isNew)
    response.cookie(DEVICE_COOKIE, device, {
      path: '/',
      httpOnly: true,
      secure: isHttps,
      sameSite: 'lax',
      maxAge: `${DEVICE_DAYS}d`,
    })
    if (account.locale) speak(ctx, account.locale)
    return intended ?? '/'
  }

  /**
   * A person has a second factor from now on. Sessions that were begun without it end; this one goes on under another number,
   * and no longer than others do.
   */
  async strengthen({ session }: HttpContext, accountId: number): Promise<void> {
    await this.sessions.endOthers(accountId, sessionKey(session.sessionId))
    session.forget('remembered')
    session.put('since', Date.now())
    session.regenerate()
  }
}

/** From now on pages speak the person's language in this browser. */
export function speak({ response }: HttpContext, locale: string) {
  response.plainCookie(LOCALE_COOKIE, locale, { encode: false, maxAge: '1y' })
}

/** Where somebody wanted to go who had to sign in first: a path of ours, never another site. */
export function intendedPath(session: Session): string | null {
  const url = session.pullIntendedUrl()
  return url && /^\/(?![/\\])/.test(url) ? url : null
}
