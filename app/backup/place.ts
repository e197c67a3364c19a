/** Where an installation keeps what it has. */
export interface Place {
  /** `postgres://…`, or nothing where `databaseFile` is the database. */
  databaseUrl: string | undefined
  databaseFile: string
  blobsDir: string
  checkpointsDir: string
  keysDir: string
}
