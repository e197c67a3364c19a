import { PermanentError } from '#errors'
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import env from '#start/env'

/** Where things lie. Paths are absolute; relative ones count from the folder the process started in. */

const dataDir = resolve(env.get('DATA_DIR') ?? 'data')
const keysDir = resolve(env.get('KEYS_DIR') ?? `${dataDir}/keys`)
const recoveryKeyFile = env.get('RECOVERY_KEY')

function attempt(name: string, path: string, what: string, work: () => void) {
  try {
    work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new PermanentError('E_CONFIGURATION', `${name}=${path} ${what} (${code})`, {
      cause: error,
    })
  }
}

function folder(name: string, path: string) {
  attempt(name, path, 'is not a folder that can be written', () => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.W_OK)
  })
}

folder('DATA_DIR', dataDir)
folder('KEYS_DIR', keysDir)
if (recoveryKeyFile) {
  attempt('RECOVERY_KEY', recoveryKeyFile, 'is not a file that can be read', () => {
    readFileSync(recoveryKeyFile)
  })
}

const storageConfig = {
  dataDir,
  keysDir,
  blobsDir: `${dataDir}/blobs`,
  checkpointsDir: `${dataDir}/checkpoints`,
  databaseFile: `${dataDir}/webtresor.sqlite3`,
  databaseUrl: env.get('DATABASE_URL'),
  queueUrl: env.get('QUEUE_URL'),
  /** File with the armored OpenPGP public key whose private half is kept off-line. */
  recoveryKeyFile,
}

export default storageConfig
