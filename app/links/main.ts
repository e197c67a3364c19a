/**
 * #links: secure links for people without an account.
 *
 * A link belongs to one message and one recipient and leads to the files that were taken out of it. It pins
 * them (blob, name, size, digest): what happens in a vault later never alters it. Opening a link changes
 * nothing. Whoever wants the files asks for a six-digit code, which goes to the mailbox that the mail went to;
 * the code makes his browser known, and a known browser gets tickets, under which content is sent.
 *
 *   open(token) ──> locked ── requestCode, confirm ──> open ── ticket ──> redeem ──> bytes
 *          └──────> expired ── want ──> the sender is told ── send ──> a new link; the old one leads nowhere
 *
 * Invariants
 * - Tokens, codes, devices and tickets stand in tables as hashes only and are compared in constant time.
 * - The token follows from (message, recipient, generation) and the link key: the same after a crash.
 * - `open` and `redeem` read only. A try at a code is counted before the code is looked at.
 * - The newest code counts; five tries and sixty minutes each; five codes an hour and twenty a day for a link.
 * - Every issue, confirmation, complete download, revocation and extension is in the ledger, in the
 *   transaction in which it happens. What was interrupted is never taken as complete.
 * - IP addresses are shortened before they are written (/24, /48) and forgotten by `forgetAddresses`.
 *
 * It refuses to tell unknown, malformed and revoked links apart; to send anything itself (mails go into the
 * outbox of #post); and to judge files: links are issued for files that were scanned before.
 */
import type { Database } from '@adonisjs/lucid/database'
import type { Blobs } from '#blobs'
import type { Ledger } from '#ledger'
import type { Post } from '#post'
import type { Vaults } from '#vault'
import { answerAsker, askersOf, type Asker } from './asking.ts'
import { confirmCode, requestCode, type CodeRequest, type Confirmation } from './codes.ts'
import { issueTicket, redeemTicket, type Download, type Ticket } from './downloads.ts'
import {
  draftLink,
  extendLink,
  revokeLink,
  type Issue,
  type IssuedLink,
  type LinkDraft,
  type LinkTarget,
} from './issuing.ts'
import { remindSenders, wantLink, type WantedResult } from './notices.ts'
import { openLink, type LinkView } from './opening.ts'
import { sendLink, type Renewal } from './renewing.ts'
import { returningThrough, takesBack, type Returning } from './returning.ts'
import { retireDeposits } from './retiring.ts'
import type { House, Visitor } from './rows.ts'
import { LinkSecrets } from './secrets.ts'
import { fetchedOf, forgetAddresses, statusOf, type LinkStatus } from './trail.ts'

export type { Asker } from './asking.ts'
export type { CodeRequest, Confirmation } from './codes.ts'
export type { Download, Ticket } from './downloads.ts'
export type { Issue, IssuedLink, LinkDraft, LinkFile, LinkTarget } from './issuing.ts'
export type { WantedResult } from './notices.ts'
export type { LinkView, LinkViewFile } from './opening.ts'
export type { Renewal } from './renewing.ts'
export type { Returning } from './returning.ts'
export type { Visitor } from './rows.ts'
export type { LinkStatus } from './trail.ts'
export { same } from './secrets.ts'

export interface LinksOptions {
  db: Database
  blobs: Blobs
  ledger: Ledger
  post: Post
  /** 32 bytes. */
  linkKey: Buffer
  /** Base of every link, without a slash at the end. */
  appUrl: string
  expiryDays: number
  confirmation: 'code' | 'none'
  /** Whether mails leave at all, so that codes arrive. */
  mailLeaves: boolean
  /** Whether an account owns the mailbox of `address`: senders see their own links without a code. */
  ownsMailbox: (userId: number, address: string) => Promise<boolean>
  /** Language of mails to staff; German when left out. */
  locale?: 'de' | 'en'
  now?: () => Date
}

export class Links {
  /** Whether mails leave at all: the page says so when they do not. */
  readonly mailLeaves: boolean
  #house: House
  #retiredUpTo = 0

