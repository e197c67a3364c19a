/** Runs a PostgreSQL until stdin ends; the one line it prints is its URL. */
import { once } from 'node:events'
import { startPostgres } from './postgres.ts'

const server = await startPostgres()
console.log(server.url)
await once(process.stdin.resume(), 'end')
await server.stop()
