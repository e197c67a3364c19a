import { Refused } from '#errors'
import type { LedgerEvent } from '#ledger'
import { transaction, type Trx } from '#transaction'
import { renewed, noVault, type Access } from './access.ts'
import { insertActivity, type Activity, type Actor, type Note, type What } from './activity.ts'
import { assertMay, may, type Right } from './roles.ts'
import {
  countEntries,
  fromVault,
  refuseMany,
  type House,
  type Vault,
  type VaultRow,
} from './rows.ts'
import type { Step } from './undoing.ts'

/**
 * Work on one vault inside a transaction. The vault's row is locked, so that quota, names and tree are read and written by one at a
 * time; what happened is noted and goes to the activity and the ledger together with it.
 */
export class Change {
  readonly trx: Trx
  readonly vault: Vault
  readonly actor: Actor
  readonly at: Date
  /** Entries that look different afterwards. */
  readonly touched = new Set<number>()
  readonly #notes: Note[] = []
  readonly #steps: Step[]
  readonly #maxEntries: number | undefined
  /** Counted when something comes first. */
  #entries: number | undefined

  /** @param steps is filled with what was done, in that order, where it can be taken back */
  constructor(
    { maxEntries }: Pick<House, 'maxEntries'>,
    trx: Trx,
    vault: Vault,
    actor: Actor,
    at: Date,
    steps: Step[] = []
  ) {
    this.#maxEntries = maxEntries
    this.trx = trx
    this.vault = vault
    this.actor = actor
    this.at = at
    this.#steps = steps
  }

  remember(step: StepHere): void {
    this.#steps.push({ ...step, vault: this.vault.id })
  }

  note(note: Note): void {
    this.#notes.push(note)
    if (note.entryId) this.touched.add(note.entryId)
  }

  /** @throws Refused `E_QUOTA` with the bytes that are missing */
  assertRoom(bytes: number): void {
    const { quota, used, reserved, number } = this.vault
    if (quota === null || bytes <= 0) return
    const missing = used + reserved + bytes - quota
    if (missing <= 0) return
    throw new Refused('E_QUOTA', `Vault ${number} lacks ${missing} bytes`, {
      facts: { missing, quota, used, reserved, wanted: bytes },
    })
  }

