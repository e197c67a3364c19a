import { Archive, type Envelope } from '#archive'
import { Blobs, DiskDriver, StorageKeys } from '#blobs'
import { Deliveries } from '#delivery'
import { Ledger, LedgerSigner } from '#ledger'
import { Post } from '#post'
import { Vaults } from '#vault'
import type { Database } from '@adonisjs/lucid/database'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from './fresh_database.ts'

export interface House {
  db: Database
  folder: string
  archive: Archive
  blobs: Blobs
  deliveries: Deliveries
  ledger: Ledger
  post: Post
  vaults: Vaults
  /** Advances what `now` says to every module. */
  clock: { now: Date }
  close(): Promise<void>
}

/**
 * The domain modules on a fresh database and a temporary folder, wired as the application wires them. Their clock
 * stands still at `clock.now`, unless they work in real time.
 */
export async function house(options: { realTime?: boolean } = {}): Promise<House> {
  const database = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-house-'))
  const clock = { now: new Date() }
  const now = () => (options.realTime ? new Date() : clock.now)
  const { db } = database
  const keys = await StorageKeys.load(join(folder, 'keys'))
  const signer = await LedgerSigner.load(join(folder, 'keys'), 'test.example/ledger')
  const blobs = new Blobs({ db, driver: new DiskDriver(join(folder, 'blobs')), keys, now })
  const ledger = new Ledger({ db, signer, checkpoints: join(folder, 'checkpoints'), now })
  const deliveries = new Deliveries({ db, now })
  return {
    db,
    folder,
    clock,
    blobs,
    ledger,
    deliveries,
    post: new Post({ db, now }),
    vaults: new Vaults({ db, blobs, now }),
    archive: new Archive({ db, blobs, ledger, deliveries, now }),
    async close() {
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
