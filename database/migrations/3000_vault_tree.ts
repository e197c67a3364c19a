import { BaseSchema } from '@adonisjs/lucid/schema'
import { moveOldFiles } from '../old_vault_files.ts'

/** Sorts by bytes in both databases, so that pages by key come out alike. */
const SORTED = ['sort_name', 'extension', 'made_by_name', 'changed_by_name']

/** What a folder can be sorted by; each list is one walk along an index, for a contributor too. */
const SORTS = ['sort_name', 'changed_at', 'extension', 'size', 'made_by_name', 'changed_by_name']

/** Columns of a vault. */
const ADDED = [
  'owner_id integer REFERENCES users (id)',
  'quota bigint',
  'used bigint NOT NULL DEFAULT 0',
  'reserved bigint NOT NULL DEFAULT 0',
  'changed_at bigint NOT NULL DEFAULT 0',
  'archived_at bigint',
  'trashed_at bigint',
]

/** Vaults as shared trees: one table of folders and files, versions, members, what happened. */
export default class extends BaseSchema {
  async up() {
    this.#vaults()
    this.#entries()
    this.#versions()
    this.#people()
    const postgres = this.db.dialect.name === 'postgres'
    for (const column of postgres ? SORTED : []) {
      this.schema.raw(`ALTER TABLE entries ALTER COLUMN ${column} TYPE text COLLATE "C"`)
    }
    // Names are looked up in it while rows come in.
    this.schema.raw(
      'CREATE UNIQUE INDEX entries_name ON entries (vault_id, parent_id, name_key) WHERE trashed_at IS NULL'
    )
    this.defer(async (db) => {
      await moveOldFiles(db)
      const [last] = (await db.from('vaults').max('number as number')) as {
        number: number | null
      }[]
      const value = Math.max(10_000, last?.number ?? 0)
      await db.table('counters').insert({ name: 'vault', value })
    })
    this.#indexes()
    for (const name of ['files', 'folders']) this.schema.dropTable(name)
  }

  /** Folders and files as they were before; older versions, members and what happened are lost. */
  async down() {
    this.#oldTables()
    this.schema.raw(
      `INSERT INTO folders (id, vault_id, parent_id, name, message_number, made_at)
       SELECT id, vault_id, NULLIF(parent_id, 0), name, message_number, made_at
       FROM entries WHERE kind = 'folder' AND purged_at IS NULL`
    )
    this.schema.raw(
      `INSERT INTO files (id, vault_id, folder_id, name, type, blob, size, sha256, crc32, verdict, verdict_detail,
         made_by, made_at, message_number, part, retired_at, shredded_at)
       SELECT entries.id, entries.vault_id, NULLIF(entries.parent_id, 0), entries.name, versions.type, versions.blob,
         versions.size, versions.sha256, versions.crc32, versions.verdict, versions.verdict_detail,
         entries.made_by_name, entries.made_at, entries.message_number, entries.part, versions.retired_at,
         versions.shredded_at
       FROM entries JOIN versions ON versions.entry_id = entries.id AND versions.number = entries.version
       WHERE entries.purged_at IS NULL AND versions.sha256 IS NOT NULL`
    )
    for (const name of ['activities', 'memberships', 'versions', 'entries']) {
      this.schema.dropTable(name)
    }
    for (const column of ADDED.toReversed()) {
      this.schema.raw(`ALTER TABLE vaults DROP COLUMN ${column.split(' ')[0]}`)
    }
    this.schema.raw(`DELETE FROM counters WHERE name = 'vault'`)
  }

