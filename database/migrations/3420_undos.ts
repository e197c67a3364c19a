import { BaseSchema } from '@adonisjs/lucid/schema'

/** How what somebody just did in a vault is taken back; kept for an hour. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('undos', (table) => {
      table.string('id', 64).primary()
      table.integer('user_id').notNullable()
      table.integer('vault_id').notNullable()
      table.bigInteger('at').notNullable().index()
      // JSON, see app/vault/undoing.ts
      table.text('steps').notNullable()
    })
  }

  async down() {
    this.schema.dropTable('undos')
  }
}
