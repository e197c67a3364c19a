import { BaseSchema } from '@adonisjs/lucid/schema'

/** What the installation has learned about itself and must not forget, by name. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('settings', (table) => {
      table.string('key', 100).primary()
      table.text('value').notNullable()
    })
  }

  async down() {
    this.schema.dropTable('settings')
  }
}
