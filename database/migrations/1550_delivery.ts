import { BaseSchema } from '@adonisjs/lucid/schema'

/** What must still be sent to whom, in which form. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('deliveries', (table) => {
      table.increments('id')
      table.integer('number').notNullable()
      table.string('recipient', 320).notNullable()
      table.string('mailbox', 320).notNullable()
      table.string('state', 20).notNullable()
      table.integer('attempts').notNullable()
      table.bigInteger('next_at').nullable()
      table.text('last_reply').nullable()
      table.bigInteger('last_at').nullable()
      table.uuid('recipe').nullable()
      table.string('form_sha256', 64).nullable()
      table.bigInteger('form_size').nullable()
      table.boolean('eight_bit').nullable()
      table.boolean('utf8_headers').nullable()
      table.unique(['number', 'recipient'])
      table.index(['mailbox', 'number'])
      table.index(['state', 'next_at'])
    })
  }

  async down() {
    this.schema.dropTable('deliveries')
  }
}
