/**
 * A process that writes small blobs without an end, twenty at a time, for tests that kill it:
 * `writer_process.ts <database> <keys> <blobs> <checkpoints>`. Prints the id of each that is stored.
 */
import { AppFactory } from '@adonisjs/core/factories/app'
import { EmitterFactory } from '@adonisjs/core/factories/events'
import { LoggerFactory } from '@adonisjs/core/factories/logger'
import { Database } from '@adonisjs/lucid/database'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { Blobs, DiskDriver, StorageKeys } from '#blobs'
import { databaseConnection } from '#database/connection'
import { Ledger, LedgerSigner } from '#ledger'
import { insert } from '#prepared'
import { SharedWrites } from '../../../app/archive/shared_writes.ts'

const [place, keysDir, bytesDir, checkpoints] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
]
const app = new AppFactory().create(new URL('../../../', import.meta.url), () => {})
const db = new Database(
  { connection: 'main', connections: { main: databaseConnection(place) } },
  new LoggerFactory().create(),
  new EmitterFactory().create(app)
)
const keys = await StorageKeys.load(keysDir)
const blobs = new Blobs({ db, driver: new DiskDriver(bytesDir), keys })
const signer = await LedgerSigner.load(keysDir, 'test.example/ledger')
const writes = new SharedWrites({ db, ledger: new Ledger({ db, signer, checkpoints }) })

async function store(): Promise<string> {
  const written = await blobs.write(Readable.from([randomBytes(3000)]), { inRow: true })
  await blobs.recording(written, () =>
    writes.write(async (trx) => {
      await blobs.record(trx, written)
      await insert(trx, 'settings', [{ key: `blob.${written.id}`, value: written.id }])
      const detail = { blob: written.id }
      return {
        result: undefined,
        events: [{ type: 'configured', number: null, original: null, detail }],
      }
    })
  )
  return written.id
}

for (;;) {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      console.log(await store())
    })
  )
}
