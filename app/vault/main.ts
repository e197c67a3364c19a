/**
 * #vault: vaults, the folders, files and versions in them, and who may do what there.
 *
 * A vault has a number (from 10001), an owner, members with roles and a quota; the vault of a mailbox has neither owner nor
 * quota: the gateway deposits the attachments of outgoing mail there, a folder per mail, and whoever owns the mailbox reads them.
 *
 * Everything starts with an `Access`, which only `open` makes: a vault as one person may enter it. Each verb looks his role up
 * again under the lock on the vault, and does nothing that the role does not name (roles.ts).
 *
 * `Vaults` has the verbs of a file manager; beside them stand, a class each, `members` and `admissions` (who may enter), `activity`,
 * `news`, `versions`, `verdicts` (of the scanner), `deposits` (of mails), `life` (of a vault itself) and `care` (of administrators).
 *
 * Invariants
 * - Folders and files form a tree, at most 64 deep. In a folder no two names are equal, whatever their case.
 * - `used` is the sum of the sizes of all versions in use, the trash included; with what is reserved it never grows beyond the quota.
 * - It holds so many files and folders at most as the installation allows, the trash included: empty ones take no room.
 * - What changes something is noted in the vault's activity and in the ledger, in the same transaction.
 * - A contributor sees what he put in, and the folders on the way to it; files stay his when others add versions.
 * - A file is downloadable only with the verdict `clean`, or let out by a person; where scanning is off it says `unscanned`.
 * - A deposit is idempotent by (message, part): processing a mail twice makes no second file.
 * - Several versions may name the same bytes, as copies do; they are destroyed when the last one is gone.
 *
 * It refuses to move bytes: versions name blobs, and #blobs owns those. It refuses to tell a vault or file that is not there from
 * one that is not for the viewer.
 *
 * Refusals carry `facts` for the page: E_ROLE {role, right}, E_ARCHIVED {readOnly}, E_NAME {why, name}, E_NAME_TAKEN
 * {names}, E_LOCKED {name, byId, by, since, until}, E_QUOTA {missing, quota, used, reserved, wanted}, E_ENTRIES
 * {limit}, E_DEPTH {deepest}, E_NOT_UNCHECKED {name, verdict}. Not there or not his: NotFound E_NO_VAULT, E_NO_ENTRY.
 */
import type { Readable } from 'node:stream'
import { NotFound, Refused } from '#errors'
import type { Trx } from '#transaction'
import { open, type Access, type VaultViewer } from './access.ts'
import type { Note } from './activity.ts'
import { ActivityList } from './activity_list.ts'
import {
  makeFolder,
  put,
  type Conflict,
  type NewFile,
  type Put,
  type PutOptions,
} from './adding.ts'
import { Admissions } from './admissions.ts'
import { Care } from './care.ts'
import { changeWithin } from './change.ts'
import { copy, type Copied } from './copying.ts'
import { Deposits } from './deposits.ts'
import type { Content, VaultEntry, VaultFile } from './entries.ts'
import { find, folderTree, taken, type Found, type TreeFolder } from './finding.ts'
import { assertFits, type Destination } from './fitting.ts'
import { following, list, type ListOptions, type Listing, type Order } from './listing.ts'
import { lock, unlock } from './locks.ts'
import { Members } from './members.ts'
import { makeFolders } from './making_folders.ts'
import { move, type Moved } from './moving.ts'
import { News } from './news.ts'
import type { Target } from './placing.ts'
import { rename } from './renaming.ts'
import { putReturned, type ReturnAddress } from './returning.ts'
import { assertMay, may, type Right } from './roles.ts'
import { vaultById, type House, type Source, type Vault } from './rows.ts'
import { release, reserve } from './quota.ts'
import { selection, type Chosen } from './selection.ts'
import { shredRetired } from './shredding.ts'
import { emptyTrash, purgeOld, remove, restore, trash, type TrashPage } from './trash.ts'
import { entries, entry, pathTo, type Crumb } from './tree.ts'
import { forgetUndos, Undoing } from './undoing.ts'
import { Verdicts } from './verdicts.ts'
import { destroyOldVaults, VaultLife } from './vault_life.ts'
import { Versions } from './versions.ts'
import { create, listFor, mayCreate, type ListedVault } from './vaults.ts'

