import { BaseSchema } from '@adonisjs/lucid/schema'

/** Which end of a membership was told already: that it comes, and that it came. */
export default class extends BaseSchema {
  async up() {
    for (const column of ['soon_told bigint', 'over_told bigint']) {
      this.schema.raw(`ALTER TABLE memberships ADD COLUMN ${column}`)
    }
    this.schema.raw('CREATE INDEX memberships_until ON memberships (until) WHERE until IS NOT NULL')
  }

  async down() {
    this.schema.raw('DROP INDEX memberships_until')
    for (const column of ['soon_told', 'over_told']) {
      this.schema.raw(`ALTER TABLE memberships DROP COLUMN ${column}`)
    }
  }
}
