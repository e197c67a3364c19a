import { BaseSchema } from '@adonisjs/lucid/schema'

/** When somebody sent a letter to somebody whom he invited, for a day: so many are enough. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('invitation_letters', (table) => {
      table.increments('id')
      table.integer('inviter_id').notNullable().references('users.id')
      table.bigInteger('at').notNullable()
      table.index(['inviter_id', 'at'])
    })
  }

  async down() {
    this.schema.dropTable('invitation_letters')
  }
}
