import { BaseSchema } from '@adonisjs/lucid/schema'

/**
 * Bytes that come in several requests: how far each blob has grown, with its key, until it is complete (docs/blob-format.md).
 * The digests of such a blob are taken when it is first read, so a row of `blobs` may be without them for a while.
 */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('growing_blobs', (table) => {
      table.string('id', 36).primary()
      table.bigInteger('length').notNullable()
      table.bigInteger('size').notNullable()
      table.text('segments').notNullable()
      table.string('epoch', 36).notNullable().references('epoch_keys.id')
      table.string('wrapped', 80).notNullable()
      table.bigInteger('created_at').notNullable()
      table.bigInteger('changed_at').notNullable()
    })
    for (const [column, type] of [
      ['sha256', 'varchar(64)'],
      ['crc32', 'bigint'],
    ]) {
      if (this.db.dialect.name === 'postgres') {
        this.schema.raw(`ALTER TABLE blobs ALTER COLUMN ${column} DROP NOT NULL`)
        continue
      }
      // SQLite cannot take a constraint off a column.
      this.schema.raw(`ALTER TABLE blobs ADD COLUMN ${column}_or_null ${type}`)
      this.schema.raw(`UPDATE blobs SET ${column}_or_null = ${column}`)
      this.schema.raw(`ALTER TABLE blobs DROP COLUMN ${column}`)
      this.schema.raw(`ALTER TABLE blobs RENAME COLUMN ${column}_or_null TO ${column}`)
    }
  }

  async down() {
    this.schema.dropTable('growing_blobs')
  }
}
