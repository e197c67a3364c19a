import { issuedLink } from '#tests/issued_link'
import type { TestContext } from '@japa/runner/core'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Blobs, DiskDriver, StorageKeys } from '#blobs'
import { Ledger, LedgerSigner } from '#ledger'
import { Links, type Issue, type LinkFile, type LinksOptions, type Visitor } from '#links'
import { Post } from '#post'
import { transaction } from '#transaction'
import { freshDatabase } from '#tests/fresh_database'
import type { Breaker } from '../faults/breaker.ts'
import { faultyDatabase } from '../faults/faulty_database.ts'

export const SENDER = 'a.berger@kanzlei-berger.example'
export const RECIPIENT = 'client@example.net'

/** Somebody from the net, without a cookie. */
export const stranger: Visitor = { ip: '203.0.113.7', locale: 'de' }

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/**
 * Links over a database, blobs and a ledger of their own, with a clock that tests set.
 *
 * @param breaker what the writes to the database pass, where one of them is to fail
 */
export async function freshHouse(
  { cleanup }: Pick<TestContext, 'cleanup'>,
  options: Partial<LinksOptions> = {},
  breaker?: Breaker
) {
  const { db: whole, place, close } = await freshDatabase()
  const db = breaker ? faultyDatabase(place, breaker) : whole
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-links-'))
  cleanup(async () => {
    await db.manager.closeAll(true)
    await close()
    await rm(folder, { recursive: true, force: true })
  })
  const clock = { at: new Date('2026-11-23T10:00:00Z').getTime() }
  const now = () => new Date(clock.at)
  const blobs = new Blobs({
    db,
    driver: new DiskDriver(join(folder, 'blobs')),
    keys: await StorageKeys.load(join(folder, 'keys')),
  })
  const signer = await LedgerSigner.load(join(folder, 'keys'), 'links.test/ledger')
  const ledger = new Ledger({ db, signer, checkpoints: join(folder, 'checkpoints'), now })
  const links = new Links({
    db,
    blobs,
    ledger,
    post: new Post({ db, now }),
    linkKey: Buffer.alloc(32, 1),
    appUrl: 'https://tresor.example',
    expiryDays: 30,
    confirmation: 'code',
    mailLeaves: true,
    ownsMailbox: async (userId, address) => userId === 7 && address === SENDER,
    now,
    ...options,
  })

  async function file(name: string, content: string | Buffer): Promise<LinkFile> {
    const written = await blobs.write(Readable.from([Buffer.from(content)]))
    await transaction(db, (trx) => blobs.record(trx, written))
    const { id, size, sha256, crc32 } = written
    return { blob: id, name, size, sha256, crc32, type: 'application/pdf' }
  }

  async function issue(changes: Partial<Issue> = {}) {
    const issued = await issuedLink(
      { links, db, ledger },
      {
        number: 1,
        original: 'ab'.repeat(32),
        recipient: RECIPIENT,
        sender: SENDER,
        senderName: 'Anna Berger',
        subject: 'Unterlagen Jahresabschluss 2025',
        sentAt: new Date('2026-11-23T09:41:00Z'),
        files: [
          await file('Jahresabschluss.pdf', 'Bilanz'),
          await file('Belege.zip', 'viele Belege'),
        ],
        ...changes,
      }
    )
    return { ...issued, token: issued.url.split('/').at(-1)! }
  }

  /** Mails of one kind in the outbox, oldest first. */
  async function mails(
    kind: string
  ): Promise<{ recipient: string; subject: string; body_text: string }[]> {
    return db.from('outbox').where('kind', kind).orderBy('queued_at')
  }

  /** Asks for a code and reads it from the mail. */
  async function code(token: string, visitor: Visitor = stranger): Promise<string> {
    const requested = await links.requestCode(token, visitor)
    if (requested.status !== 'sent') throw new Error(`The code was not sent: ${requested.status}`)
    const sent = await mails('code')
    return sent.at(-1)!.subject.slice(0, 6)
  }

  /** Asks for a code and enters it: gives the value of the device cookie. */
  async function confirmed(token: string, visitor: Visitor = stranger, remember = true) {
    const result = await links.confirm(token, await code(token, visitor), { ...visitor, remember })
    if (result.status !== 'confirmed') throw new Error(`Not confirmed: ${result.status}`)
    return result
  }

  const events = async () => {
    const entries = await ledger.entries({ limit: 1000 })
    return entries.map((entry) => entry.type)
  }

  const stateOf = async (token: string, visitor: Visitor) => {
    const view = await links.open(token, visitor)
    return view.state
  }

  /** What the ledger finds wrong with itself. */
  const problems = async () => {
    const report = await ledger.verify()
    return report.problems
  }

  return {
    db,
    blobs,
    ledger,
    links,
    clock,
    file,
    issue,
    mails,
    code,
    confirmed,
    events,
    stateOf,
    problems,
  }
}

/** Another code than the right one. */
export function wrong(code: string): string {
  return code === '000000' ? '000001' : '000000'
}

/** What an action failed with: its code. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'nothing'
}
