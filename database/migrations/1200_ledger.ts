import { BaseSchema } from '@adonisjs/lucid/schema'
import { appendOnly } from '../append_only.ts'

/** The ledger: entries and the nodes of their Merkle tree, which never change; details, which may be erased; the head. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('ledger_entries', (table) => {
      table.bigInteger('index').primary()
      table.string('type', 20).notNullable()
      table.bigInteger('number').nullable()
      table.bigInteger('at').notNullable()
      table.string('original', 64).nullable()
      table.string('detail_hash', 64).notNullable()
      table.text('leaf').notNullable()
      table.binary('hash', 32).notNullable()
      table.index(['number', 'index'])
      table.index(['type', 'index'])
    })
    this.schema.createTable('ledger_nodes', (table) => {
      table.integer('level').notNullable()
      table.bigInteger('index').notNullable()
      table.binary('hash', 32).notNullable()
      table.primary(['level', 'index'])
    })
    this.schema.createTable('details', (table) => {
      table.bigInteger('entry').primary().references('ledger_entries.index')
      table.string('salt', 64).notNullable()
      table.text('detail').notNullable()
    })
    this.schema.createTable('ledger_head', (table) => {
      table.integer('id').primary().checkIn(['1'])
      table.bigInteger('size').notNullable()
      table.text('edge').notNullable()
      table.text('checkpoint').nullable()
    })
    this.schema.raw(`INSERT INTO ledger_head (id, size, edge) VALUES (1, 0, '')`)

    for (const name of ['ledger_entries', 'ledger_nodes']) {
      for (const statement of appendOnly(name, this.db.dialect.name)) this.schema.raw(statement)
    }
  }

  async down() {
    for (const name of ['ledger_head', 'details', 'ledger_nodes', 'ledger_entries']) {
      this.schema.dropTable(name)
    }
  }
}
