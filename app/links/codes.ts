import { randomUUID } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import { telemetry } from '#telemetry'
import { transaction, type Trx } from '#transaction'
import { codeMail } from './mails.ts'
import { networkOf } from '../network.ts'
import { mailboxOf } from './masking.ts'
import { linkByToken, linkEvent, mailOf, refuseExpired, type House, type Visitor } from './rows.ts'
import { hashOf, isBearer, newBearer, newCode, same } from './secrets.ts'

const MINUTE = 60 * 1000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Long enough for greylisting, which holds a first mail for up to an hour. */
const CODE_LIFE = 60 * MINUTE
export const CODE_TRIES = 5
const CODES_PER_HOUR = 5
const CODES_PER_DAY = 20

/** Per network (/24, /48) and hour. An office behind one address stays below, a guesser does not get far. */
const CODES_PER_NETWORK = 60
const TRIES_PER_NETWORK = 100

export const REMEMBERED = 90 * DAY
/** A device that is not to be remembered: a working day. */
const NOT_REMEMBERED = 12 * HOUR

interface CodeRow {
  id: string
  code_hash: string
  requested_at: number
  expires_at: number
  tries: number
}

/** The newest code of a link, while it can be entered. */
export async function liveCode(
  db: Database | Trx,
  linkId: string,
  now: number
): Promise<CodeRow | null> {
  return db
    .from('link_codes')
    .where('link_id', linkId)
    .whereNull('ended_at')
    .where('expires_at', '>', now)
    .where('tries', '<', CODE_TRIES)
    .orderBy('requested_at', 'desc')
    .first()
}

export type CodeRequest =
  | { status: 'sent'; requestedAt: Date }
  /** Asked for too often, by link or by network. */
  | { status: 'throttled'; retryAt: Date }

/** When the oldest of `limit` requests within `span` leaves it: the moment at which one more is allowed. */
function allowedAt(times: number[], limit: number, span: number, now: number): number {
  const recent = times.filter((at) => at > now - span).sort((a, b) => b - a)
  const oldest = recent[limit - 1]
  return oldest === undefined ? now : oldest + span
}

export async function requestCode(
  house: House,
  token: string,
  visitor: Visitor
): Promise<CodeRequest> {
  const at = house.now()
  const now = at.getTime()
  const network = networkOf(visitor.ip)
  return transaction<CodeRequest>(house.db, async (trx) => {
    const link = await linkByToken(trx, token)
    refuseExpired(link, at)
    // Requests for one link queue up behind its row: the limits hold for those that come together too.
    await trx.from('links').where('id', link.id).update({ token_hash: link.token_hash })

    const ofLink: { requested_at: number }[] = await trx
      .from('link_codes')
      .select('requested_at')
      .where('link_id', link.id)
      .where('requested_at', '>', now - DAY)
    const times = ofLink.map((row) => row.requested_at)
    const ofNetwork: { requested_at: number }[] =
      network === null
        ? []
        : await trx
            .from('link_codes')
            .select('requested_at')
            .where('address', network)
            .where('requested_at', '>', now - HOUR)
    const retryAt = Math.max(
      allowedAt(times, CODES_PER_HOUR, HOUR, now),
      allowedAt(times, CODES_PER_DAY, DAY, now),
      allowedAt(
        ofNetwork.map((row) => row.requested_at),
        CODES_PER_NETWORK,
        HOUR,
        now
      )
    )
    if (retryAt > now) return { status: 'throttled', retryAt: new Date(retryAt) }

    const [id, code] = [randomUUID(), newCode()]
    await trx
      .from('link_codes')
      .where('link_id', link.id)
      .whereNull('ended_at')
      .update({ ended_at: now })
    await trx
      .insertQuery()
      .table('link_codes')
      .insert({
        id,
        link_id: link.id,
        code_hash: house.secrets.codeHash(id, code),
        requested_at: now,
        expires_at: now + CODE_LIFE,
        tries: 0,
        address: network,
      })
    await trx.from('links').where('id', link.id).update({ code_requested_at: now })
    await house.post.post(trx, {
      kind: 'code',
      to: link.recipient,
      locale: visitor.locale,
      ...codeMail(visitor.locale, mailOf(link), code, at),
    })
    return { status: 'sent', requestedAt: at }
  })
}

