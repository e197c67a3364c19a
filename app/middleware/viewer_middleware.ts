import { Accounts } from '#accounts'
import type { Mailbox } from '#archive'
import { Bouncer } from '@adonisjs/bouncer'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { policies } from '#generated/policies'

/** Says for a signed-in person which mailboxes are his, and lets controllers and pages ask the policies. */
@inject()
export default class ViewerMiddleware {
  constructor(private accounts: Accounts) {}

  async handle(ctx: HttpContext, next: NextFn) {
    const user = ctx.auth.getUserOrFail()
    const mailboxes = await this.accounts.mailboxesOf(user.id)
    ctx.viewer = {
      mailboxes: mailboxes.map(({ address, fromAt, untilAt }) => ({
        address,
        from: fromAt,
        until: untilAt,
      })),
    }
    ctx.bouncer = new Bouncer(() => ctx.auth.user ?? null, {}, policies).setContainerResolver(
      ctx.containerResolver
    )
    return next()
  }
}

declare module '@adonisjs/core/http' {
  export interface HttpContext {
    /** Whose mail the signed-in person may see. */
    viewer: { mailboxes: Mailbox[] }
    bouncer: Bouncer<NonNullable<HttpContext['auth']['user']>, {}, typeof policies>
  }
}