  constructor(options: LinksOptions) {
    const { linkKey, mailLeaves, ...house } = options
    this.mailLeaves = mailLeaves
    this.#house = {
      ...house,
      secrets: new LinkSecrets(linkKey),
      locale: options.locale ?? 'de',
      now: options.now ?? (() => new Date()),
    }
  }

  /** The token of a link: 160 bits in base64url, the same whenever it is asked for. */
  tokenFor(number: number, recipient: string, generation: number): string {
    return this.#house.secrets.token(number, recipient, generation)
  }

  /**
   * The link of a message for one recipient, to be recorded with the form that carries it; the one that is there when it was
   * issued before.
   *
   * @throws PermanentError `E_NO_FILES`
   */
  draft(issue: Issue): Promise<LinkDraft> {
    return draftLink(this.#house, issue)
  }

  /**
   * What a visitor may see. Changes nothing.
   *
   * @throws NotFound `E_NO_LINK` alike for unknown, malformed and revoked tokens
   */
  open(token: string, visitor: Visitor): Promise<LinkView> {
    return openLink(this.#house, token, visitor)
  }

  /** Posts a new code to the recipient's mailbox. @throws NotFound, Refused `E_LINK_EXPIRED` */
  requestCode(token: string, visitor: Visitor): Promise<CodeRequest> {
    return requestCode(this.#house, token, visitor)
  }

  /** Tries a code. @throws NotFound, Refused `E_LINK_EXPIRED` */
  confirm(
    token: string,
    code: string,
    visitor: Visitor & { remember: boolean }
  ): Promise<Confirmation> {
    return confirmCode(this.#house, token, code, visitor)
  }

  /**
   * Hands out a ticket for one file, by position, or for all as a ZIP: to be used within 10 minutes, then good
   * for 24 hours, in the browser that asked.
   *
   * @throws NotFound, Refused `E_NOT_CONFIRMED` or `E_LINK_EXPIRED`
   */
  ticket(token: string, wanted: number | 'all', visitor: Visitor): Promise<Ticket> {
    return issueTicket(this.#house, token, wanted, visitor)
  }

  /**
   * What a ticket stands for, under the link that it was handed out for. Changes nothing.
   *
   * @throws NotFound `E_NO_TICKET`
   */
  redeem(token: string, ticket: string, visitor: Visitor): Promise<Download> {
    return redeemTicket(this.#house, token, ticket, visitor)
  }

  /**
   * Where files go that the recipient sends back. Changes nothing.
   *
   * @throws NotFound, Refused `E_NOT_CONFIRMED` or `E_LINK_EXPIRED`
   */
  returning(token: string, visitor: Visitor): Promise<Returning> {
    return returningThrough(this.#house, token, visitor)
  }

  /** Whether files may come back through a link, by its id: neither revoked nor expired. */
  takesBack(link: string): Promise<boolean> {
    return takesBack(this.#house, link)
  }

  /**
   * Tells the sender that a link is wanted, once a day: because it has expired, or because somebody who holds
   * it (`asker`, an address) wants one of his own, of which `askersOf` and `answer` speak.
   *
   * @throws NotFound, Refused `E_NO_ADDRESS` or `E_FILES_GONE`
   */
  requestNewLink(token: string, visitor: Visitor & { asker?: string }): Promise<WantedResult> {
    return wantLink(this.#house, token, visitor)
  }

  /** Closes a link for good. @param actor account number @throws NotFound */
  revoke(target: LinkTarget, actor: number): Promise<void> {
    return revokeLink(this.#house, target, actor)
  }

  /** Lets a link, expired or not, live longer. @param actor account number @throws NotFound, Refused */
  extend(target: LinkTarget, days: number, actor: number): Promise<{ expiresAt: Date }> {
    return extendLink(this.#house, target, days, actor)
  }

  /**
   * Mails a link to its recipient: the same while it works, else a new one, after which the old one leads nowhere.
   *
   * @param actor account number
   * @param options.evenRevoked confirms that a link that was taken back is to be replaced
   * @throws NotFound; Refused `E_LINK_REVOKED`, `E_FILES_GONE`, `E_TOO_SOON`
   */
  send(
    target: LinkTarget,
    actor: number,
    options: { evenRevoked: boolean } = { evenRevoked: false }
  ): Promise<Renewal> {
    return sendLink(this.#house, target, actor, options)
  }

  /** Who asked for a link of his own to a message. */
  askersOf(number: number): Promise<Asker[]> {
    return askersOf(this.#house, number)
  }

  /**
   * Gives an asker a link of his own, which is mailed to him, or refuses, of which he hears nothing.
   *
   * @param actor account number
   * @throws NotFound; Refused `E_DECIDED`, `E_FILES_GONE`, `E_TOO_SOON`
   */
  answer(
    asker: { id: string; number: number },
    granted: boolean,
    actor: number
  ): Promise<IssuedLink | undefined> {
    return answerAsker(this.#house, asker, granted, actor)
  }

  /** What happened to the links of a message, by recipient. */
  statusOf(number: number): Promise<LinkStatus[]> {
    return statusOf(this.#house, number)
  }

  /** How many links each message has and how many were fetched completely, for lists. */
  fetchedOf(numbers: number[]): Promise<Map<number, { links: number; fetched: number }>> {
    return fetchedOf(this.#house, numbers)
  }

  /** Tells senders which recipients have not fetched after five days, once a mail. For the sweep. */
  remind(): Promise<number> {
    return remindSenders(this.#house)
  }

  /**
   * Takes the deposits of some mails out of use whose last link ended 30 days ago, and has `vaults` destroy what was
   * taken out of use. For the sweep; each call goes on where the one before stopped.
   *
   * @returns how many files were destroyed
   */
  async retire(vaults: Vaults): Promise<number> {
    this.#retiredUpTo = await retireDeposits(this.#house, vaults, this.#retiredUpTo)
    return vaults.shredRetired()
  }

  /** Deletes what tells where recipients were, when it is older than `before` (90 days). For the sweep. */
  forgetAddresses(before: Date): Promise<void> {
    return forgetAddresses(this.#house, before)
  }
}
