import type User from '#models/user'
import { BasePolicy } from '@adonisjs/bouncer'

/** Mail and the vaults of sent attachments. Which mail a person sees is decided by his mailboxes, below the pages. */
export default class MailPolicy extends BasePolicy {
  browse(user: User) {
    return user.role === 'staff' || user.role === 'administrator'
  }
}
