import { BaseSchema } from '@adonisjs/lucid/schema'

/** When a file came into its vault from another one: to the people there it is new, whatever its age. */
export default class extends BaseSchema {
  async up() {
    for (const column of ['came_at bigint', 'came_by_id integer', 'came_by_name text']) {
      this.schema.raw(`ALTER TABLE entries ADD COLUMN ${column}`)
    }
    this.schema.raw(
      'CREATE INDEX entries_arrivals ON entries (vault_id, came_at) WHERE came_at IS NOT NULL'
    )
  }

  async down() {
    this.schema.raw('DROP INDEX entries_arrivals')
    for (const column of ['came_at', 'came_by_id', 'came_by_name']) {
      this.schema.raw(`ALTER TABLE entries DROP COLUMN ${column}`)
    }
  }
}
