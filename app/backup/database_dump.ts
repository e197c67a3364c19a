import { spawn } from 'node:child_process'
import type { Database } from '@adonisjs/lucid/database'
import { PermanentError } from '#errors'

/** Writes the SQLite database, as it is at one moment, into a new file (SQLite, VACUUM INTO). */
export async function dumpSqlite(db: Database, file: string): Promise<void> {
  await db.rawQuery('VACUUM INTO ?', [file])
}

/** Writes the PostgreSQL database, as it is at one moment, into a new file. @throws PermanentError `E_PG_DUMP` */
export function dumpPostgres(url: string, file: string): Promise<void> {
  return run('pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`], url)
}

/** Fills an empty PostgreSQL database, wholly or not at all. @throws PermanentError `E_PG_DUMP` */
export function loadPostgres(url: string, file: string): Promise<void> {
  const args = ['--no-owner', '--no-privileges', '--single-transaction', '--exit-on-error']
  return run('pg_restore', [...args, `--dbname=${databaseOf(url)}`, file], url)
}

const databaseOf = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1))

/** The password goes by the environment: arguments are seen by everybody on the machine. */
async function run(program: string, args: string[], url: string): Promise<void> {
  const { hostname, port, username, password } = new URL(url)
  const child = spawn(program, args, {
    env: {
      ...process.env,
      PGHOST: hostname,
      PGPORT: port || '5432',
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: databaseOf(url),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  const reason = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => resolve(code === 0 ? undefined : said.trim() || `exit ${code}`))
  })
  if (reason === undefined) return
  throw new PermanentError(
    'E_PG_DUMP',
    `${program} failed: ${reason}. It comes with PostgreSQL's client programs, in a version not below the server's`
  )
}
