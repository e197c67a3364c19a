import { issuedLink } from '#tests/issued_link'
import type { TestContext } from '@japa/runner/core'
import app from '@adonisjs/core/services/app'
import server from '@adonisjs/core/services/server'
import db from '@adonisjs/lucid/services/db'
import { randomInt, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { Blobs } from '#blobs'
import { Ledger } from '#ledger'
import { Links, type Issue, type LinksOptions } from '#links'
import { Post } from '#post'
import { transaction } from '#transaction'

export const JAHRESABSCHLUSS = Buffer.from('%PDF-1.7 Jahresabschluss 2025\n'.repeat(5000))
export const BELEGE = Buffer.from('PK Belege')

/** Where the application of this process serves. */
export function served(): { host: string; port: number; url: string } {
  const { port } = server.getNodeServer()!.address() as AddressInfo
  return { host: 'localhost', port, url: `http://localhost:${port}` }
}

/**
 * Links as the running application serves them, on its own database, with a clock and options of the test. Each
 * test issues links of its own; other tests of the process see none of them.
 */
export async function servedLinks(
  { cleanup }: Pick<TestContext, 'cleanup'>,
  options: Partial<LinksOptions> = {}
) {
  const clock = { at: Date.now() }
  const now = () => new Date(clock.at)
  const blobs = await app.container.make(Blobs)
  const ledger = await app.container.make(Ledger)
  const links = new Links({
    db,
    blobs,
    ledger,
    post: new Post({ db, now }),
    linkKey: Buffer.alloc(32, 5),
    appUrl: 'http://localhost:3333',
    expiryDays: 30,
    confirmation: 'code',
    mailLeaves: true,
    ownsMailbox: async () => false,
    now,
    ...options,
  })
  app.container.swap(Links, () => links)
  cleanup(() => app.container.restore(Links))

  async function file(name: string, content: Buffer, type: string) {
    const written = await blobs.write(Readable.from([content]))
    await transaction(db, (trx) => blobs.record(trx, written))
    const { id, size, sha256, crc32 } = written
    return { blob: id, name, size, sha256, crc32, type }
  }

  async function issue(changes: Partial<Issue> = {}) {
    const number = changes.number ?? randomInt(1_000_000_000)
    const issued = await issuedLink(
      { links, db, ledger },
      {
        number,
        original: 'ab'.repeat(32),
        recipient: `client-${randomUUID()}@example.net`,
        sender: 'a.berger@kanzlei-berger.example',
        senderName: 'Anna Berger',
        subject: 'Unterlagen Jahresabschluss 2025',
        sentAt: now(),
        files: [
          await file('Jahresabschluß 2025 – geprüft.pdf', JAHRESABSCHLUSS, 'application/pdf'),
          await file('Belege Q3.zip', BELEGE, 'application/zip'),
        ],
        ...changes,
      }
    )
    const token = issued.url.split('/').at(-1)!
    return { ...issued, number, token, path: `/d/${token}` }
  }

  /** The code in the newest mail to the recipient of a link. */
  async function codeFor(number: number): Promise<string> {
    const { recipient } = await db.from('links').where('number', number).firstOrFail()
    const mail = await db
      .from('outbox')
      .where({ kind: 'code', recipient })
      .orderBy('queued_at', 'desc')
      .firstOrFail()
    return mail.subject.slice(0, 6)
  }

  return { links, clock, file, issue, codeFor, ledger }
}
