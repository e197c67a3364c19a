import type { Database } from '@adonisjs/lucid/database'
import { NotFound, PermanentError, Refused } from '#errors'
import type { Json, Ledger } from '#ledger'
import type { Post } from '#post'
import { transaction, type Trx } from '#transaction'
import { domainOf, normalAddress } from './address.ts'
import { mailboxGivenLetter } from './letters.ts'
import {
  ACCOUNT_COLUMNS,
  accountFromRow,
  claimMailbox,
  mailboxFromRow,
  ownsMail,
  ROLES,
  type Account,
  type AccountRow,
  type Language,
  type Mailbox,
  type MailboxRow,
  type Role,
} from './people.ts'
import { sortKey } from '../sort_key.ts'

/** A person as administrators see him. */
export interface Person extends Account {
  registeredAt: Date
  /** null: the account works. */
  disabledAt: Date | null
}

/** A mailbox of a person, with the key by which it is ended. */
export interface OwnMailbox extends Mailbox {
  id: number
}

/** Signs an account out everywhere, and says how many sessions that were. */
interface EndsSessions {
  end(trx: Trx, accountId: number): Promise<number>
}

export interface PeopleFilter {
  /** Part of a name, an address or a user name. */
  search?: string
  role?: Role
  state?: 'active' | 'disabled'
}

type PersonRow = AccountRow & {
  sort_name: string
  registered_at: number
  disabled_at: number | null
}
const COLUMNS = [...ACCOUNT_COLUMNS, 'sort_name', 'registered_at', 'disabled_at'] as const

function personFromRow(row: PersonRow): Person {
  const { registered_at: registeredAt, disabled_at: disabledAt } = row
  return {
    ...accountFromRow(row),
    registeredAt: new Date(registeredAt),
    disabledAt: disabledAt === null ? null : new Date(disabledAt),
  }
}

/**
 * Everybody with an account, as administrators see and change them.
 *
 * Each change is one transaction with its ledger entry. Nobody changes his own role or disables himself, and one administrator always
 * remains: two who disable each other at the same moment do not both succeed.
 */
export class Directory {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #post: Post
  readonly #sessions: EndsSessions
  readonly #locale: Language
  readonly #now: () => Date

  /** @param options.locale of letters to people who have not chosen a language */
  constructor(options: {
    db: Database
    ledger: Ledger
    post: Post
    sessions: EndsSessions
    locale?: Language
    now?: () => Date
  }) {
    this.#db = options.db
    this.#ledger = options.ledger
    this.#post = options.post
    this.#sessions = options.sessions
    this.#locale = options.locale ?? 'de'
    this.#now = options.now ?? (() => new Date())
  }

  /** As a dictionary has their names, `limit` at most, after the person `after`. */
  async list(
    { search, role, state }: PeopleFilter,
    page: { after?: number; limit: number }
  ): Promise<{ people: Person[]; next: number | null }> {
    const query = this.#db
      .from('users')
      .select(...COLUMNS)
      .orderBy([{ column: 'sort_name' }, { column: 'id' }])
      .limit(page.limit + 1)
    if (role) query.where('role', role)
    if (state === 'active') query.whereNull('disabled_at')
    if (state === 'disabled') query.whereNotNull('disabled_at')
    for (const word of (search ?? '').trim().split(/\s+/).filter(Boolean).slice(0, 5)) {
      const like = containing(word.toLowerCase())
      query.where((any) => {
        for (const column of ['full_name', 'email', 'username']) {
          any.orWhereRaw(`lower(${column}) LIKE ? ESCAPE '\\'`, [like])
        }
        any.orWhereRaw(`sort_name LIKE ? ESCAPE '\\'`, [containing(sortKey(word))])
      })
    }
    const last = page.after === undefined ? null : await this.#row(page.after)
    if (last) {
      query.where((later) => {
        later
          .where('sort_name', '>', last.sort_name)
          .orWhere((same) => same.where('sort_name', last.sort_name).where('id', '>', last.id))
      })
    }
    const rows: PersonRow[] = await query
    const people = rows.slice(0, page.limit).map(personFromRow)
    return { people, next: rows.length > page.limit ? people.at(-1)!.id : null }
  }

  /** @throws NotFound `E_NO_PERSON` */
  async person(id: number, db: Trx | Database = this.#db): Promise<Person> {
    const row = await this.#row(id, db)
    if (!row) throw noPerson(id)
    return personFromRow(row)
  }

  /** The account with an address, disabled or not. */
  async withAddress(email: string, db: Trx | Database = this.#db): Promise<Person | null> {
    const row: PersonRow | null = await db
      .from('users')
      .where('email', email)
      .select(...COLUMNS)
      .first()
    return row && personFromRow(row)
  }

