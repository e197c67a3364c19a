import { BaseSchema } from '@adonisjs/lucid/schema'

/**
 * Who is to be told what about vaults: a row per recipient, so that nothing is told twice and failures can be seen.
 *
 * The mail itself stands in the outbox while it is on its way; here is only what it is about.
 */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('announcements', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.integer('sender_id').notNullable().references('users.id')
      table.string('sender_name', 200).notNullable()
      table.text('sentence').nullable()
      table.bigInteger('made_at').notNullable()
      table.index(['vault_id', 'id'])
    })
    this.schema.createTable('notifications', (table) => {
      table.increments('id')
      // Says who is told what: once.
      table.string('key', 400).notNullable().unique()
      table.integer('user_id').nullable().references('users.id')
      // Where another than the account's is meant, such as that of a mailbox without an account.
      table.string('address', 320).nullable()
      table.string('kind', 20).notNullable()
      table.integer('announcement_id').nullable().references('announcements.id')
      table.integer('vault_id').nullable().references('vaults.id')
      table.bigInteger('since').nullable()
      table.bigInteger('until').nullable()
      table.string('state', 20).notNullable()
      table.string('reason', 20).nullable()
      table.uuid('letter').nullable()
      table.bigInteger('made_at').notNullable()
      table.bigInteger('next_at').nullable()
      table.index(['announcement_id'])
      table.index(['state', 'next_at'])
    })
    this.schema.createTable('quota_warnings', (table) => {
      table.integer('vault_id').primary().references('vaults.id')
      table.integer('level').notNullable()
    })
    this.schema.alterTable('outbox', (table) => {
      table.string('choices_url', 400).nullable()
    })
    // What is new in a vault is found without walking through what is old.
    this.schema.raw(
      "CREATE INDEX entries_news ON entries (vault_id, changed_at) WHERE trashed_at IS NULL AND kind = 'file'"
    )
  }

  async down() {
    this.schema.raw('DROP INDEX entries_news')
    this.schema.raw('ALTER TABLE outbox DROP COLUMN choices_url')
    for (const name of ['quota_warnings', 'notifications', 'announcements']) {
      this.schema.dropTable(name)
    }
  }
}
