import { BaseSchema } from '@adonisjs/lucid/schema'

/** What is known about bytes at rest, and their keys, which lie apart so that they can be destroyed (docs/blob-format.md). */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('blobs', (table) => {
      table.string('id', 36).primary()
      table.bigInteger('size').notNullable()
      table.string('sha256', 64).notNullable()
      table.bigInteger('crc32').notNullable()
      table.integer('segment_size').notNullable()
      table.text('segments').notNullable()
      table.bigInteger('created_at').notNullable()
      table.bigInteger('shredded_at').nullable()
    })
    this.schema.createTable('epoch_keys', (table) => {
      table.string('id', 36).primary()
      table.string('public_key', 64).notNullable().index()
      table.text('sealed').notNullable()
      table.bigInteger('created_at').notNullable()
    })
    this.schema.createTable('blob_keys', (table) => {
      table.string('blob', 36).primary().references('blobs.id')
      table.string('epoch', 36).notNullable().references('epoch_keys.id')
      table.string('wrapped', 80).notNullable()
    })
  }

  async down() {
    for (const name of ['blob_keys', 'epoch_keys', 'blobs']) this.schema.dropTable(name)
  }
}
