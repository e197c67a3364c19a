import InstallationPolicy from '#policies/installation_policy'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/** Lets administrators through, before anything of what was sent is looked at. Comes after `viewer`. */
export default class AdministratorMiddleware {
  async handle({ bouncer }: HttpContext, next: NextFn) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    return next()
  }
}
