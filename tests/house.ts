import { Archive, type Envelope } from '#archive'
import { Blobs, DiskDriver, StorageKeys, type BlobDriver } from '#blobs'
import { Deliveries } from '#delivery'
import { Ledger, LedgerSigner } from '#ledger'
import { Notifications } from '#notifications'
import { Post } from '#post'
import { Vaults } from '#vault'
import type { Database } from '@adonisjs/lucid/database'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from './fresh_database.ts'

export interface House {
  db: Database
  /** Path of the SQLite file, or URL of the PostgreSQL database. */
  place: string
  folder: string
  archive: Archive
  blobs: Blobs
  deliveries: Deliveries
  ledger: Ledger
  notifications: Notifications
  post: Post
  vaults: Vaults
  /** Advances what `now` says to every module. */
  clock: { now: Date }
  close(): Promise<void>
}

/**
 * The domain modules over `db` and `folder`, wired as the application wires them.
 *
 * @param options.driver puts something between the blobs and their disk
 */
export async function modules(
  db: Database,
  folder: string,
  now: () => Date,
  options: { driver?: (disk: BlobDriver) => BlobDriver } = {}
) {
  const keys = await StorageKeys.load(join(folder, 'keys'))
  const signer = await LedgerSigner.load(join(folder, 'keys'), 'test.example/ledger')
  const disk = new DiskDriver(join(folder, 'blobs'))
  const blobs = new Blobs({ db, driver: options.driver?.(disk) ?? disk, keys, now })
  const ledger = new Ledger({ db, signer, checkpoints: join(folder, 'checkpoints'), now })
  const deliveries = new Deliveries({ db, now })
  const post = new Post({ db, now })
  const vaults: Vaults = new Vaults({
    ...{ db, blobs, ledger, now },
    heard: (trx, activities) => notifications.heard(trx, activities),
  })
  const notifications = new Notifications({
    ...{ db, post, vaults, now },
    appUrl: 'https://webtresor.example',
    timeZone: 'Europe/Berlin',
    locale: 'de',
  })
  return {
    db,
    folder,
    blobs,
    ledger,
    deliveries,
    notifications,
    post,
    vaults,
    archive: new Archive({ db, blobs, ledger, deliveries, now }),
  }
}

/** Those modules on a fresh database and a temporary folder. Their clock stands still at `clock.now`, unless they work in real time. */
export async function house(options: { realTime?: boolean } = {}): Promise<House> {
  const database = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-house-'))
  const clock = { now: new Date() }
  const now = () => (options.realTime ? new Date() : clock.now)
  const made = await modules(database.db, folder, now)
  return {
    ...made,
    place: database.place,
    clock,
    async close() {
      await made.ledger.settled()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An envelope from the firm to a client, with what a test cares about. */
export function envelope(facts: Partial<Envelope> = {}): Envelope {
  return {
    mailFrom: 'me@firm.example',
    rcptTo: ['client@example.net'],
    clientAddress: '127.0.0.1',
    helo: 'client.example',
    smtpUtf8: false,
    bodyType: '7bit',
    receivedAt: new Date(),
    trusted: true,
    ...facts,
  }
}

/** Bytes as a source of one chunk. */
export async function* once(bytes: string | Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(bytes)
}
