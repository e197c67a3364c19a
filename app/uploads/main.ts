/**
 * #uploads: files on their way into vaults.
 *
 * A file comes in one request or in many (tus 1.0, https://tus.io): it is announced with its length, then come its bytes, from
 * where the server says they end. Connections break, programs end, the server dies: what was durable stays, and the client goes
 * on from there. With the last byte the file lies in its vault, and has yet to be checked.
 *
 *   announced ── bytes, bytes, … ──> complete ──> in the vault, verdict pending ──> #checking
 *       └── 24 hours without a sign of life, or the client gives up ──> nothing is left
 *
 * Invariants
 * - How far an upload is stands in #blobs, durable; no plain text waits on the disk, and none in memory beyond two segments.
 * - Room in the vault is kept from the announcement on, so that no upload fails at its end for want of it.
 * - Only who began an upload sees it, goes on with it or ends it, and only while the vault is open to him. A ticket speaks for
 *   its owner in one place; a recipient's ticket for his link.
 * - One request at a time writes to an upload, in all processes; a later one gets the earlier to let go.
 * - A file is put into the vault once, however often its last request is repeated.
 *
 * It refuses uploads of unknown length (Upload-Defer-Length) and in parallel parts (Upload-Concat), which would take room
 * that nobody can count; and to say who may put what where: #vault knows.
 */
import type { Access, ReturnAddress } from '#vault'
import { expire } from './expiring.ts'
import { UploadLocks } from './lock.ts'
import { takeReturned } from './returning.ts'
import type { House, Uploader } from './rows.ts'
import { bearerOf, memberTicket, returnTicket, type UploadTicket } from './tickets.ts'
import { answer, PATH, type TusAnswer, type TusRequest } from './tus.ts'

export { RETURNS } from './returning.ts'
export { answerTo, type Refusal } from './refusal.ts'
export type { Uploader } from './rows.ts'
export { endTickets, type UploadTicket } from './tickets.ts'
export type { TusAnswer, TusRequest } from './tus.ts'

export type UploadsOptions = Omit<House, 'now'> & { now?: () => Date }

export class Uploads {
  /** Where tus clients find us. */
  static readonly path = PATH
  readonly #house: House
  readonly #locks: UploadLocks

  constructor({ now = () => new Date(), ...house }: UploadsOptions) {
    this.#house = { ...house, now }
    this.#locks = new UploadLocks(house.db)
  }

  /** Bytes of one file at most. */
  get maxSize(): number {
    return this.#house.maxSize
  }

  /** Answers one request of a tus client. Refusals are answers; only what is broken is thrown. */
  answer(uploader: Uploader, request: TusRequest): Promise<TusAnswer> {
    return answer(this.#house, this.#locks, uploader, request)
  }

  /** A ticket for a program of the viewer's, for one folder and 24 hours. @throws as `Vaults.put` where he may not */
  ticket(access: Access, folder: number | null): Promise<UploadTicket> {
    return memberTicket(this.#house, access, folder)
  }

  /** A ticket for whoever has proved to be the recipient of a link. */
  returnTicket(link: string, to: ReturnAddress): Promise<UploadTicket> {
    return returnTicket(this.#house, link, to)
  }

  /**
   * Takes a file that a plain form brings back through a link.
   *
   * @throws Refused `E_NAME`, `E_TOO_MANY`; PermanentError `E_TOO_LARGE`; TransientError `E_DISK_FULL`; errors of the source
   */
  takeReturned(
    { link, to }: { link: string; to: ReturnAddress },
    file: { name: string; type: string },
    source: AsyncIterable<Uint8Array>
  ): Promise<void> {
    return takeReturned(this.#house, link, to, file, source)
  }

  /** Who bears a ticket. @throws NotFound `E_NO_TICKET` */
  bearer(ticket: string): Promise<Uploader> {
    return bearerOf(this.#house, ticket)
  }

  /** For a server that is the only one on its database: what the one before it held is free. */
  releaseLocks(): Promise<void> {
    return this.#locks.releaseAll()
  }

  /** Gives up what nobody goes on with. For the sweep. */
  async sweep(): Promise<void> {
    await expire(this.#house)
  }
}
