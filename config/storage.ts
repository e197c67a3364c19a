import { resolve } from 'node:path'
import env from '#start/env'

/** Where things lie. Paths are absolute; relative ones count from the folder the process started in. */

const dataDir = resolve(env.get('DATA_DIR') ?? 'data')

const storageConfig = {
  dataDir,
  keysDir: resolve(env.get('KEYS_DIR') ?? `${dataDir}/keys`),
  blobsDir: `${dataDir}/blobs`,
  checkpointsDir: `${dataDir}/checkpoints`,
  databaseFile: `${dataDir}/webtresor.sqlite3`,
  databaseUrl: env.get('DATABASE_URL'),
  queueUrl: env.get('QUEUE_URL'),
  /** File with the armored OpenPGP public key whose private half is kept off-line. */
  recoveryKeyFile: env.get('RECOVERY_KEY'),
}

export default storageConfig
