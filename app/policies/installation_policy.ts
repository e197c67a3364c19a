import type User from '#models/user'
import { BasePolicy } from '@adonisjs/bouncer'

/** The installation: its state, metadata of all mail, and decisions about what is held. */
export default class InstallationPolicy extends BasePolicy {
  administer(user: User) {
    return user.role === 'administrator'
  }
}
