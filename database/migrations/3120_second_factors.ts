import { BaseSchema } from '@adonisjs/lucid/schema'

/** What proves besides the password that it is the account's owner: one-time passwords, passkeys, and codes for when they are lost. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('one_time_passwords', (table) => {
      table.integer('account_id').primary().references('users.id').onDelete('CASCADE')
      table.text('sealed_secret').notNullable()
      table.bigInteger('last_step').notNullable()
      table.bigInteger('added_at').notNullable()
    })
    this.schema.createTable('recovery_codes', (table) => {
      table.increments('id')
      table.integer('account_id').notNullable().references('users.id').onDelete('CASCADE')
      table.string('code_hash', 64).notNullable()
      table.bigInteger('used_at').nullable()
      table.unique(['account_id', 'code_hash'])
    })
    this.schema.createTable('passkeys', (table) => {
      table.increments('id')
      table.integer('account_id').notNullable().references('users.id').onDelete('CASCADE')
      table.string('credential_id', 1400).notNullable().unique()
      table.text('public_key').notNullable()
      table.bigInteger('counter').notNullable()
      table.string('transports', 200).notNullable()
      table.string('name', 100).notNullable()
      table.bigInteger('added_at').notNullable()
      table.bigInteger('used_at').nullable()
      table.index(['account_id'])
    })
    this.schema.createTable('password_resets', (table) => {
      table.string('token_hash', 64).primary()
      table.integer('account_id').notNullable().references('users.id').onDelete('CASCADE')
      table.bigInteger('expires_at').notNullable()
      table.index(['account_id'])
    })
  }

  async down() {
    for (const name of ['password_resets', 'passkeys', 'recovery_codes', 'one_time_passwords']) {
      this.schema.dropTable(name)
    }
  }
}
