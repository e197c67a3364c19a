import { BaseSchema } from '@adonisjs/lucid/schema'

/** Secure links: what each pins, who proved to be its recipient, and what was fetched through it. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('links', (table) => {
      table.uuid('id').primary()
      table.integer('number').notNullable()
      table.string('original', 64).notNullable()
      table.string('recipient', 320).notNullable()
      table.string('sender', 320).notNullable()
      table.string('sender_name', 400).nullable()
      table.text('subject').notNullable()
      table.bigInteger('sent_at').notNullable()
      table.boolean('shared_mailbox').notNullable()
      table.integer('generation').notNullable()
      table.string('token_hash', 64).notNullable().unique()
      table.bigInteger('issued_at').notNullable()
      table.bigInteger('expires_at').notNullable()
      table.bigInteger('revoked_at').nullable()
      table.bigInteger('code_requested_at').nullable()
      table.bigInteger('confirmed_at').nullable()
      table.bigInteger('fetched_at').nullable()
      table.bigInteger('wanted_at').nullable()
      table.bigInteger('reminded_at').nullable()
      table.unique(['number', 'recipient'])
    })
    this.schema.createTable('link_files', (table) => {
      table.uuid('link_id').notNullable().references('links.id')
      table.integer('position').notNullable()
      table.uuid('blob').notNullable()
      table.text('name').notNullable()
      table.bigInteger('size').notNullable()
      table.string('sha256', 64).notNullable()
      table.bigInteger('crc32').notNullable()
      table.string('type', 255).notNullable()
      table.primary(['link_id', 'position'])
    })
    this.schema.createTable('link_codes', (table) => {
      table.uuid('id').primary()
      table.uuid('link_id').notNullable().references('links.id')
      table.string('code_hash', 64).notNullable()
      table.bigInteger('requested_at').notNullable()
      table.bigInteger('expires_at').notNullable()
      table.integer('tries').notNullable()
      table.bigInteger('ended_at').nullable()
      table.string('address', 64).nullable()
      table.string('tried_from', 64).nullable()
      table.bigInteger('tried_at').nullable()
      table.index(['link_id', 'requested_at'])
      table.index(['address', 'requested_at'])
      table.index(['tried_from', 'tried_at'])
    })
    this.schema.createTable('link_devices', (table) => {
      table.string('device_hash', 64).notNullable()
      table.string('mailbox', 320).notNullable()
      table.boolean('remembered').notNullable()
      table.bigInteger('confirmed_at').notNullable()
      table.bigInteger('expires_at').notNullable()
      table.string('address', 64).nullable()
      table.primary(['device_hash', 'mailbox'])
    })
    this.schema.createTable('link_tickets', (table) => {
      table.string('ticket_hash', 64).primary()
      table.uuid('link_id').notNullable().references('links.id')
      table.integer('position').nullable()
      table.string('device_hash', 64).notNullable().index()
      table.boolean('by_recipient').notNullable()
      table.bigInteger('issued_at').notNullable()
      table.bigInteger('expires_at').notNullable()
      table.bigInteger('first_used_at').nullable()
      table.bigInteger('completed_at').nullable()
      table.text('sent').notNullable()
    })
    this.schema.createTable('link_downloads', (table) => {
      table.increments('id')
      table.uuid('link_id').notNullable().references('links.id')
      table.integer('position').notNullable()
      table.string('ticket_hash', 64).notNullable().index()
      table.bigInteger('started_at').notNullable()
      table.bigInteger('completed_at').nullable()
      table.bigInteger('bytes').notNullable()
      table.string('address', 64).nullable()
      table.index(['link_id', 'started_at'])
    })
  }

  async down() {
    for (const name of [
      'link_downloads',
      'link_tickets',
      'link_devices',
      'link_codes',
      'link_files',
      'links',
    ]) {
      this.schema.dropTable(name)
    }
  }
}
