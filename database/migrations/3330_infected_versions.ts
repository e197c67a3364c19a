import { BaseSchema } from '@adonisjs/lucid/schema'

/** When a version was found infected: whatever comes after, only a clean scan lets it out. */
export default class extends BaseSchema {
  async up() {
    this.schema.raw('ALTER TABLE versions ADD COLUMN infected_at bigint')
    this.schema.raw(`UPDATE versions SET infected_at = made_at WHERE verdict = 'infected'`)
    this.schema.raw(
      `CREATE INDEX versions_pending ON versions (blob) WHERE verdict = 'pending' AND retired_at IS NULL`
    )
  }

  async down() {
    this.schema.raw('DROP INDEX versions_pending')
    this.schema.raw('ALTER TABLE versions DROP COLUMN infected_at')
  }
}
