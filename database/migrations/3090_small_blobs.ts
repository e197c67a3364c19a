import { BaseSchema } from '@adonisjs/lucid/schema'

/** Sealed bytes of blobs that are too small for a file of their own (docs/blob-format.md). Nothing here is plain text. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('small_blobs', (table) => {
      table.string('blob', 36).primary().references('blobs.id')
      table.binary('bytes').notNullable()
    })
  }

  async down() {
    this.schema.dropTable('small_blobs')
  }
}
