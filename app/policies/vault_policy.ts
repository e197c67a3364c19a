import type User from '#models/user'
import { BasePolicy } from '@adonisjs/bouncer'

/** Vaults in general. What a person may do in one of them is decided by his role there, below the pages. */
export default class VaultPolicy extends BasePolicy {
  browse(_user: User) {
    return true
  }

  create(user: User) {
    return user.role === 'staff' || user.role === 'administrator'
  }
}