  #oldTables() {
    this.schema.createTable('folders', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.integer('parent_id').nullable().references('folders.id')
      table.text('name').notNullable()
      table.integer('message_number').nullable()
      table.bigInteger('made_at').notNullable()
      table.unique(['vault_id', 'message_number'])
      table.index(['vault_id', 'parent_id', 'id'])
    })
    this.schema.createTable('files', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.integer('folder_id').nullable().references('folders.id')
      table.text('name').notNullable()
      table.string('type', 255).notNullable()
      table.uuid('blob').notNullable()
      table.bigInteger('size').notNullable()
      table.string('sha256', 64).notNullable()
      table.bigInteger('crc32').notNullable()
      table.string('verdict', 20).notNullable()
      table.text('verdict_detail').nullable()
      table.text('made_by').notNullable()
      table.bigInteger('made_at').notNullable()
      table.integer('message_number').nullable()
      table.string('part', 200).nullable()
      table.bigInteger('retired_at').nullable()
      table.bigInteger('shredded_at').nullable()
      table.unique(['message_number', 'part'])
      table.index(['folder_id', 'id'])
      table.index(['blob'])
      table.index(['retired_at', 'shredded_at'])
    })
  }

  /** By plain SQL: to add a reference, the builder makes SQLite's table anew, which others refer to. */
  #vaults() {
    for (const column of ADDED) this.schema.raw(`ALTER TABLE vaults ADD COLUMN ${column}`)
    this.schema.raw('UPDATE vaults SET changed_at = opened_at')
  }

  #entries() {
    this.schema.createTable('entries', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      // 0 at the top level: NULL would be unlike itself in the index of names.
      table.integer('parent_id').notNullable()
      table.string('kind', 6).notNullable()
      table.text('name').notNullable()
      table.text('name_key').notNullable()
      table.text('sort_name').notNullable()
      table.text('extension').notNullable()
      table.string('type', 255).nullable()
      table.bigInteger('size').notNullable()
      // Number of the version that is shown; folders have none.
      table.integer('version').nullable()
      table.integer('made_by_id').nullable()
      table.text('made_by_name').notNullable()
      table.bigInteger('made_at').notNullable()
      table.integer('changed_by_id').nullable()
      table.text('changed_by_name').notNullable()
      table.bigInteger('changed_at').notNullable()
      table.bigInteger('trashed_at').nullable()
      table.integer('trashed_by_id').nullable()
      table.text('trashed_by_name').nullable()
      table.uuid('trash_batch').nullable()
      // What was removed itself, and not with the folder that it lay in.
      table.boolean('trash_root').notNullable().defaultTo(false)
      table.bigInteger('purged_at').nullable()
      table.integer('locked_by_id').nullable()
      table.text('locked_by_name').nullable()
      table.bigInteger('locked_at').nullable()
      table.bigInteger('lock_until').nullable()
      table.integer('message_number').nullable()
      table.string('part', 200).nullable()
    })
  }

  #versions() {
    this.schema.createTable('versions', (table) => {
      table.increments('id')
      table.integer('entry_id').notNullable().references('entries.id')
      table.integer('number').notNullable()
      table.uuid('blob').notNullable()
      table.bigInteger('size').notNullable()
      table.string('sha256', 64).nullable()
      table.bigInteger('crc32').nullable()
      table.string('type', 255).notNullable()
      table.string('verdict', 20).notNullable()
      table.text('verdict_detail').nullable()
      table.integer('released_by_id').nullable()
      table.text('released_by_name').nullable()
      table.bigInteger('released_at').nullable()
      table.text('released_reason').nullable()
      table.integer('made_by_id').nullable()
      table.text('made_by_name').notNullable()
      table.bigInteger('made_at').notNullable()
      table.bigInteger('retired_at').nullable()
      table.bigInteger('shredded_at').nullable()
    })
  }

  #people() {
    this.schema.createTable('memberships', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.integer('user_id').notNullable().references('users.id')
      table.string('role', 20).notNullable()
      table.bigInteger('since').notNullable()
      table.bigInteger('until').nullable()
      table.string('notify', 20).notNullable()
      table.bigInteger('last_visit_at').nullable()
      table.bigInteger('notified_at').nullable()
      table.unique(['vault_id', 'user_id'])
      table.index(['user_id', 'vault_id'])
    })
    this.schema.createTable('activities', (table) => {
      table.increments('id')
      table.integer('vault_id').notNullable().references('vaults.id')
      table.bigInteger('at').notNullable()
      table.integer('actor_id').nullable()
      table.text('actor_name').notNullable()
      table.string('what', 30).notNullable()
      table.integer('entry_id').nullable()
      // Who put in what it is about: contributors see their own only.
      table.integer('maker_id').nullable()
      table.text('names').notNullable()
      table.text('details').notNullable()
      table.index(['vault_id', 'id'])
      table.index(['entry_id', 'id'])
    })
  }

  /** After the rows, which come in faster without them. */
  #indexes() {
    const live = 'WHERE trashed_at IS NULL'
    const indexes = [
      ...SORTS.map(
        (key) =>
          `CREATE INDEX entries_by_${key} ON entries (vault_id, parent_id, kind, ${key}, id, made_by_id) ${live}`
      ),
      `CREATE INDEX entries_own ON entries (vault_id, made_by_id, parent_id) ${live}`,
      'CREATE INDEX entries_trash ON entries (vault_id, trashed_at, id) WHERE trash_root AND purged_at IS NULL',
      'CREATE INDEX entries_batch ON entries (trash_batch, parent_id) WHERE trash_batch IS NOT NULL',
      'CREATE UNIQUE INDEX entries_part ON entries (message_number, part) WHERE part IS NOT NULL',
      `CREATE UNIQUE INDEX entries_message ON entries (vault_id, message_number) WHERE message_number IS NOT NULL AND kind = 'folder'`,
      'CREATE UNIQUE INDEX versions_number ON versions (entry_id, number)',
      'CREATE INDEX versions_blob ON versions (blob)',
      'CREATE INDEX versions_retired ON versions (id) WHERE retired_at IS NOT NULL AND shredded_at IS NULL',
    ]
    for (const statement of indexes) this.schema.raw(statement)
  }
}
