import { BaseSchema } from '@adonisjs/lucid/schema'

/** Mails that Webtresor itself sends. Content goes when a mail has left; that it left stays. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('outbox', (table) => {
      table.uuid('id').primary()
      table.string('kind', 40).notNullable()
      table.string('recipient', 320).nullable()
      table.string('locale', 5).notNullable()
      table.text('subject').nullable()
      table.text('body_text').nullable()
      table.text('body_html').nullable()
      table.integer('number').nullable()
      table.string('state', 20).notNullable()
      table.integer('attempts').notNullable()
      table.string('last_reply', 1000).nullable()
      table.bigInteger('next_at').nullable()
      table.bigInteger('queued_at').notNullable()
      table.bigInteger('final_at').nullable()
      table.index(['state', 'next_at'])
      table.unique(['kind', 'number', 'recipient'])
    })
  }

  async down() {
    this.schema.dropTable('outbox')
  }
}
