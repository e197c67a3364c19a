import { BaseSchema } from '@adonisjs/lucid/schema'

/** Files on their way into vaults, who may go on with them, and who is writing right now. */
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('uploads', (table) => {
      table.string('id', 43).primary()
      table.string('blob', 36).notNullable()
      table.bigInteger('length').notNullable()
      table.text('name').notNullable()
      table.string('type', 255).notNullable()
      // JSON: names of folders below the one it goes to.
      table.text('path').notNullable()
      table.string('conflict', 10).notNullable()
      // As the client sent it; it is told again.
      table.text('metadata').notNullable()
      // Whose it is: an account, and the vault it goes to …
      table.integer('user_id').nullable()
      table.integer('vault_id').nullable()
      table.integer('vault_number').nullable()
      table.integer('folder_id').nullable()
      // … or the link through which somebody sends files back, and where these go (JSON).
      table.uuid('link_id').nullable()
      table.text('returned').nullable()
      table.bigInteger('begun_at').notNullable()
      table.bigInteger('active_at').notNullable()
      table.bigInteger('done_at').nullable()
      table.index(['active_at'])
      table.index(['link_id', 'begun_at'])
    })
    this.schema.createTable('upload_locks', (table) => {
      table.string('id', 43).primary()
      table.uuid('holder').notNullable()
      table.bigInteger('until').notNullable()
      table.boolean('wanted').notNullable()
    })
    this.schema.createTable('upload_tickets', (table) => {
      table.string('ticket_hash', 64).primary()
      table.integer('user_id').nullable()
      table.integer('vault_number').nullable()
      table.integer('folder_id').nullable()
      table.uuid('link_id').nullable()
      table.text('returned').nullable()
      table.bigInteger('expires_at').notNullable().index()
    })
  }

  async down() {
    for (const name of ['upload_tickets', 'upload_locks', 'uploads']) this.schema.dropTable(name)
  }
}
