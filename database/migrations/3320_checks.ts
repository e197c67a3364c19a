import { BaseSchema } from '@adonisjs/lucid/schema'

/** Who looks at which file of a vault right now, and when one that could not be looked at is due again. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('checks', (table) => {
      table.uuid('blob').primary()
      table.uuid('lease').notNullable()
      table.bigInteger('lease_until').notNullable()
      table.bigInteger('due_at').notNullable()
      table.integer('attempts').notNullable()
    })
  }

  async down() {
    this.schema.dropTable('checks')
  }
}