export type Confirmation =
  | {
      status: 'confirmed'
      /** New value of the device cookie. */
      device: string
      /** Until when the browser is to keep it; nothing: until it is closed. */
      keepUntil: Date | null
    }
  | { status: 'wrong'; triesLeft: number }
  /** No code that could be entered: none requested, expired, replaced, used, or tried too often. */
  | { status: 'no_code' }
  | { status: 'throttled' }

/** What people type when they copy a code: spaces and dashes are not meant. */
function normalise(code: string): string {
  return code.replace(/[\s-]/g, '')
}

export async function confirmCode(
  house: House,
  token: string,
  entered: string,
  visitor: Visitor & { remember: boolean }
): Promise<Confirmation> {
  const at = house.now()
  const now = at.getTime()
  const network = networkOf(visitor.ip)
  const result = await transaction<Confirmation & { number?: number }>(house.db, async (trx) => {
    const link = await linkByToken(trx, token)
    refuseExpired(link, at)
    if (network !== null && (await triesFrom(trx, network, now)) >= TRIES_PER_NETWORK) {
      return { status: 'throttled' }
    }
    const code = await liveCode(trx, link.id, now)
    if (!code) return { status: 'no_code' }
    // The try is taken before the code is looked at, in one statement: of tries that come together, each counts.
    const taken = await trx
      .from('link_codes')
      .where('id', code.id)
      .whereNull('ended_at')
      .where('tries', '<', CODE_TRIES)
      .update({ tries: trx.raw('tries + 1'), tried_from: network, tried_at: now })
    if (Number(taken) === 0) return { status: 'no_code' }
    if (!same(code.code_hash, house.secrets.codeHash(code.id, normalise(entered)))) {
      const { tries } = await trx.from('link_codes').where('id', code.id).firstOrFail()
      return { status: 'wrong', triesLeft: CODE_TRIES - tries }
    }

    await trx.from('link_codes').where('id', code.id).update({ ended_at: now })
    const { device, keepUntil } = await rememberDevice(trx, link.recipient, visitor, now)
    await trx.from('links').where('id', link.id).update({ confirmed_at: now })
    await house.ledger.append(trx, [
      linkEvent(link, 'link_confirmed', at, { remembered: visitor.remember }),
    ])
    return { status: 'confirmed', device, keepUntil, number: link.number }
  })
  if (result.status === 'confirmed') telemetry.linkConfirmed({ number: result.number! })
  return result
}

async function triesFrom(trx: Trx, network: string, now: number): Promise<number> {
  const row = await trx
    .from('link_codes')
    .where('tried_from', network)
    .where('tried_at', '>', now - HOUR)
    .sum('tries as total')
    .first()
  return Number(row?.total ?? 0)
}

/**
 * Gives the device a new cookie value, under which all that it confirmed before goes on: a value that somebody
 * planted in the browser is worth nothing afterwards.
 */
async function rememberDevice(
  trx: Trx,
  recipient: string,
  visitor: Visitor & { remember: boolean },
  now: number
) {
  const device = newBearer()
  const hash = hashOf(device)
  if (isBearer(visitor.device)) {
    const old = hashOf(visitor.device)
    for (const table of ['link_devices', 'link_tickets']) {
      await trx.from(table).where('device_hash', old).update({ device_hash: hash })
    }
  }
  await trx
    .knexQuery()
    .table('link_devices')
    .insert({
      device_hash: hash,
      mailbox: mailboxOf(recipient),
      remembered: visitor.remember,
      confirmed_at: now,
      expires_at: now + (visitor.remember ? REMEMBERED : NOT_REMEMBERED),
      address: networkOf(visitor.ip),
    })
    .onConflict(['device_hash', 'mailbox'])
    .merge()
  const longest = await trx
    .from('link_devices')
    .where({ device_hash: hash, remembered: true })
    .max('expires_at as until')
    .first()
  return { device, keepUntil: longest?.until ? new Date(Number(longest.until)) : null }
}
