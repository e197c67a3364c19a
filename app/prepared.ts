import type { Database } from '@adonisjs/lucid/database'
import type { Trx } from '#transaction'
import { turn } from './turn.ts'

/**
 * Statements of the way that each mail goes, without the query builder, which takes longer to write most of them than the
 * database takes to run them. Those that change something are inside a transaction, values stand for `?`, and names of columns that
 * are words of SQL are in double quotes: so both databases take them. On SQLite they run at once, on PostgreSQL they are asked for.
 */

export type Value = string | number | bigint | boolean | null | Uint8Array

/** What better-sqlite3 gives; the connection keeps statements prepared (database/connection.ts). */
interface Handle {
  prepare(sql: string): {
    run(values: Value[]): { changes: number }
    all(values: Value[]): unknown[]
  }
}

interface PostgresResult {
  rows: unknown[]
  rowCount: number | null
}

/** Rows in one INSERT, well below the 65,535 values that PostgreSQL takes. */
const ROWS_AT_ONCE = 500

const handles = new WeakMap<Trx, Handle>()

const isPostgres = (trx: Trx) => trx.dialect.name === 'postgres'

/** The handle of a transaction that has asked for it before. Without a promise, since each mail asks for it forty times. */
function known(trx: Trx): Handle | undefined {
  if (trx.isCompleted) throw new Error('The transaction has ended')
  return handles.get(trx)
}

async function acquired(trx: Trx): Promise<Handle> {
  const handle: Handle = await trx.knexClient.client.acquireConnection()
  handles.set(trx, handle)
  return handle
}

/** Lucid's type leaves null out, which it takes. */
const ask = <Result>(source: Trx | Database, sql: string, values: Value[]): Promise<Result> =>
  source.rawQuery(sql, values as string[])

/** SQLite has no booleans. */
const plain = (values: Value[]) =>
  values.some((value) => typeof value === 'boolean')
    ? values.map((value) => (typeof value === 'boolean' ? Number(value) : value))
    : values

/** Runs a statement that changes rows. @returns how many it changed */
export async function change(trx: Trx, sql: string, values: Value[] = []): Promise<number> {
  if (isPostgres(trx)) {
    const { rowCount } = await ask<PostgresResult>(trx, sql, values)
    return rowCount ?? 0
  }
  const handle = known(trx) ?? (await acquired(trx))
  const others = turn(trx)
  if (others) await others
  return handle.prepare(sql).run(plain(values)).changes
}

/** Runs a statement that gives rows, a change with RETURNING too. */
export async function rows<Row>(
  source: Trx | Database,
  sql: string,
  values: Value[] = []
): Promise<Row[]> {
  if ('isTransaction' in source && !isPostgres(source)) {
    const handle = known(source) ?? (await acquired(source))
    const others = turn(source)
    if (others) await others
    return handle.prepare(sql).all(plain(values)) as Row[]
  }
  const found = await ask<PostgresResult | Row[]>(source, sql, values)
  return Array.isArray(found) ? found : (found.rows as Row[])
}

/** What locks the rows that a SELECT gives, until the transaction ends; on SQLite each one is alone. */
export const forUpdate = (trx: Trx) => (isPostgres(trx) ? ' FOR UPDATE' : '')

interface Text {
  about: string
  columns: string[]
  sql: string
}

/** By table. */
const texts = new Map<string, Text[]>()

/** Texts kept for a table: those of each mail come first, and rarer ones have any number of rows. */
const MOST_TEXTS = 50

/**
 * The text of a statement with these columns, written once: it is asked for forty times per mail, and whoever keeps prepared
 * statements finds the same string sooner than an equal one.
 *
 * @param about what tells this statement from others of the table, but for its columns
 */
function written(table: string, about: string, columns: string[], write: () => string): string {
  const kept = texts.get(table)
  const same = kept?.find((one) => one.about === about && isSame(one.columns, columns))
  if (same) return same.sql
  const text = { about, columns, sql: write() }
  if (!kept) texts.set(table, [text])
  else if (kept.length < MOST_TEXTS) kept.push(text)
  return text.sql
}

const isSame = (some: string[], others: string[]) =>
  some.length === others.length && some.every((one, position) => one === others[position])

const valuesOf = (record: Record<string, Value | undefined>, columns: string[]): Value[] =>
  columns.map((name) => record[name]!)

/** Sets columns of the rows that `where` names. @returns how many rows it changed */
export function update(
  trx: Trx,
  table: string,
  changes: Record<string, Value>,
  where: string,
  values: Value[]
): Promise<number> {
  const columns = Object.keys(changes)
  const sql = written(table, where, columns, () => {
    const set = columns.map((name) => `"${name}" = ?`).join(', ')
    return `UPDATE "${table}" SET ${set} WHERE ${where}`
  })
  return change(trx, sql, [...Object.values(changes), ...values])
}

/** The beginning of a statement, with places for so many rows. */
function insertInto(table: string, columns: string[], count = 1): string {
  const places = `(${columns.map(() => '?').join(', ')})`
  const names = columns.map((name) => `"${name}"`).join(', ')
  return `INSERT INTO "${table}" (${names}) VALUES ${Array(count).fill(places).join(', ')}`
}

/** Inserts a row, unless there is one with the same key. @returns whether it did */
export async function insertNew(
  trx: Trx,
  table: string,
  record: Record<string, Value>
): Promise<boolean> {
  const columns = Object.keys(record)
  const sql = written(table, 'new', columns, () => {
    return `${insertInto(table, columns)} ON CONFLICT DO NOTHING`
  })
  return (await change(trx, sql, Object.values(record))) > 0
}

/** Inserts a row into a table that numbers its rows. @returns its id */
export async function insertNumbered(
  trx: Trx,
  table: string,
  record: Record<string, Value | undefined>
): Promise<number> {
  const columns = Object.keys(record).filter((name) => record[name] !== undefined)
  const sql = written(table, 'numbered', columns, () => {
    return `${insertInto(table, columns)} RETURNING id`
  })
  const [made] = await rows<{ id: number }>(trx, sql, valuesOf(record, columns))
  return made!.id
}

/** Inserts rows that all have the columns of the first. */
export async function insert(
  trx: Trx,
  table: string,
  records: Record<string, Value>[]
): Promise<void> {
  const [first] = records
  if (!first) return
  const columns = Object.keys(first)
  const handle = isPostgres(trx) ? undefined : (known(trx) ?? (await acquired(trx)))
  // On SQLite one statement per row is as fast, and stays prepared whatever their number.
  if (handle) {
    const sql = written(table, 'row', columns, () => insertInto(table, columns))
    const statement = handle.prepare(sql)
    for (const record of records) {
      const others = turn(trx)
      if (others) await others
      statement.run(plain(valuesOf(record, columns)))
    }
    return
  }
  for (let start = 0; start < records.length; start += ROWS_AT_ONCE) {
    const some = records.slice(start, start + ROWS_AT_ONCE)
    const sql = written(table, `${some.length} rows`, columns, () => {
      return insertInto(table, columns, some.length)
    })
    await change(
      trx,
      sql,
      some.flatMap((record) => valuesOf(record, columns))
    )
  }
}
