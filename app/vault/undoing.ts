import { NotFound, Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import { open, type Access } from './access.ts'
import { freeName, insertFolderAgain, refuseLocked, takenBy } from './adding.ts'
import { changesWithin, type Change } from './change.ts'
import { entriesWithContent, lockOf, type EntryRow } from './entries.ts'
import { place } from './moving.ts'
import type { Right } from './roles.ts'
import type { House, Source } from './rows.ts'
import { below, noted, refuseCycle, refuseDeep, refuseLockedBelow } from './subtree.ts'
import { restoreRows, trashRows } from './trash.ts'
import { takeVersionBack } from './versions.ts'

/** How long somebody may think again, in milliseconds. */
const KEPT = 60 * 60_000

/** Where something lies: the id of a vault, of a folder (0: the top level), and its name there. */
export interface Spot {
  vault: number
  parent: number
  name: string
}

/** Who changed a file or folder last. */
export type ChangedColumns = Pick<EntryRow, 'changed_by_id' | 'changed_by_name' | 'changed_at'>

/** A lock, or none, as the table has it. */
export type LockColumns = Pick<
  EntryRow,
  'locked_by_id' | 'locked_by_name' | 'locked_at' | 'lock_until'
>

/** One thing that was done in a vault, with what is needed to take it back. */
export type Step = { vault: number } & (
  | { did: 'add'; entry: number }
  /** A folder on the way of an upload: it goes when nothing is left in it. */
  | { did: 'open'; entry: number }
  | { did: 'restore'; entries: number[] }
  | { did: 'trash'; batch: string }
  | { did: 'put'; entry: number; from: Spot; to: Spot; changed?: ChangedColumns }
  /** A folder that was emptied into another one, as the table had it. */
  | { did: 'merge'; row: Record<string, string | number | boolean | null> & { name: string } }
  | {
      did: 'version'
      entry: number
      number: number
      before: ChangedColumns & Pick<EntryRow, 'version'>
    }
  | { did: 'lock' | 'unlock'; entry: number; before: LockColumns }
)

/** Ways back from what people do with files and folders. */
export class Undoing {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** The same access; what is done with it can be taken back by this name for an hour, as far as the viewer may. */
  remembering(access: Access, name: string): Access {
    return { ...access, undo: name }
  }

  /** The name by which what was done with an access can be taken back; null where nothing was, or he may not. */
  async wayBack({ undo: name }: Access): Promise<string | null> {
    if (name === undefined) return null
    const row = await this.#house.db.from('undos').where('id', name).select('id').first()
    return row ? name : null
  }

  /**
   * Takes back what the viewer did, all of it or nothing.
   *
   * @param names as `remembering` was given them
   * @returns entries that look different now
   * @throws Refused `E_UNDO_OVER` for what is not remembered (any more), `E_UNDO_LATE` {name} where somebody did something with it
   *   since, `E_LOCKED`, `E_QUOTA`, `E_DEPTH`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_VAULT`
   */
  async undo(access: Access, names: string[]): Promise<number[]> {
    const { db } = this.#house
    const known: { steps: string }[] = await this.#mine(db, access, names).orderBy('at')
    if (known.length < new Set(names).size) throw over()
    const steps = known.flatMap((row) => JSON.parse(row.steps) as Step[])
    const others = await this.#othersIn(access, steps)
    const wanted = [access, ...others].map((each): [Access, Right] => [each, 'change'])
    return transaction(db, (trx) =>
      changesWithin(this.#house, trx, wanted, async (changes) => {
        const still: unknown[] = await this.#mine(trx, access, names).select('id')
        if (still.length < known.length) throw over()
        await this.#mine(trx, access, names).delete()
        const undoer = new Undoer(changes)
        // Folders on the way of uploads wait until all files are out of them; what is deeper was made later.
        const isWay = ({ did }: Step) => did === 'open'
        const deeds = steps.filter((step) => !isWay(step)).toReversed()
        for (const step of [...deeds, ...steps.filter(isWay).toReversed()]) await undoer.take(step)
        undoer.note()
        return undoer.entries
      })
    )
  }

  #mine(source: Source, { vault, viewer }: Access, names: string[]) {
    return source
      .from('undos')
      .whereIn('id', names)
      .where({ user_id: viewer.id, vault_id: vault.id })
      .where('at', '>', this.#house.now().getTime() - KEPT)
  }

  /** The other vaults in which something is to be taken back. @throws NotFound `E_NO_VAULT` */
  async #othersIn({ vault, viewer }: Access, steps: Step[]): Promise<Access[]> {
    const ids = steps.flatMap((step) =>
      step.did === 'put' ? [step.from.vault, step.to.vault] : [step.vault]
    )
    const others = [...new Set(ids)].filter((id) => id !== vault.id)
    const rows: { number: number }[] = await this.#house.db
      .from('vaults')
      .whereIn('id', others)
      .select('number')
    return Promise.all(rows.map(({ number }) => open(this.#house, number, viewer)))
  }
}

/** Forgets ways back that nobody goes any more. For the sweep */
export async function forgetUndos(house: House): Promise<void> {
  const before = house.now().getTime() - KEPT
  await transaction(house.db, (trx) => trx.from('undos').where('at', '<=', before).delete())
}

const over = () => new Refused('E_UNDO_OVER', 'Not remembered any more')

const late = (name: string) =>
  new Refused('E_UNDO_LATE', 'Somebody did something with it since', { facts: { name } })

/** Goes one step back after the other, and says in the vaults what became of it. */
class Undoer {
  readonly #changes: Map<number, Change>
  readonly #trx: Trx
  readonly #done = new Map<Done, Touched[]>()

  constructor(changes: Change[]) {
    this.#changes = new Map(changes.map((each) => [each.vault.id, each]))
    this.#trx = changes[0]!.trx
  }

  get entries(): number[] {
    return [...new Set([...this.#changes.values()].flatMap(({ touched }) => [...touched]))]
  }

  async take(step: Step): Promise<void> {
    const at = this.#at(step.vault)
    if (step.did === 'add') return this.#remove(at, await this.#own(at, step.entry))
    if (step.did === 'open') return this.#close(at, step.entry)
    if (step.did === 'restore') {
      for (const id of step.entries) await this.#remove(at, await this.#live(at, id))
    } else if (step.did === 'trash') await this.#restore(at, step.batch)
    else if (step.did === 'put') await this.#putBack(step)
    else if (step.did === 'merge') await this.#split(at, step.row)
    else if (step.did === 'version') await this.#dropVersion(at, step)
    else await this.#lockAsBefore(at, step)
  }

  /** One line for each kind of thing in each vault, as for what people do themselves. */
  note(): void {
    for (const [what, touched] of this.#done) {
      for (const [at, all] of Map.groupBy(touched, (each) => each.at)) {
        const rows = [...new Map(all.map(({ row }) => [row.id, row])).values()]
        at.note({ what, ...noted(rows), details: { undone: true, count: rows.length } })
        for (const { id } of rows) at.touched.add(id)
      }
    }
  }

  #at(vault: number): Change {
    const at = this.#changes.get(vault)
    if (!at) throw over()
    return at
  }

  #say(what: Done, at: Change, row: EntryRow): void {
    const known = this.#done.get(what)
    if (known) known.push({ at, row })
    else this.#done.set(what, [{ at, row }])
  }

  /** @throws Refused `E_UNDO_LATE` for what is not in this vault any more, or in the trash */
  async #live(at: Change, id: number, name?: string): Promise<EntryRow> {
    const [row]: EntryRow[] = await entriesWithContent(this.#trx).where('entries.id', id)
    if (row && row.vault_id === at.vault.id && row.trashed_at === null) return row
    const called = name ?? row?.name
    throw called === undefined ? over() : late(called)
  }

  /** What the viewer put in, as long as nobody else put something to it. */
  async #own(at: Change, id: number): Promise<EntryRow> {
    const row = await this.#live(at, id)
    const { sql, bindings } = below(at.vault.id, [id])
    const others = await this.#trx
      .from('entries')
      .whereRaw(`id IN (${sql})`, bindings)
      .where((foreign) => {
        foreign.whereNot('made_by_id', at.actor.id!).orWhereNull('made_by_id')
        foreign.orWhereNot('changed_by_id', at.actor.id!)
      })
      .first()
    if (others) throw late(row.name)
    return row
  }

  async #remove(at: Change, row: EntryRow): Promise<void> {
    await refuseLockedBelow(at, [row.id])
    await trashRows(at, [row])
    this.#say('removed', at, row)
  }

  async #close(at: Change, id: number): Promise<void> {
    const inside = await this.#trx
      .from('entries')
      .where({ vault_id: at.vault.id, parent_id: id })
      .whereNull('trashed_at')
      .first()
    if (inside) return
    const [row]: EntryRow[] = await entriesWithContent(this.#trx)
      .where({ 'entries.id': id, 'entries.vault_id': at.vault.id })
      .whereNull('entries.trashed_at')
    if (row) await this.#remove(at, row)
  }

  async #restore(at: Change, batch: string): Promise<void> {
    const rows = await restoreRows(at, batch).catch((error: unknown) => {
      throw error instanceof NotFound ? over() : error
    })
    for (const row of rows) this.#say('restored', at, row)
  }

  async #putBack({ entry, from, to, changed }: Extract<Step, { did: 'put' }>): Promise<void> {
    const [at, back] = [this.#at(to.vault), this.#at(from.vault)]
    const row = await this.#live(at, entry, to.name)
    if (row.parent_id !== to.parent || row.name !== to.name) throw late(row.name)
    await refuseLockedBelow(at, [entry])
    const folder = from.parent || null
    if (folder) await this.#live(back, folder, from.name)
    const depth = await refuseCycle(this.#trx, [entry], folder)
    await refuseDeep(this.#trx, to.vault, [entry], depth)
    await place(at, back, row, folder, await this.#free(from, entry), changed ?? {})
    if (from.vault !== to.vault) await forgetArrival(this.#trx, from.vault, entry)
    this.#say('moved', back, row)
    at.touched.add(entry)
  }

  async #split(at: Change, row: Extract<Step, { did: 'merge' }>['row']): Promise<void> {
    const parent = Number(row.parent_id)
    if (parent) await this.#live(at, parent, row.name)
    await insertFolderAgain(at, {
      ...row,
      name: await this.#free({ ...row, vault: at.vault.id, parent }),
    })
  }

  async #dropVersion(at: Change, step: Extract<Step, { did: 'version' }>): Promise<void> {
    const row = await this.#live(at, step.entry)
    if (row.version !== step.number) throw late(row.name)
    refuseLocked(at, row)
    if (!(await takeVersionBack(at, row, step.before))) throw late(row.name)
  }

  /** A lock that would be over by now stays so, and nobody locks what others hold. */
  async #lockAsBefore(at: Change, { did, entry, before }: LockStep): Promise<void> {
    const row = await this.#live(at, entry)
    refuseLocked(at, row)
    const held = lockOf(row, at.at)
    if ((held === null) === (did === 'lock')) throw late(row.name)
    if (before.lock_until !== null && before.lock_until <= at.at.getTime()) return
    if (before.locked_by_id !== null && !(await isMember(this.#trx, at, before.locked_by_id)))
      return
    await this.#trx.from('entries').where('id', entry).update(before)
    this.#say(before.locked_by_id === null ? 'unlocked' : 'locked', at, row)
  }

  async #free({ vault, parent, name }: Spot, own?: number): Promise<string> {
    const there = await takenBy(this.#trx, vault, parent || null, name)
    if (there === undefined || there === own) return name
    return freeName(this.#trx, vault, parent || null, name)
  }
}

type LockStep = Extract<Step, { did: 'lock' | 'unlock' }>

type Done = 'removed' | 'restored' | 'moved' | 'locked' | 'unlocked'

interface Touched {
  at: Change
  row: EntryRow
}

async function isMember(trx: Trx, at: Change, user: number): Promise<boolean> {
  const own = { vault_id: at.vault.id, user_id: user }
  return Boolean(await trx.from('memberships').where(own).first())
}

/** It is no news where it was before. */
async function forgetArrival(trx: Trx, vault: number, entry: number): Promise<void> {
  const { sql, bindings } = below(vault, [entry])
  await trx
    .from('entries')
    .whereRaw(`id IN (${sql})`, bindings)
    .update({ came_at: null, came_by_id: null, came_by_name: null })
}