  /** Files and folders that come to the vault. @throws Refused `E_ENTRIES` {limit} */
  async grow(count: number): Promise<void> {
    if (this.#maxEntries === undefined || this.vault.mailbox !== null) return
    this.#entries ??= await countEntries(this.trx, this.vault.id)
    this.#entries += count
    refuseMany(this.vault, this.#entries, this.#maxEntries)
  }

  /** Counts bytes towards the quota, or away from it. @throws Refused `E_QUOTA` */
  async charge(bytes: number, reserved = 0): Promise<void> {
    if (bytes === 0 && reserved === 0) return
    this.assertRoom(bytes + reserved)
    await this.trx
      .from('vaults')
      .where('id', this.vault.id)
      .update({
        used: this.trx.raw('used + ?', [bytes]),
        reserved: this.trx.raw('reserved + ?', [reserved]),
      })
    this.vault.used += bytes
    this.vault.reserved += reserved
  }

  /** Writes down what happened. @returns for the ledger, which comes last */
  async finish(house: House): Promise<LedgerEvent[]> {
    const { trx, vault, actor, at } = this
    const activities: Activity[] = []
    for (const note of this.#notes) {
      activities.push(await insertActivity(trx, vault.id, actor, at, note))
    }
    if (activities.some(({ what }) => !leavesContent.has(what))) {
      await trx.from('vaults').where('id', vault.id).update({ changed_at: at.getTime() })
    }
    if (activities.length > 0) await house.heard?.(trx, activities)
    const touched = [...this.touched]
    if (activities.length > 0 || touched.length > 0) {
      trx.after('commit', () => house.onChange?.(vault.id, touched))
    }
    return activities.map((activity) => eventOf(vault, activity))
  }
}

/** A step in this vault. */
type StepHere = Step extends infer Each ? (Each extends Step ? Omit<Each, 'vault'> : never) : never

/** After these a vault holds what it held before: who is in it, what is fetched from it and told of it. */
const leavesContent: ReadonlySet<What> = new Set<What>([
  ...(['downloaded', 'notified', 'exported'] as const),
  ...(['member_added', 'member_changed', 'member_removed', 'member_left', 'member_ended'] as const),
  ...(['member_invited', 'invitation_revoked', 'owner_changed', 'quota_changed'] as const),
])

/** What is personal stands in the detail, which can be erased. */
function eventOf({ number }: Vault, activity: Activity): LedgerEvent {
  const { at, what, actorId, actorName, entryId, names, details } = activity
  return {
    type: 'vault',
    number: null,
    original: null,
    at,
    detail: {
      vault: number,
      what,
      actor: actorId,
      name: actorName,
      entry: entryId,
      names,
      details,
    },
  }
}

/**
 * Runs `work` on a vault in a transaction of its own.
 *
 * @param right what the viewer must be allowed, looked up again under the lock
 * @throws as `assertMay`, and what `work` throws
 */
export function change<T>(
  house: House,
  access: Access,
  right: Right,
  work: (change: Change) => Promise<T>
): Promise<T> {
  return transaction(house.db, (trx) => changeWithin(house, trx, access, right, work))
}

/** The same inside the caller's transaction, as its last statement: it ends with the ledger. */
export async function changeWithin<T>(
  house: House,
  trx: Trx,
  access: Access,
  right: Right,
  work: (change: Change) => Promise<T>
): Promise<T> {
  return changesWithin(house, trx, [[access, right]], ([only]) => work(only!))
}

/** Works on several vaults. They are locked in the order of their ids, so that nobody waits in a circle. */
export async function changesWithin<T>(
  house: House,
  trx: Trx,
  wanted: [Access, Right][],
  work: (changes: Change[]) => Promise<T>
): Promise<T> {
  const at = house.now()
  const rows = await lockVaults(
    trx,
    wanted.map(([access]) => access.vault.id)
  )
  const byVault = new Map<number, Change>()
  const steps: Step[] = []
  let mayGoBack = true
  for (const [access, right] of wanted) {
    const { id, number } = access.vault
    const row = rows.get(id)
    if (!row) throw noVault(number)
    const now = await renewed({ db: trx, now: () => at }, row, access)
    assertMay(now, right)
    mayGoBack &&= may(now, 'change')
    if (!byVault.has(id)) byVault.set(id, new Change(house, trx, now.vault, now.viewer, at, steps))
  }
  const result = await work(wanted.map(([access]) => byVault.get(access.vault.id)!))
  if (mayGoBack) await keep(trx, wanted[0]![0], at, steps)
  await record(house, trx, [...byVault.values()])
  return result
}

/** Work of nobody who is signed in, such as the scanner: the caller knows that it is allowed. */
export async function changeBy<T>(
  house: House,
  trx: Trx,
  vaultId: number,
  actor: Actor,
  work: (change: Change) => Promise<T>
): Promise<T> {
  const row = (await lockVaults(trx, [vaultId])).get(vaultId)
  if (!row) throw noVault(vaultId)
  const only = new Change(house, trx, fromVault(row), actor, house.now())
  const result = await work(only)
  await record(house, trx, [only])
  return result
}

/**
 * Work of people on vaults that let them in only with it: the caller knows that it is allowed. Vaults in the trash are none.
 *
 * @param also what the ledger is told before
 */
export async function changesBy(
  house: House,
  trx: Trx,
  wanted: [vaultId: number, actor: Actor][],
  also: LedgerEvent[],
  work: (changes: Change[]) => Promise<void>
): Promise<void> {
  const rows = await lockVaults(
    trx,
    wanted.map(([id]) => id)
  )
  const changes = wanted.map(([id, actor]) => {
    const row = rows.get(id)
    if (!row || row.trashed_at !== null) throw noVault(id)
    return new Change(house, trx, fromVault(row), actor, house.now())
  })
  await work(changes)
  await record(house, trx, changes, also)
}

/** Steps that are remembered of one thing that somebody did: who emptied larger folders into others does not go back at a press. */
const MOST_STEPS = 1000

/** Remembers how to take back what was done, where the viewer wants to be able to. */
async function keep(trx: Trx, { undo, vault, viewer }: Access, at: Date, steps: Step[]) {
  if (undo === undefined || steps.length === 0 || steps.length > MOST_STEPS) return
  const row = { id: undo, user_id: viewer.id, vault_id: vault.id, at: at.getTime() }
  await trx
    .insertQuery()
    .table('undos')
    .insert({ ...row, steps: JSON.stringify(steps) })
}

async function record(
  house: House,
  trx: Trx,
  changes: Change[],
  also: LedgerEvent[] = []
): Promise<void> {
  const events: LedgerEvent[] = [...also]
  for (const each of changes) events.push(...(await each.finish(house)))
  if (events.length > 0) await house.ledger.append(trx, events)
}

async function lockVaults(trx: Trx, ids: number[]): Promise<Map<number, VaultRow>> {
  const rows: VaultRow[] = await trx.from('vaults').whereIn('id', ids).orderBy('id').forUpdate()
  return new Map(rows.map((row) => [row.id, row]))
}
