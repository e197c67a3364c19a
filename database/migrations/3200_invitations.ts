import { BaseSchema } from '@adonisjs/lucid/schema'

/** One-time mailed links by which people come in: into a vault, into the installation, or as staff by their address. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('invitations', (table) => {
      table.uuid('id').primary()
      table.string('token_hash', 64).notNullable().unique()
      table.string('kind', 20).notNullable()
      table.string('email', 254).notNullable()
      table.string('role', 20).notNullable()
      table.integer('vault_id').nullable().references('vaults.id')
      table.string('vault_role', 20).nullable()
      table.bigInteger('member_until').nullable()
      table.text('words').nullable()
      table.string('locale', 2).notNullable()
      table.integer('invited_by').nullable().references('users.id')
      table.bigInteger('made_at').notNullable()
      table.bigInteger('sent_at').notNullable()
      table.bigInteger('expires_at').notNullable()
      table.bigInteger('used_at').nullable()
      table.integer('used_by').nullable().references('users.id')
      table.bigInteger('revoked_at').nullable()
      table.index(['email', 'kind'])
      table.index(['vault_id', 'made_at'])
    })
    this.schema.alterTable('users', (table) => table.index(['full_name', 'id']))
  }

  async down() {
    this.schema.alterTable('users', (table) => table.dropIndex(['full_name', 'id']))
    this.schema.dropTable('invitations')
  }
}
