import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Links } from '#links'
import { Scanning } from '#scanning'
import { Pipeline } from '../../../mail-gateway/pipeline.ts'
import { SecondOpinions } from '../../../mail-gateway/opinions/second_opinions.ts'
import type { Courier } from '../../../mail-gateway/relay/courier.ts'
import { freshDatabase } from '../../fresh_database.ts'
import { envelope, modules, once } from '../../house.ts'
import { Breaker } from './breaker.ts'
import { faultyDatabase } from './faulty_database.ts'
import { faultyDriver } from './faulty_driver.ts'

/** The peer takes the first, and refuses the second for good. */
export const TAKEN = 'client@example.net'
export const REFUSED = 'nobody@example.net'

const HOUR = 60 * 60_000
const LINK_KEY = Buffer.alloc(32, 1)

/** Too large for a row: it and the mail become files. */
export const attachment = randomBytes(24_000)

/** A mail of the firm with one attachment. */
export const mail = Buffer.from(
  [
    'From: Me <me@firm.example>',
    'To: client@example.net',
    'Subject: Unterlagen',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Guten Tag',
    '--b',
    'Content-Type: application/pdf',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename=Bilanz.pdf',
    '',
    attachment.toString('base64').replace(/.{76}/g, '$&\r\n'),
    '--b--',
    '',
  ].join('\r\n')
)

/** An installation: what outlives the processes that work on it. */
export async function installation(clamdUrl: string) {
  const { place, close } = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-faults-'))
  const clock = { now: new Date() }
  /** What the peer said 250 to: recipient and digest. */
  const copies: { to: string; sha256: string }[] = []
  return {
    clock,
    copies,
    /** A process: with it begins and ends what it has in memory. Its writes pass `breaker`. */
    start: (breaker = new Breaker()) =>
      startProcess({ place, folder, clock, copies, clamdUrl }, breaker),
    async remove() {
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startProcess(
  at: {
    place: string
    folder: string
    clock: { now: Date }
    copies: { to: string; sha256: string }[]
    clamdUrl: string
  },
  breaker: Breaker
) {
  const now = () => at.clock.now
  const db = faultyDatabase(at.place, breaker)
  const driver = (disk: Parameters<typeof faultyDriver>[0]) => faultyDriver(disk, breaker)
  const rooms = await modules(db, at.folder, now, { driver })
  const scanning = new Scanning({ ...rooms, url: at.clamdUrl, now })
  const opinions = new SecondOpinions()
  const links = new Links({
    ...rooms,
    linkKey: LINK_KEY,
    appUrl: 'https://tresor.example',
    expiryDays: 30,
    confirmation: 'none',
    mailLeaves: true,
    ownsMailbox: async () => false,
    now,
  })
  const pipeline = new Pipeline({
    ...rooms,
    links,
    scanning,
    opinions,
    courier: faultyCourier(at.copies, breaker),
    policy: async () => ({
      localDomains: ['firm.example'],
      minimumSize: 0,
      keepTypes: [],
      internalKeep: true,
    }),
    hostname: 'gateway.firm.example',
    language: 'de',
    now,
  })
  return {
    ...rooms,
    links,
    /** Takes the mail in. */
    accept: () =>
      rooms.archive.accept(once(mail), envelope({ rcptTo: [TAKEN, REFUSED], receivedAt: now() })),
    /** Does whatever is due, once. */
    async work() {
      for (const number of await rooms.archive.due(500)) await pipeline.process(String(number))
    },
    async end() {
      opinions.close()
      await rooms.ledger.settled()
      await db.manager.closeAll(true)
    },
  }
}

/** Says what the peer said; when broken, the peer was not reached, or its answer was lost. */
function faultyCourier(copies: { to: string; sha256: string }[], breaker: Breaker): Courier {
  return {
    async deliver({ to, content }) {
      const bytes = await buffer(content())
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const answer = { code: 250, enhanced: '2.0.0', remote: 'peer:25', eightBitUnoffered: false }
      const deferred = { ...answer, status: 'deferred' as const, reply: 'cut', code: 0 }
      const say = async () => {
        if (to === REFUSED) {
          return { ...answer, status: 'failed' as const, reply: '550 5.1.1 unknown', code: 550 }
        }
        copies.push({ to, sha256 })
        return { ...answer, status: 'delivered' as const, reply: '250 2.0.0 Ok' }
      }
      return breaker.later(`peer ${to}`, say).catch(() => deferred)
    },
    async close() {},
  }
}

/** Lets time pass and new processes work until nothing is due. */
export async function workedOut(at: Awaited<ReturnType<typeof installation>>): Promise<void> {
  for (let round = 0; round < 10; round++) {
    at.clock.now = new Date(at.clock.now.getTime() + HOUR)
    const process = await at.start()
    const due = await process.archive.due(1)
    await process.work()
    await process.end()
    if (due.length === 0) return
  }
  throw new Error('After ten hours there is still something due')
}
