import type { Database } from '@adonisjs/lucid/database'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { createHash } from 'node:crypto'
import { IntegrityError, Refused } from '#errors'

/** Rows in memory at a time. */
const PAGE = 500

/** What a table holds, whatever the order of its rows: their number, and their digests added up (hex). */
interface Content {
  rows: number
  digest: string
}

export interface MovedTable extends Content {
  name: string
}

type Row = Record<string, unknown>

interface Column {
  table_name: string
  column_name: string
  data_type: string
  column_default: string | null
}

interface ForeignKey {
  table: string
  name: string
}

/**
 * Copies every row from an SQLite database to a PostgreSQL one, in one transaction: either all of it is there afterwards and
 * equal to the last byte, or nothing. Nobody may write to either meanwhile.
 *
 * @param from migrated as far as `to` is
 * @param to nobody's rows in it but those that migrations put there
 * @param told is called after each table
 * @throws Refused `E_NOT_EMPTY` when somebody has worked on `to`; IntegrityError `E_MOVED_DIFFERS` when a table is not equal
 *   afterwards; errors of the databases
 */
export async function moveRows(
  from: Database,
  to: Database,
  told: (table: MovedTable) => void
): Promise<void> {
  await to.transaction(async (trx) => {
    const columns = await columnsOf(trx)
    await refuseUsed(trx)
    // Rows come in the order in which they were made, and may name others that come later.
    const keys = await foreignKeysOf(trx)
    for (const { table, name } of keys) {
      await trx.rawQuery(
        `ALTER TABLE "${table}" ALTER CONSTRAINT "${name}" DEFERRABLE INITIALLY DEFERRED`
      )
    }
    for (const [table, own] of Map.groupBy(columns, (column) => column.table_name)) {
      const source = await copy(from, trx, table, own)
      const target = await contentOf(rowsOf(trx, table))
      if (source.rows !== target.rows || source.digest !== target.digest) {
        throw new IntegrityError(
          'E_MOVED_DIFFERS',
          `Table ${table} came out differently: ${source.rows} rows ${source.digest}, then ${target.rows} rows ${target.digest}`
        )
      }
      await continueSequences(trx, table, own)
      told({ name: table, ...target })
    }
    await trx.rawQuery('SET CONSTRAINTS ALL IMMEDIATE')
    for (const { table, name } of keys) {
      await trx.rawQuery(`ALTER TABLE "${table}" ALTER CONSTRAINT "${name}" NOT DEFERRABLE`)
    }
  })
}

/** Our tables; the migrations' own stay as each database's migrations wrote them. */
async function columnsOf(trx: TransactionClientContract): Promise<Column[]> {
  const { rows } = (await trx.rawQuery(
    `SELECT table_name, column_name, data_type, column_default FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name NOT LIKE 'adonis\\_schema%'
     ORDER BY table_name, ordinal_position`
  )) as { rows: Column[] }
  return rows
}

async function foreignKeysOf(trx: TransactionClientContract): Promise<ForeignKey[]> {
  const { rows } = (await trx.rawQuery(
    `SELECT conrelid::regclass::text AS "table", conname AS name FROM pg_constraint
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`
  )) as { rows: ForeignKey[] }
  return rows.map(({ table, name }) => ({ table: table.replaceAll('"', ''), name }))
}

/** Every mail, sign-in and setting leaves an entry in the ledger or an account. */
async function refuseUsed(trx: TransactionClientContract): Promise<void> {
  for (const table of ['ledger_entries', 'users', 'messages', 'blobs']) {
    if (await trx.from(table).first()) {
      throw new Refused(
        'E_NOT_EMPTY',
        `The database to move to is not empty: there are rows in ${table}. Name an empty one`
      )
    }
  }
}

/** Replaces what migrations put into the table by what is in `from`. */
async function copy(
  from: Database,
  trx: TransactionClientContract,
  table: string,
  columns: Column[]
): Promise<Content> {
  const booleans = columns.filter(({ data_type }) => data_type === 'boolean')
  const known = await trx.from(table).first()
  if (known) await trx.from(table).delete()
  return contentOf(
    (async function* () {
      for (let last = 0; ;) {
        const rows: Row[] = await from
          .from(table)
          .select('*', from.raw('rowid AS moved_row'))
          .where('rowid', '>', last)
          .orderBy('rowid')
          .limit(PAGE)
        if (rows.length === 0) return
        last = Number(rows.at(-1)!.moved_row)
        for (const row of rows) {
          delete row.moved_row
          for (const { column_name: name } of booleans) {
            if (row[name] !== null) row[name] = Boolean(row[name])
          }
        }
        await trx.table(table).multiInsert(rows)
        yield rows
      }
    })()
  )
}

/** All rows of a table, a page at a time, in no order. */
async function* rowsOf(trx: TransactionClientContract, table: string): AsyncGenerator<Row[]> {
  await trx.rawQuery(`DECLARE moved NO SCROLL CURSOR FOR SELECT * FROM "${table}"`)
  for (;;) {
    const { rows } = (await trx.rawQuery(`FETCH ${PAGE} FROM moved`)) as { rows: Row[] }
    if (rows.length === 0) break
    yield rows
  }
  await trx.rawQuery('CLOSE moved')
}

async function contentOf(pages: AsyncIterable<Row[]>): Promise<Content> {
  let rows = 0
  let sum = 0n
  for await (const page of pages) {
    rows += page.length
    for (const row of page) sum += BigInt(`0x${digestOf(row)}`)
  }
  return { rows, digest: BigInt.asUintN(256, sum).toString(16).padStart(64, '0') }
}

function digestOf(row: Row): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(row).sort()) hash.update(`${name}=${written(row[name])}\n`)
  return hash.digest('hex')
}

/** A value as text, so that different ones never look the same. */
function written(value: unknown): string {
  if (Buffer.isBuffer(value)) return `bytes ${value.toString('hex')}`
  return JSON.stringify(value)
}

/** The next row gets the number behind the last. */
async function continueSequences(
  trx: TransactionClientContract,
  table: string,
  columns: Column[]
): Promise<void> {
  const numbered = columns.filter(({ column_default: given }) => given?.startsWith('nextval('))
  for (const { column_name: column } of numbered) {
    await trx.rawQuery(
      `SELECT setval(pg_get_serial_sequence(?, ?), (SELECT coalesce(max("${column}"), 0) + 1 FROM "${table}"), false)`,
      [`"${table}"`, column]
    )
  }
}
