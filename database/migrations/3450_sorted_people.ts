import { BaseSchema } from '@adonisjs/lucid/schema'
import { sortKey } from '../../app/sort_key.ts'

/** People are sorted as files are: Ä beside A, in both databases. And ß counts as ss. */
export default class extends BaseSchema {
  async up() {
    const collation = this.db.dialect.name === 'postgres' ? 'COLLATE "C"' : ''
    this.schema.raw(`ALTER TABLE users ADD COLUMN sort_name text ${collation} NOT NULL DEFAULT ''`)
    this.defer(async (db) => {
      const people: { id: number; full_name: string | null }[] = await db.from('users')
      for (const { id, full_name: name } of people) {
        await db
          .from('users')
          .where('id', id)
          .update({ sort_name: sortKey(name ?? '') })
      }
      await db.rawQuery(
        `UPDATE entries SET sort_name = REPLACE(sort_name, 'ß', 'ss') WHERE sort_name LIKE '%ß%'`
      )
    })
    this.schema.alterTable('users', (table) => {
      table.index(['sort_name', 'id'])
      table.dropIndex(['full_name', 'id'])
    })
  }

  async down() {
    this.schema.alterTable('users', (table) => {
      table.dropIndex(['sort_name', 'id'])
      table.index(['full_name', 'id'])
    })
    this.schema.raw('ALTER TABLE users DROP COLUMN sort_name')
  }
}
