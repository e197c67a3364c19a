import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SmtpClient } from '../smtp_client.ts'
import { mailWith, send } from './transaction.ts'
import type { Installation, Webtresor } from './webtresor.ts'

/** Sessions at a time, as a firm's mail server would open them. */
const SESSIONS = 4
/** A start of the product takes about this long; some kills come while it starts. Milliseconds. */
const START = 2_500
/** Within this time after the start the other kills come: mails arrive, are worked on and leave. Milliseconds. */
const WORK = 1_200
/** One mail in so many has been through thirty servers and is refused. */
const LOOPS = 10

export type Outcome =
  /** 250, and the number that came with it. */
  | { what: 'accepted'; number: number }
  | { what: 'refused' }
  /** 4xx, or the line broke before the reply: nothing was promised, and a client would send again. */
  | { what: 'unknown' }

export interface Sent {
  recipient: string
  sha256: string
  outcome: Outcome
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Sends `mails` mails while the product is killed `kills` times at random moments and started again, and leaves it
 * running. No mail is sent twice, whatever became of it.
 */
export async function sendAndKill(
  at: Installation,
  { mails, kills, random }: { mails: number; kills: number; random: () => number }
): Promise<{ sent: Sent[]; server: Webtresor }> {
  const sent: Sent[] = []
  for (let round = 1; round <= kills; round++) {
    // Some kills meet the start itself: migrations, keys, the first sweep over what the last kill left.
    if (random() < 0.2) {
      const starting = at.launch()
      await pause(random() * START)
      await starting.kill()
      continue
    }
    const server = await at.start()
    let dead = false
    const sending = sendUpTo(Math.round((mails * round) / (kills + 1)), () => dead)
    await pause(random() * WORK)
    dead = true
    await Promise.all([server.kill(), sending])
  }
  const server = await at.start()
  await sendUpTo(mails, () => false)
  return { sent, server }

  async function sendUpTo(count: number, dead: () => boolean) {
    const session = async () => {
      while (sent.length < count && !dead()) {
        const mail = mailNumber(sent.length, random)
        sent.push(mail.sent)
        mail.sent.outcome = await attempt(at.smtpPort, mail.message, mail.sent.recipient)
      }
    }
    await Promise.all(Array.from({ length: SESSIONS }, session))
  }
}

export function mailNumber(nth: number, random: () => number): { sent: Sent; message: Buffer } {
  const size = Math.round(random() ** 4 * 600_000)
  const attachment = Buffer.from(Array.from({ length: size }, () => random() * 256))
  const mail = mailWith(attachment, `Mail ${nth}`)
  const hops = nth % LOOPS === 0 ? 'Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\r\n' : ''
  const message = Buffer.concat([Buffer.from(hops.repeat(31)), mail])
  return {
    message,
    sent: {
      recipient: `client${nth}@example.net`,
      sha256: createHash('sha256').update(message).digest('hex'),
      outcome: { what: 'unknown' },
    },
  }
}

export async function attempt(port: number, message: Buffer, to: string): Promise<Outcome> {
  let client: SmtpClient | undefined
  try {
    client = await SmtpClient.open(port)
    const reply = await send(port, message, { to, client })
    const [, number] = /^250 2\.0\.0 (\d+)$/.exec(reply) ?? []
    if (number) return { what: 'accepted', number: Number(number) }
    return { what: reply.startsWith('5') ? 'refused' : 'unknown' }
  } catch {
    return { what: 'unknown' }
  } finally {
    client?.end()
  }
}
