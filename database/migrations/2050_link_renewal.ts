import { BaseSchema } from '@adonisjs/lucid/schema'

/** When a link was mailed by itself, who asked for one of his own, and which deposits are gone. */
export default class extends BaseSchema {
  async up() {
    this.schema.alterTable('links', (table) => {
      table.bigInteger('mailed_at').nullable()
      table.index(['expires_at'])
    })
    this.schema.alterTable('link_files', (table) => {
      table.bigInteger('gone_at').nullable()
      table.index(['blob'])
    })
    this.schema.alterTable('files', (table) => {
      table.bigInteger('retired_at').nullable()
      table.bigInteger('shredded_at').nullable()
      table.index(['blob'])
      table.index(['retired_at', 'shredded_at'])
    })
    this.schema.createTable('link_askers', (table) => {
      table.uuid('id').primary()
      table.uuid('link_id').notNullable().references('links.id')
      table.integer('number').notNullable()
      table.string('address', 320).notNullable()
      table.string('network', 64).nullable()
      table.bigInteger('asked_at').notNullable()
      table.bigInteger('decided_at').nullable()
      table.boolean('granted').nullable()
      table.unique(['link_id', 'address'])
      table.index(['number', 'asked_at'])
      table.index(['network', 'asked_at'])
    })
  }

  /** Columns go by plain SQL: to drop one, the builder makes SQLite's table anew, which others refer to. */
  async down() {
    this.schema.dropTable('link_askers')
    this.schema.alterTable('files', (table) => {
      table.dropIndex(['retired_at', 'shredded_at'])
      table.dropIndex(['blob'])
    })
    this.schema.alterTable('link_files', (table) => table.dropIndex(['blob']))
    this.schema.alterTable('links', (table) => table.dropIndex(['expires_at']))
    for (const [table, column] of [
      ['files', 'retired_at'],
      ['files', 'shredded_at'],
      ['link_files', 'gone_at'],
      ['links', 'mailed_at'],
    ]) {
      this.schema.raw(`ALTER TABLE ${table} DROP COLUMN ${column}`)
    }
  }
}
