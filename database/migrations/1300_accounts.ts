import { BaseSchema } from '@adonisjs/lucid/schema'

/** People, the firm's domains, whose mailbox is whose, and what keeps them signed in. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('users', (table) => {
      table.increments('id')
      table.string('email', 254).notNullable().unique()
      table.string('full_name', 200).notNullable()
      table.string('password', 400).notNullable()
      table.string('role', 20).notNullable()
      table.bigInteger('disabled_at').nullable()
      table.bigInteger('registered_at').notNullable()
    })
    this.schema.createTable('domains', (table) => {
      table.string('name', 253).primary()
      table.bigInteger('added_at').notNullable()
    })
    this.schema.createTable('mailboxes', (table) => {
      table.increments('id')
      table.string('address', 320).notNullable()
      table.integer('user_id').notNullable().references('users.id')
      table.bigInteger('from_at').notNullable()
      table.bigInteger('until_at').nullable()
      table.index(['user_id'])
      table.index(['address'])
    })
    this.schema.createTable('setup_links', (table) => {
      table.string('token_hash', 64).primary()
      table.bigInteger('expires_at').notNullable()
    })
    this.schema.createTable('sessions', (table) => {
      table.string('id', 64).primary()
      table.text('data').notNullable()
      table.string('user_id').nullable().index()
      table.timestamp('expires_at').notNullable().index()
    })
    this.schema.createTable('rate_limits', (table) => {
      table.string('key', 255).primary()
      table.integer('points', 9).notNullable().defaultTo(0)
      table.bigInteger('expire').unsigned().nullable()
    })
  }

  async down() {
    for (const name of [
      'rate_limits',
      'sessions',
      'setup_links',
      'mailboxes',
      'domains',
      'users',
    ]) {
      this.schema.dropTable(name)
    }
  }
}
