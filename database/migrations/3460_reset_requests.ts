import { BaseSchema } from '@adonisjs/lucid/schema'

/** Who asked for a new password, and from where, until the letter is written: a moment later. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('password_reset_requests', (table) => {
      table.increments('id')
      table.string('login', 254).notNullable()
      table.text('agent').nullable()
      table.text('network').nullable()
    })
  }

  async down() {
    this.schema.dropTable('password_reset_requests')
  }
}