  /** How many there are of each role; disabled ones are not counted. */
  async counts(): Promise<Map<Role, number>> {
    const rows: { role: Role; total: number | string }[] = await this.#db
      .from('users')
      .whereNull('disabled_at')
      .select('role')
      .count('* as total')
      .groupBy('role')
    return new Map(rows.map(({ role, total }) => [role, Number(total)]))
  }

  /**
   * Gives a person another role. Who becomes staff gets his address as a mailbox, where it is the firm's and was nobody's.
   *
   * @throws NotFound `E_NO_PERSON`; PermanentError `E_ROLE`; Refused `E_OWN_ACCOUNT`, `E_LAST_ADMINISTRATOR`
   */
  async changeRole(id: number, role: Role, actor: number): Promise<void> {
    if (!ROLES.includes(role)) {
      throw new PermanentError('E_ROLE', `${role} is not one of ${ROLES.join(', ')}`)
    }
    await this.#change(id, actor, async (trx, person) => {
      if (person.role === role) return null
      if (person.role === 'administrator') await assertAnotherAdministrator(trx, id)
      await trx.from('users').where('id', id).update({ role })
      const mailbox =
        ownsMail(role) && (await isLocal(trx, person.email)) && (await claimMailbox(trx, person))
      return { what: 'role changed', from: person.role, to: role, mailbox }
    })
  }

  /**
   * Locks a person out, at once: all his sessions end.
   *
   * @throws NotFound `E_NO_PERSON`; Refused `E_OWN_ACCOUNT`, `E_LAST_ADMINISTRATOR`
   */
  async disable(id: number, actor: number): Promise<void> {
    await this.#change(id, actor, async (trx, person) => {
      if (person.disabledAt) return null
      if (person.role === 'administrator') await assertAnotherAdministrator(trx, id)
      await trx.from('users').where('id', id).update({ disabled_at: this.#now().getTime() })
      const sessions = await this.#sessions.end(trx, id)
      return { what: 'account disabled', sessions }
    })
  }

  /** @throws NotFound `E_NO_PERSON`; Refused `E_OWN_ACCOUNT` */
  async enable(id: number, actor: number): Promise<void> {
    await this.#change(id, actor, async (trx, person) => {
      if (!person.disabledAt) return null
      await trx.from('users').where('id', id).update({ disabled_at: null })
      return { what: 'account enabled' }
    })
  }

  /**
   * Signs a person out everywhere.
   *
   * @returns how many sessions there were
   * @throws NotFound `E_NO_PERSON`
   */
  async endSessions(id: number, actor: number): Promise<number> {
    return transaction(this.#db, async (trx) => {
      const row = await this.#row(id, trx)
      if (!row) throw noPerson(id)
      const sessions = await this.#sessions.end(trx, id)
      if (sessions > 0)
        await this.#record(trx, { what: 'sessions ended', account: id, sessions, by: actor })
      return sessions
    })
  }

  /** All of them, those that have ended too. */
  async mailboxes(userId: number): Promise<OwnMailbox[]> {
    const rows: (MailboxRow & { id: number })[] = await this.#db
      .from('mailboxes')
      .where('user_id', userId)
      .select('id', 'address', 'from_at', 'until_at')
      .orderBy('id')
    return rows.map((row) => ({ id: row.id, ...mailboxFromRow(row) }))
  }

  /**
   * Gives a person an address of the firm as a mailbox, and with it its archived mail of that time. Whoever has the address now is told.
   *
   * @param mailbox.untilAt null: until it is ended
   * @param mailbox.why goes into the ledger, for it opens somebody's mail
   * @throws NotFound `E_NO_PERSON`; PermanentError `E_ADDRESS`, `E_PERIOD`, `E_REASON_MISSING`; Refused `E_NOT_LOCAL`,
   *   `E_MAILBOX_TAKEN` he has it in that time already
   */
  async addMailbox(id: number, mailbox: Mailbox & { why: string }, actor: number): Promise<void> {
    const { fromAt, untilAt } = mailbox
    const address = normalAddress(mailbox.address)
    const why = mailbox.why.trim()
    if (why.length < 3) throw new PermanentError('E_REASON_MISSING', 'A mailbox needs a reason')
    if (untilAt !== null && untilAt <= fromAt) {
      throw new PermanentError('E_PERIOD', 'A mailbox ends after it begins')
    }
    await transaction(this.#db, async (trx) => {
      const person = await this.#row(id, trx)
      if (!person) throw noPerson(id)
      if (!(await isLocal(trx, address))) {
        throw new Refused('E_NOT_LOCAL', `${domainOf(address)} is no domain of the firm`)
      }
      const rows: (MailboxRow & { user_id: number })[] = await trx
        .from('mailboxes')
        .where('address', address)
        .forUpdate()
      const overlapping = rows.filter(
        (row) =>
          (row.until_at === null || row.until_at > fromAt.getTime()) &&
          (untilAt === null || row.from_at < untilAt.getTime())
      )
      if (overlapping.some((row) => row.user_id === id)) {
        throw new Refused(
          'E_MAILBOX_TAKEN',
          `${address} is a mailbox of account ${id} in that time`
        )
      }
      await trx
        .insertQuery()
        .table('mailboxes')
        .insert({
          address,
          user_id: id,
          from_at: fromAt.getTime(),
          until_at: untilAt?.getTime() ?? null,
        })
      await this.#tellHolders(trx, overlapping, { address, to: person, why, actor })
      await this.#record(trx, {
        what: 'mailbox given',
        account: id,
        address,
        from: fromAt.toISOString(),
        until: untilAt?.toISOString() ?? null,
        why,
        by: actor,
      })
    })
  }

  /**
   * Ends a mailbox: what comes later is no longer the person's. What came before stays readable for him.
   *
   * @throws NotFound `E_NO_MAILBOX`; PermanentError `E_PERIOD`
   */
  async endMailbox(id: number, mailbox: number, untilAt: Date, actor: number): Promise<void> {
    await transaction(this.#db, async (trx) => {
      const row: (MailboxRow & { id: number }) | null = await trx
        .from('mailboxes')
        .where({ id: mailbox, user_id: id })
        .first()
      if (!row) throw new NotFound('E_NO_MAILBOX', `Account ${id} has no mailbox ${mailbox}`)
      if (untilAt.getTime() < row.from_at) {
        throw new PermanentError('E_PERIOD', 'A mailbox ends after it begins')
      }
      await trx.from('mailboxes').where('id', mailbox).update({ until_at: untilAt.getTime() })
      await this.#record(trx, {
        what: 'mailbox ended',
        account: id,
        address: row.address,
        until: untilAt.toISOString(),
        by: actor,
      })
    })
  }

  async #row(id: number, db: Trx | Database = this.#db): Promise<PersonRow | null> {
    return db
      .from('users')
      .where('id', id)
      .select(...COLUMNS)
      .first()
  }

  /** Runs a change of somebody else's account. @param work returns what is recorded, or null where nothing changed */
  async #change(
    id: number,
    actor: number,
    work: (trx: Trx, person: Person) => Promise<Record<string, Json> | null>
  ): Promise<void> {
    if (id === actor) {
      throw new Refused('E_OWN_ACCOUNT', 'Nobody changes the role or the state of his own account')
    }
    await transaction(this.#db, async (trx) => {
      const row = await this.#row(id, trx)
      if (!row) throw noPerson(id)
      const detail = await work(trx, personFromRow(row))
      if (detail) await this.#record(trx, { ...detail, account: id, by: actor })
    })
  }

  async #tellHolders(
    trx: Trx,
    rows: { user_id: number }[],
    given: { address: string; to: PersonRow; why: string; actor: number }
  ): Promise<void> {
    const ids = [...new Set(rows.map((row) => row.user_id))].filter((id) => id !== given.actor)
    const holders: PersonRow[] = await trx
      .from('users')
      .whereIn('id', ids)
      .whereNull('disabled_at')
      .select(...COLUMNS)
    for (const holder of holders) {
      const locale = holder.locale ?? this.#locale
      const letter = mailboxGivenLetter(locale, {
        address: given.address,
        name: given.to.full_name,
        why: given.why,
      })
      await this.#post.post(trx, { kind: 'mailbox_given', to: holder.email, locale, ...letter })
    }
  }

  async #record(trx: Trx, detail: Record<string, Json>): Promise<void> {
    await this.#ledger.append(trx, [{ type: 'configured', number: null, original: null, detail }])
  }
}

/** Matches what contains a word. */
const containing = (word: string) => `%${word.replace(/[\\%_]/g, '\\$&')}%`

const noPerson = (id: number) => new NotFound('E_NO_PERSON', `There is no account ${id}`)

/** The rows are locked, so that two administrators who turn on each other are seen one after the other. */
async function assertAnotherAdministrator(trx: Trx, id: number): Promise<void> {
  const rows: { id: number }[] = await trx
    .from('users')
    .where('role', 'administrator')
    .whereNull('disabled_at')
    .select('id')
    .orderBy('id')
    .forUpdate()
  if (!rows.some((row) => row.id !== id)) {
    throw new Refused('E_LAST_ADMINISTRATOR', 'One administrator must remain')
  }
}

async function isLocal(trx: Trx, address: string): Promise<boolean> {
  return Boolean(await trx.from('domains').where('name', domainOf(address)).first())
}
