import { BaseSchema } from '@adonisjs/lucid/schema'
import { appendOnly } from '../append_only.ts'

/** Archived messages: originals that never change, and what is known and happening about each. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('counters', (table) => {
      table.string('name', 20).primary()
      table.integer('value').notNullable()
    })
    this.schema.createTable('originals', (table) => {
      table.integer('number').primary()
      table.uuid('blob').notNullable()
      table.string('sha256', 64).notNullable()
      table.bigInteger('size').notNullable()
      table.bigInteger('received_at').notNullable()
    })
    this.schema.createTable('messages', (table) => {
      table.integer('number').primary()
      table.string('state', 20).notNullable()
      table.string('reason', 60).nullable()
      table.text('explanation').nullable()
      table.string('mail_from', 320).notNullable()
      table.string('sender', 320).notNullable()
      table.string('client_address', 45).notNullable()
      table.string('helo', 255).notNullable()
      table.boolean('smtp_utf8').notNullable()
      table.boolean('trusted').notNullable()
      table.boolean('automatic').notNullable()
      table.text('subject').notNullable()
      table.text('from_name').nullable()
      table.text('from_address').nullable()
      table.text('to_header').notNullable()
      table.text('message_id').nullable()
      table.bigInteger('sent_at').nullable()
      table.bigInteger('received_at').notNullable()
      table.bigInteger('size').notNullable()
      table.text('words').notNullable()
      table.text('plan').nullable()
      table.integer('attachments').notNullable().defaultTo(0)
      table.string('verdict', 20).nullable()
      table.integer('lease').notNullable().defaultTo(0)
      table.bigInteger('lease_until').nullable()
      table.integer('attempts').notNullable().defaultTo(0)
      table.bigInteger('next_at').nullable()
      table.string('override', 20).notNullable().defaultTo('none')
      table.index(['sender', 'number'])
      table.index(['state', 'number'])
      table.index(['next_at'])
    })
    this.schema.createTable('parts', (table) => {
      table.integer('number').notNullable()
      table.string('path', 200).notNullable()
      table.integer('position').notNullable()
      table.string('type', 200).notNullable()
      table.text('filename').nullable()
      table.string('encoding', 40).notNullable()
      table.string('charset', 60).nullable()
      table.string('disposition', 40).nullable()
      table.bigInteger('start').notNullable()
      table.bigInteger('body_start').notNullable()
      table.bigInteger('body_end').notNullable()
      table.bigInteger('end').notNullable()
      table.string('action', 20).notNullable()
      table.string('reason', 60).notNullable()
      table.bigInteger('size').nullable()
      table.string('sha256', 64).nullable()
      table.string('verdict', 20).nullable()
      table.text('verdict_detail').nullable()
      table.primary(['number', 'path'])
    })
    this.defer(async (db) => {
      await db.table('counters').insert({ name: 'message', value: 0 })
      for (const statement of appendOnly('originals', db.dialect.name)) await db.rawQuery(statement)
    })
  }

  async down() {
    for (const name of ['parts', 'messages', 'originals', 'counters']) this.schema.dropTable(name)
  }
}
