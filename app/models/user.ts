import { UserSchema } from '#database/schema'
import hash from '@adonisjs/core/services/hash'
import { compose } from '@adonisjs/core/helpers'
import { withAuthFinder } from '@adonisjs/auth/mixins/lucid'

export type Role = 'administrator' | 'staff' | 'client' | 'auditor'

/** A person with an account. */
export default class User extends compose(UserSchema, withAuthFinder(hash)) {
  get isAdministrator() {
    return this.role === 'administrator'
  }
}