export type { Access, VaultViewer } from './access.ts'
export type { Activity, Note, What } from './activity.ts'
export type { ActivityFilter, ActivityPage, ActorOfVault } from './activity_list.ts'
export type { Conflict, NewFile, Put, PutOptions } from './adding.ts'
export type { Copied } from './copying.ts'
export type { Found, TreeFolder } from './finding.ts'
export type { Moved } from './moving.ts'
export type { Target } from './placing.ts'
export { KEPT_IN_TRASH, type TrashPage } from './trash.ts'
export type { FileVersion } from './versions.ts'
export type { KeptFilter, KeptVault } from './care.ts'
export type { Deposit } from './deposits.ts'
export type {
  Content,
  Deposited,
  FileVerdict,
  Lock,
  VaultEntry,
  VaultFile,
  VaultFolder,
} from './entries.ts'
export { withVerdict } from './entries.ts'
export type { Listing, ListOptions, Sort } from './listing.ts'
export { assertGrant, MEMBER_ROLES, type Grant, type MemberRole } from './grants.ts'
export type { Admission } from './admissions.ts'
export type { Member } from './members.ts'
export type { NameFault } from './names.ts'
export type { NewsFile, VaultNews } from './news.ts'
export type { Destination } from './fitting.ts'
export { assertReturnable, type ReturnAddress } from './returning.ts'
export type { Chosen } from './selection.ts'
export type { Unjudged } from './verdicts.ts'
export type { Right, VaultRole } from './roles.ts'
export type { Vault } from './rows.ts'
export type { Crumb } from './tree.ts'
export { FIRST_QUOTA, type ListedVault } from './vaults.ts'

export interface VaultsOptions extends Omit<House, 'now'> {
  now?: () => Date
}

export class Vaults {
  readonly #house: House
  readonly activity: ActivityList
  readonly admissions: Admissions
  readonly care: Care
  readonly deposits: Deposits
  readonly life: VaultLife
  readonly members: Members
  readonly news: News
  readonly undoing: Undoing
  readonly verdicts: Verdicts
  readonly versions: Versions

  constructor({ now = () => new Date(), ...options }: VaultsOptions) {
    const house = { ...options, now }
    this.#house = house
    this.activity = new ActivityList(house)
    this.admissions = new Admissions(house)
    this.care = new Care(house)
    this.deposits = new Deposits(house)
    this.life = new VaultLife(house)
    this.members = new Members(house)
    this.news = new News(house)
    this.undoing = new Undoing(house)
    this.verdicts = new Verdicts(house)
    this.versions = new Versions(house)
  }

