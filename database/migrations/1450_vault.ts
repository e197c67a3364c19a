import { BaseSchema } from '@adonisjs/lucid/schema'

/** Vaults with their folders and files. Vault numbers run from 10001. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('vaults', (table) => {
      table.increments('id')
      table.integer('number').notNullable().unique()
      table.string('name', 255).notNullable()
      table.string('mailbox', 320).nullable().unique()
      table.bigInteger('opened_at').notNullable()
    })
    this.schema.createTable('folders', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.integer('parent_id').nullable().references('folders.id')
      table.string('name', 255).notNullable()
      table.integer('message_number').nullable()
      table.bigInteger('made_at').notNullable()
      table.unique(['vault_id', 'message_number'])
      table.index(['vault_id', 'parent_id', 'id'])
    })
    this.schema.createTable('files', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.integer('folder_id').nullable().references('folders.id')
      table.string('name', 255).notNullable()
      table.string('type', 200).notNullable()
      table.uuid('blob').notNullable()
      table.bigInteger('size').notNullable()
      table.string('sha256', 64).notNullable()
      table.bigInteger('crc32').notNullable()
      table.string('verdict', 20).notNullable()
      table.text('verdict_detail').nullable()
      table.string('made_by', 320).notNullable()
      table.bigInteger('made_at').notNullable()
      table.integer('message_number').nullable()
      table.string('part', 200).nullable()
      table.unique(['message_number', 'part'])
      table.index(['folder_id', 'id'])
    })
  }

  async down() {
    for (const name of ['files', 'folders', 'vaults']) this.schema.dropTable(name)
  }
}
