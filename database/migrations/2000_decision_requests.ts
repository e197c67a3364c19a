import { BaseSchema } from '@adonisjs/lucid/schema'

/** Decisions that one administrator asked for and another has still to confirm. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('decision_requests', (table) => {
      table.integer('number').primary()
      table.string('verb', 20).notNullable()
      table.integer('actor').notNullable()
      table.text('why').notNullable()
      // Of the message when it was asked for: another value means that it was worked on since.
      table.integer('lease').notNullable()
      table.bigInteger('asked_at').notNullable()
    })
  }

  async down() {
    this.schema.dropTable('decision_requests')
  }
}
