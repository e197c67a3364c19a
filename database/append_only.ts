/**
 * Statements that make `table` append-only: UPDATE and DELETE fail, on PostgreSQL TRUNCATE too.
 *
 * SQLite fires the triggers for `INSERT OR REPLACE` only with `PRAGMA recursive_triggers = ON`, which
 * `connection.ts` sets. They guard against mistakes and against a stolen application; whoever may change
 * the schema can drop them, and is found by `archive:verify`.
 *
 * @param dialect Lucid's name of the dialect
 */
export function appendOnly(table: string, dialect: string): string[] {
  return dialect === 'postgres' ? onPostgres(table) : onSqlite(table)
}

function onSqlite(table: string): string[] {
  return ['UPDATE', 'DELETE'].map(
    (verb) => `
      CREATE TRIGGER ${table}_refuses_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`
  )
}

function onPostgres(table: string): string[] {
  return [
    `CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`,
    `CREATE TRIGGER ${table}_refuses_change BEFORE UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
    `CREATE TRIGGER ${table}_refuses_truncate BEFORE TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ]
}
