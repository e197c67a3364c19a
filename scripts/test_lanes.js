/**
 * What runs beside the main lane, in which the suites on SQLite and the browser are: suites on PostgreSQL wait for their database
 * half of the time, and processes of their own for each other.
 */
export const DATABASE_LANE = 'database'
export const PROCESS_LANE = 'process'
