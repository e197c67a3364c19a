import { BaseSchema } from '@adonisjs/lucid/schema'

/** What lies in a vault is counted before something comes to it, the trash included. */
export default class extends BaseSchema {
  async up() {
    this.schema.raw('CREATE INDEX entries_count ON entries (vault_id) WHERE purged_at IS NULL')
  }

  async down() {
    this.schema.raw('DROP INDEX entries_count')
  }
}
