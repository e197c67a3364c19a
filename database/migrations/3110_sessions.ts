import { BaseSchema } from '@adonisjs/lucid/schema'

/**
 * Sessions under the hash of their number, with what their owner sees of them, and the devices that are known. Everybody
 * signs in once more: from the old rows the numbers could be read.
 */
export default class extends BaseSchema {
  async up() {
    this.schema.dropTable('sessions')
    this.schema.createTable('sessions', (table) => {
      table.string('key', 64).primary()
      table.text('data').notNullable()
      table.integer('account_id').nullable().references('users.id').onDelete('CASCADE')
      table.boolean('complete').notNullable()
      table.boolean('remembered').notNullable()
      table.string('agent', 400).nullable()
      table.string('network', 64).nullable()
      table.bigInteger('started_at').notNullable()
      table.bigInteger('seen_at').notNullable()
      table.bigInteger('until_at').notNullable()
      table.index(['account_id'])
      table.index(['until_at'])
    })
    this.schema.createTable('known_devices', (table) => {
      table.increments('id')
      table.integer('account_id').notNullable().references('users.id').onDelete('CASCADE')
      table.string('token_hash', 64).notNullable()
      table.bigInteger('seen_at').notNullable()
      table.unique(['account_id', 'token_hash'])
      table.index(['seen_at'])
    })
  }

  async down() {
    this.schema.dropTable('known_devices')
    this.schema.dropTable('sessions')
    this.schema.createTable('sessions', (table) => {
      table.string('id', 64).primary()
      table.text('data').notNullable()
      table.string('user_id').nullable().index()
      table.timestamp('expires_at').notNullable().index()
    })
  }
}