  /** @throws NotFound `E_NO_VAULT` for one that is not there or not for this viewer: both look the same */
  open(number: number, viewer: VaultViewer): Promise<Access> {
    return open(this.#house, number, viewer)
  }

  /** Whether the viewer may do something, for what a page offers; the verbs look again. */
  may(access: Access, right: Right): boolean {
    return may(access, right)
  }

  /** Whether somebody may open vaults of his own. */
  mayCreate(viewer: Pick<VaultViewer, 'role'>): Promise<boolean> {
    return mayCreate(this.#house, viewer)
  }

  /**
   * A new vault that belongs to the viewer.
   *
   * @throws PermanentError `E_VAULT_NAME`; Refused `E_ROLE` for whom the rules do not let
   */
  create(viewer: VaultViewer, options: { name: string; quota?: number | null }): Promise<Access> {
    return create(this.#house, viewer, options)
  }

  /** Vaults that are the viewer's or shared with him, in the order of their numbers, from behind `after`. */
  listFor(viewer: VaultViewer, page: { after?: number; limit: number }): Promise<ListedVault[]> {
    return listFor(this.#house, viewer, page)
  }

  /** What lies in a folder, or with null at the top level: a page of it, and where that is. @throws NotFound `E_NO_ENTRY` */
  list(access: Access, folder: number | null, options: ListOptions): Promise<Listing> {
    return list(this.#house, access, folder, options)
  }

  /** Of entries in a folder the one behind each in an order; null for the last. What does not lie there is left out. */
  following(
    access: Access,
    folder: number | null,
    ids: number[],
    order: Order
  ): Promise<Map<number, number | null>> {
    return following(this.#house, access, folder, ids, order)
  }

  /** A file or folder that is not in the trash. @throws NotFound `E_NO_ENTRY` */
  async entry(access: Access, id: number): Promise<VaultEntry> {
    assertMay(access, 'see')
    return entry(this.#house, access, id)
  }

  /** Those of these that are there, the trash left out, in the same order. */
  async entries(access: Access, ids: number[]): Promise<VaultEntry[]> {
    assertMay(access, 'see')
    return entries(this.#house, access, ids)
  }

  /** The folders down to the one in which something lies. */
  pathOf({ parent }: VaultEntry): Promise<Crumb[]> {
    return pathTo(this.#house.db, parent)
  }

  /** @returns the folder's id. @throws Refused `E_NAME`, `E_NAME_TAKEN`, `E_DEPTH`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY` */
  makeFolder(access: Access, parent: number | null, name: string): Promise<number> {
    return makeFolder(this.#house, access, parent, name)
  }

  /** Makes folders where they are missing. @param paths names from below `parent` down to each. @returns ids. @throws as `makeFolder` */
  makeFolders(access: Access, parent: number | null, paths: string[][]): Promise<number[]> {
    return makeFolders(this.#house, access, parent, paths)
  }

  /**
   * Puts a file into a folder, as the last statement of the caller's transaction. Its blob is recorded there too, or was before.
   *
   * @returns null when the name is taken and `conflict` says `skip`
   * @throws Refused `E_NAME_TAKEN` when it says `ask`, `E_NAME`, `E_QUOTA`, `E_LOCKED`, `E_DEPTH`, `E_ROLE`, `E_ARCHIVED`;
   *   NotFound `E_NO_ENTRY` for the folder
   */
  put(
    trx: Trx,
    access: Access,
    folder: number | null,
    file: NewFile,
    options: PutOptions
  ): Promise<Put | null> {
    return put(this.#house, trx, access, folder, file, options)
  }

  /** @returns the name it had. @throws Refused `E_NAME`, `E_NAME_TAKEN`, `E_LOCKED`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY` */
  rename(access: Access, id: number, name: string): Promise<string> {
    return rename(this.#house, access, id, name)
  }

  /** Which of these names are taken in a folder by something that the viewer sees; what `ask` would refuse. */
  taken(access: Access, folder: number | null, names: string[]): Promise<string[]> {
    return taken(this.#house, access, folder, names)
  }

  /** Folders directly in a folder, by name: the tree of a dialog, a level at a time. */
  folderTree(
    access: Access,
    parent: number | null,
    page: { after?: string | null; limit: number }
  ): Promise<{ folders: TreeFolder[]; next: string | null }> {
    return folderTree(this.#house, access, parent, page)
  }

  /** Files and folders anywhere in the vault whose name contains the text. */
  find(access: Access, text: string, page: { after?: number; limit: number }): Promise<Found[]> {
    return find(this.#house, access, text, page)
  }

  /**
   * Copies files, as they are now, and folders with what the viewer sees in them, also into another vault. Copies count towards
   * the quota.
   *
   * @throws Refused `E_NAME_TAKEN` with all names when `conflict` is `ask`, `E_QUOTA`, `E_CYCLE`, `E_DEPTH`, `E_LOCKED`, `E_ROLE`,
   *   `E_ARCHIVED`; NotFound `E_NO_ENTRY`
   */
  copy(access: Access, ids: number[], target: Target, conflict: Conflict): Promise<Copied> {
    return copy(this.#house, access, ids, target, conflict)
  }

  /** Moves files and folders, with all their versions, also into another vault where the viewer may change things. @throws as `copy` */
  move(access: Access, ids: number[], target: Target, conflict: Conflict): Promise<Moved> {
    return move(this.#house, access, ids, target, conflict)
  }

  /**
   * Puts files and folders into the trash, for 30 days.
   *
   * @returns the batch, which `restore` takes back
   * @throws Refused `E_LOCKED`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
   */
  remove(access: Access, ids: number[]): Promise<string> {
    return remove(this.#house, access, ids)
  }

  /** What is in the trash, newest first. @throws Refused `E_ROLE` for readers and contributors */
  trash(access: Access, page: { after?: string | null; limit: number }): Promise<TrashPage> {
    return trash(this.#house, access, page)
  }

  /** Takes a batch, or some things, out of the trash. @returns ids. @throws NotFound `E_NO_ENTRY`; Refused as `remove` */
  restore(access: Access, what: string | number[]): Promise<number[]> {
    return restore(this.#house, access, what)
  }

  /** Destroys what is in the trash, or some of it. @throws Refused `E_ROLE` for all but the owner; NotFound `E_NO_ENTRY` */
  emptyTrash(access: Access, ids?: number[]): Promise<void> {
    return emptyTrash(this.#house, access, ids)
  }

  /** Locks files for everybody else. @throws Refused `E_LOCKED`, `E_NOT_A_FILE`, `E_ROLE`; PermanentError `E_UNTIL` */
  lock(access: Access, ids: number[], until?: Date): Promise<void> {
    return lock(this.#house, access, ids, until)
  }

  /** Ends locks; those of others where the viewer may break them, which is noted. @throws Refused `E_LOCKED`, `E_ROLE` */
  unlock(access: Access, ids: number[]): Promise<void> {
    return unlock(this.#house, access, ids)
  }

  /** Destroys what has been in the trash for 30 days, files and vaults, and the bytes that nobody names then. */
  async sweep(): Promise<void> {
    await purgeOld(this.#house)
    await destroyOldVaults(this.#house)
    await forgetUndos(this.#house)
    await this.shredRetired()
  }

  /** Keeps room for an upload that begins. @throws Refused `E_QUOTA`, `E_ROLE`, `E_ARCHIVED` */
  reserve(trx: Trx, access: Access, bytes: number): Promise<void> {
    return reserve(this.#house, trx, access, bytes)
  }

  /**
   * Refuses what `put` would refuse, but for room, before a byte of the file came.
   *
   * @throws as `put`; Refused `E_SKIPPED` where the name is taken and the file is to be left out
   */
  assertFits(
    access: Access,
    folder: number | null,
    destination: Destination,
    conflict: Conflict
  ): Promise<void> {
    return assertFits(this.#house, access, folder, destination, conflict)
  }

  /** Gives room back that an upload will not need. */
  release(trx: Trx, vaultId: number, bytes: number): Promise<void> {
    return release(trx, vaultId, bytes)
  }

  /**
   * The bytes of a file or of one of its versions.
   *
   * @throws NotFound `E_FILE_GONE` once it was taken out of use; Refused `E_NOT_CLEAN` for whatever has not been found
   *   clean (rule 4)
   */
  read(content: Content, range?: { start: number; end?: number }): Readable {
    this.assertReadable(content)
    return this.#house.blobs.read(content.blob, range)
  }

  /**
   * A selection with all that lies in it, as far as the viewer may see it.
   *
   * @param most entries at most
   * @throws Refused `E_ROLE`, `E_TOO_MANY_ENTRIES` {most}; NotFound `E_NO_ENTRY`
   */
  selection(access: Access, ids: number[], most: number): Promise<Chosen[]> {
    return selection(this.#house, access, ids, most)
  }

  /** @throws as `read`, before anything is read */
  assertReadable({ version, verdict, gone, downloadable }: Content): void {
    if (gone) throw new NotFound('E_FILE_GONE', `Version ${version} is no longer available`)
    if (downloadable) return
    throw new Refused('E_NOT_CLEAN', `Version ${version} is ${verdict} and not handed out`, {
      facts: { verdict },
    })
  }

  /** Whatever was made of it since. @throws NotFound `E_NO_VAULT` */
  byId(source: Source, id: number): Promise<Vault> {
    return vaultById(source, id)
  }

  /** Notes something that another door did with a vault, as the last statement of the caller's transaction. */
  note(trx: Trx, access: Access, note: Note): Promise<void> {
    return changeWithin(this.#house, trx, access, 'see', async (at) => at.note(note))
  }

  /** Puts a file that the recipient of a mail sends back into its sender's vault, as the last statement of the caller's transaction. */
  putReturned(trx: Trx, to: ReturnAddress, file: NewFile): Promise<VaultFile> {
    return putReturned(this.#house, trx, to, file)
  }

  /**
   * Destroys the bytes of versions that were taken out of use, some at a time; what a crash left is taken up again.
   *
   * @returns how many
   * @throws as `Blobs.shred`; what is left comes with the next call
   */
  shredRetired(): Promise<number> {
    return shredRetired(this.#house)
  }
}
