import type { Role } from '#accounts'
import type User from '#models/user'
import { Vaults } from '#vault'
import { BasePolicy } from '@adonisjs/bouncer'
import { inject } from '@adonisjs/core'

/** Vaults in general. What a person may do in one of them is decided by his role there, below the pages. */
@inject()
export default class VaultPolicy extends BasePolicy {
  constructor(private vaults: Vaults) {
    super()
  }

  browse(_user: User) {
    return true
  }

  create(user: User) {
    return this.vaults.mayCreate({ role: user.role as Role })
  }
}
