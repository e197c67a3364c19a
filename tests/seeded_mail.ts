import app from '@adonisjs/core/services/app'
import { randomUUID } from 'node:crypto'
import { Accounts } from '#accounts'
import { Archive } from '#archive'
import { Blobs } from '#blobs'
import { Deliveries } from '#delivery'
import { Ledger } from '#ledger'
import { Links } from '#links'
import { Post } from '#post'
import { Scanning } from '#scanning'
import { transaction } from '#transaction'
import { Vaults } from '#vault'
import db from '@adonisjs/lucid/services/db'
import { SecondOpinions } from '../mail-gateway/opinions/second_opinions.ts'
import { Pipeline } from '../mail-gateway/pipeline.ts'
import type { Courier, DeliveryResult } from '../mail-gateway/relay/courier.ts'
import { envelope, once } from '#tests/house'
import { signedIn } from '#tests/visitor'

export const FIRM = 'kanzlei-berger.example'

export interface SeededMail {
  from: string
  to: string[]
  subject?: string
  text?: string
  html?: string
  files?: { name: string; content: Buffer | string; type?: string }[]
  /** Recipients of the envelope that only a Bcc field names. */
  bcc?: string[]
  /** What the next hop says to a recipient; `250 2.0.0 OK` when left out. */
  replies?: Record<string, string>
  /** Nothing where mail goes out to: the mail is held. */
  noRelay?: boolean
}

const encodedWord = (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
const base64 = (content: Buffer | string) =>
  Buffer.from(content)
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n')

/** The message that a mail program would submit. */
export function messageOf(mail: SeededMail): string {
  const subject = mail.subject ?? 'Unterlagen Jahresabschluss 2025'
  const text = mail.text ?? 'Guten Tag,\r\n\r\nanbei die Unterlagen.\r\n'
  const bodies = [
    [
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      base64(text),
    ],
    ...(mail.html === undefined
      ? []
      : [
          [
            'Content-Type: text/html; charset=utf-8',
            'Content-Transfer-Encoding: base64',
            '',
            base64(mail.html),
          ],
        ]),
  ]
  const body = multipart('alternative', 'alt', bodies)
  const files = (mail.files ?? []).map(({ name, content, type }) => [
    `Content-Type: ${type ?? 'application/octet-stream'}`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
    '',
    base64(content),
  ])
  return [
    `From: ${encodedWord('Anna Berger')} <${mail.from}>`,
    `To: ${mail.to.join(', ')}`,
    `Subject: ${encodedWord(subject)}`,
    `Message-ID: <${randomUUID()}@${FIRM}>`,
    'Date: Mon, 23 Nov 2026 10:41:00 +0100',
    'MIME-Version: 1.0',
    ...(mail.bcc ? [`Bcc: ${mail.bcc.join(', ')}`] : []),
    ...(files.length > 0 ? multipart('mixed', 'mix', [body, ...files]) : body),
    '',
  ].join('\r\n')
}

function multipart(subtype: string, boundary: string, parts: string[][]): string[] {
  if (parts.length === 1) return parts[0]!
  return [
    `Content-Type: multipart/${subtype}; boundary="${boundary}"`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, ...part]),
    `--${boundary}--`,
  ]
}

/** A next hop that answers as told. It reads the content as a real one does. */
function courier(replies: Record<string, string> = {}): Courier {
  return {
    async deliver(mail): Promise<DeliveryResult> {
      for await (const chunk of mail.content()) void chunk
      const reply = replies[mail.to] ?? '250 2.0.0 OK'
      const status = { 2: 'delivered', 4: 'deferred', 5: 'failed' }[reply[0]!] ?? 'deferred'
      return {
        status: status as DeliveryResult['status'],
        reply,
        code: Number.parseInt(reply),
        enhanced: null,
        remote: 'relay.example:25',
        eightBitUnoffered: false,
      }
    },
    async close() {},
  }
}

/** The domain modules of the running application. */
export async function modules() {
  const make = app.container
  return {
    db,
    accounts: await make.make(Accounts),
    archive: await make.make(Archive),
    blobs: await make.make(Blobs),
    deliveries: await make.make(Deliveries),
    ledger: await make.make(Ledger),
    links: await make.make(Links),
    post: await make.make(Post),
    vaults: await make.make(Vaults),
  }
}

/** Archives a mail as the gateway does, and nothing more: the worker has not come yet. */
export async function accepted(mail: SeededMail) {
  const { archive } = await modules()
  const raw = Buffer.from(messageOf(mail))
  const { number } = await archive.accept(
    once(raw),
    envelope({ mailFrom: mail.from, rcptTo: [...mail.to, ...(mail.bcc ?? [])] })
  )
  return { number, raw }
}

/** Archives a mail and works on it until it is done, held or waits; scanning is off. */
export async function sent(mail: SeededMail) {
  const at = await modules()
  const { number, raw } = await accepted(mail)
  await workOn(number, mail)
  const message = await at.archive.message(number, 'everything')
  const deliveries = await at.deliveries.of(number)
  const files = await at.vaults.deposits.of(number)
  const links = await at.links.statusOf(number)
  return { number, raw, message, deliveries, files, links }
}

/** Works on an accepted mail as a worker does; scanning is off. */
export async function workOn(number: number, mail: Pick<SeededMail, 'replies' | 'noRelay'> = {}) {
  const at = await modules()
  const pipeline = new Pipeline({
    ...at,
    scanning: new Scanning({ db, blobs: at.blobs, url: 'off' }),
    opinions: new SecondOpinions(),
    courier: mail.noRelay ? undefined : courier(mail.replies),
    policy: async () => ({
      localDomains: [FIRM],
      minimumSize: 0,
      keepTypes: [],
      internalKeep: true,
    }),
    hostname: 'gateway.test',
    language: 'de',
  })
  await pipeline.process(String(number))
}

/** Finds malware in a mail that was accepted: what the scanner's verdict leads to. */
export async function infected(mail: SeededMail) {
  const at = await modules()
  const seeded = await sent({ ...mail, noRelay: true })
  await at.archive.decide(seeded.number, { verb: 'send', actor: 1 })
  const claim = await at.archive.claim(seeded.number)
  if (!claim) throw new Error(`Message ${seeded.number} cannot be claimed`)
  const ids = seeded.files.map(({ version }) => version)
  await transaction(at.db, (trx) =>
    at.vaults.verdicts.judge(trx, ids, 'infected', 'Eicar-Test-Signature')
  )
  await claim.scanned({ verdict: 'infected', parts: 2, detail: 'Eicar-Test-Signature' })
  const name = mail.files?.[0]?.name ?? ''
  await claim.hold('infected', `${name}: Eicar-Test-Signature`)
  await claim.close()
  return seeded
}

/** Somebody of the firm, with a mailbox of his own, signed in. */
export async function staff(more: { role?: 'staff' | 'administrator'; fullName?: string } = {}) {
  const { accounts } = await modules()
  await accounts.addDomain(FIRM, 'command line')
  return signedIn({ role: 'staff', email: `${randomUUID()}@${FIRM}`, ...more })
}
