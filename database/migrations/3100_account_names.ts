import { BaseSchema } from '@adonisjs/lucid/schema'

/** A user name of one's own, in the form in which it is compared, and the language for pages and mails. */
export default class extends BaseSchema {
  async up() {
    this.schema.alterTable('users', (table) => {
      table.string('username', 64).nullable()
      table.string('locale', 2).nullable()
      table.unique(['username'])
    })
  }

  async down() {
    this.schema.alterTable('users', (table) => table.dropUnique(['username']))
    this.schema.raw('ALTER TABLE users DROP COLUMN username')
    this.schema.raw('ALTER TABLE users DROP COLUMN locale')
  }
}
