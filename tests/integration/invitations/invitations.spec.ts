import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { Scrypt } from '@adonisjs/core/hash/drivers/scrypt'
import { Accounts, Directory, Sessions, type NewAccount } from '#accounts'
import { Invitations, type InvitationKind } from '#invitations'
import type { VaultViewer } from '#vault'
import { codeOf, house, refusalOf } from '../vault/fresh_vault.ts'

const DAY = 86_400_000
const PASSWORD = 'korrekt pferd batterie'
const GUEST = 'carla@client.example'
const mailed: InvitationKind[] = ['vault', 'house']

async function start({ cleanup }: Pick<TestContext, 'cleanup'>) {
  const at = await house()
  cleanup(() => at.close())
  const { db, ledger, post, vaults } = at
  const now = () => at.clock.now
  const hash = new Scrypt({ cost: 16, blockSize: 8, parallelization: 1, maxMemory: 33554432 })
  const accounts = new Accounts({ db, hash, ledger, now })
  const sessions = new Sessions({ db, now })
  const directory = new Directory({ db, ledger, post, sessions, now })
  const places = { appUrl: 'https://tresor.example', timeZone: 'Europe/Berlin' }
  const invitations = new Invitations({
    ...{ db, accounts, directory, vaults, ledger, post, places, locale: 'de', now },
  })
  await accounts.addDomain('firm.example', 'command line')
  const make = async (
    email: string,
    role: NewAccount['role'] = 'client',
    fullName = 'Anna Berger'
  ): Promise<VaultViewer> => {
    const made = await accounts.createUser(
      { email, fullName, role, password: PASSWORD },
      'command line'
    )
    return { id: made.id, name: fullName, role, mailboxes: [] }
  }
  const owner = await make('anna@firm.example', 'staff')
  const access = await vaults.create(owner, { name: 'Mandant Meier' })
  const letters = () => db.from('outbox').orderBy('queued_at')
  /** The token in the newest letter to an address. */
  const tokenFor = async (email: string) => {
    const rows: { body_text: string; recipient: string }[] = await db
      .from('outbox')
      .where('recipient', email)
      .where('kind', 'invitation')
      .orderByRaw('queued_at DESC')
    // Letters of one moment: the one whose token is still known to the table counts.
    for (const { body_text: text } of rows) {
      const token = /\/(?:einladung|registrieren)\/([\w-]{43})>/.exec(text)![1]!
      const found = await invitations
        .look(token, ['vault', 'house', 'staff'])
        .catch(() => undefined)
      if (found && found.state !== 'revoked') return token
    }
    throw new Error(`No letter to ${email}`)
  }
  const invite = (email = GUEST, more = {}) =>
    invitations.intoVault.invite(access, {
      ...{ email, role: 'contributor', until: null, locale: 'de', ...more },
    })
  const form = (more = {}) => ({
    ...{ fullName: 'Carla Client', username: 'carla', password: PASSWORD, locale: 'de' as const },
    ...more,
  })
  return {
    ...at,
    at,
    accounts,
    directory,
    invitations,
    make,
    owner,
    access,
    letters,
    tokenFor,
    invite,
    form,
  }
}

const state = async (work: Promise<unknown>) => (await refusalOf(work))?.facts?.state

test.group('invitations into a vault', () => {
  test('a client comes in once, with what the invitation says and nothing else', async ({
    assert,
    cleanup,
  }) => {
    const { invite, tokenFor, invitations, form, vaults, access, db, ledger, letters, owner } =
      await start({ cleanup })
    assert.equal(await invite(GUEST.toUpperCase(), { words: 'Bis Freitag bitte.' }), 'invited')
    const [letter] = await letters()
    assert.equal(letter.recipient, GUEST)
    for (const words of [
      'Anna Berger',
      String(access.vault.number),
      'Mandant Meier',
      'Bis Freitag bitte.',
    ]) {
      assert.include(letter.body_text.replace(/\s+/g, ' '), words)
    }
    const token = await tokenFor(GUEST)
    assert.notInclude(JSON.stringify(await db.from('invitations')), token)

    const before = JSON.stringify(await db.from('invitations'))
    const seen = await invitations.look(token, mailed)
    assert.deepInclude(seen, { state: 'open', hasAccount: false, email: GUEST })
    assert.equal(JSON.stringify(await db.from('invitations')), before, 'looking changes nothing')

    const forged = { ...form(), role: 'administrator', email: 'boss@firm.example' }
    const { account, isNew } = await invitations.accept(token, mailed, forged)
    assert.isTrue(isNew)
    assert.deepInclude(account, { email: GUEST, role: 'client', username: 'carla', locale: 'de' })
    const viewer = { id: account.id, name: account.fullName, role: account.role, mailboxes: [] }
    assert.equal((await vaults.open(access.vault.number, viewer)).role, 'contributor')

    assert.equal((await invitations.look(token, mailed)).state, 'used')
    const again = invitations.accept(token, mailed, form({ username: 'other' }))
    assert.equal(await state(again), 'used')
    assert.lengthOf(await db.from('users'), 2)
    const details = (await ledger.entries({ limit: 50 })).map(({ detail }) => detail)
    assert.deepInclude(details.at(-1), { what: 'member_added', actor: account.id })
    assert.deepInclude(details.at(-1)!.details, { role: 'contributor', invitedBy: owner.id })
    assert.deepInclude(details.at(-2), { what: 'account created', email: GUEST, by: account.id })
    assert.deepEqual((await ledger.verify()).problems, [])
  })

  test('works once, also for two who are quick', async ({ assert, cleanup }) => {
    const { invite, tokenFor, invitations, form, db } = await start({ cleanup })
    await invite()
    const token = await tokenFor(GUEST)
    const outcomes = await Promise.allSettled([
      invitations.accept(token, mailed, form()),
      invitations.accept(token, mailed, form({ username: 'second' })),
    ])
    const fulfilled = outcomes.filter(({ status }) => status === 'fulfilled')
    assert.lengthOf(fulfilled, 1)
    assert.lengthOf(await db.from('users'), 2)
    assert.lengthOf(await db.from('memberships'), 2)
  })

  test('people of the firm become staff and get their mailbox', async ({ assert, cleanup }) => {
    const { invite, tokenFor, invitations, form, accounts } = await start({ cleanup })
    await invite('new@firm.example')
    const token = await tokenFor('new@firm.example')
    const { account } = await invitations.accept(token, mailed, form())
    assert.equal(account.role, 'staff')
    assert.isTrue(await accounts.ownsMailbox(account.id, 'new@firm.example'))
  })

  test('who has an account is let in and told', async ({ assert, cleanup }) => {
    const { invite, make, vaults, access, letters, db } = await start({ cleanup })
    const client = await make(GUEST)
    assert.equal(await invite(GUEST, { role: 'reader' }), 'added')
    assert.equal((await vaults.open(access.vault.number, client)).role, 'reader')
    const [letter] = await letters()
    assert.deepInclude(letter, { kind: 'vault_shared', recipient: GUEST })
    assert.lengthOf(await db.from('invitations'), 0)
    assert.equal(await codeOf(invite(GUEST)), 'E_MEMBER')
    assert.lengthOf(await letters(), 1, 'a refused invitation mails nothing')
  })

  test('who registers meanwhile takes the link without registering again', async ({
    assert,
    cleanup,
  }) => {
    const { invite, make, tokenFor, invitations, form, vaults, access } = await start({ cleanup })
    await invite()
    const token = await tokenFor(GUEST)
    const client = await make(GUEST)
    assert.isTrue((await invitations.look(token, mailed)).hasAccount)
    const { account, isNew } = await invitations.accept(token, mailed, form({ password: 'x' }))
    assert.isFalse(isNew)
    assert.equal(account.id, client.id)
    assert.equal((await vaults.open(access.vault.number, client)).role, 'contributor')
  })

  test('invited twice: the newer role and link count; into two vaults: one registration opens both', async ({
    assert,
    cleanup,
  }) => {
    const { invite, tokenFor, invitations, form, vaults, access, owner, at } = await start({
      cleanup,
    })
    await invite()
    const old = await tokenFor(GUEST)
    at.clock.now = new Date(at.clock.now.getTime() + 1000)
    await invite(GUEST, { role: 'reader' })
    assert.equal((await invitations.look(old, mailed)).state, 'revoked')
    assert.equal(await state(invitations.accept(old, mailed, form())), 'revoked')
    assert.lengthOf(await invitations.intoVault.list(access), 1)
    const second = await vaults.create(owner, { name: 'Zweiter' })
    await invitations.intoVault.invite(second, {
      ...{ email: GUEST, role: 'editor', until: null, locale: 'en' },
    })
    const token = await tokenFor(GUEST)
    const { account } = await invitations.accept(token, mailed, form())
    const viewer = { id: account.id, name: account.fullName, role: account.role, mailboxes: [] }
    assert.equal((await vaults.open(access.vault.number, viewer)).role, 'reader')
    assert.equal((await vaults.open(second.vault.number, viewer)).role, 'editor')
    assert.lengthOf(await invitations.intoVault.list(access), 0)
  })

  test('dead when expired, revoked, its vault gone, its time over, its inviter locked out', async ({
    assert,
    cleanup,
  }) => {
    const all = await start({ cleanup })
    const { invite, tokenFor, invitations, form, access, db, at, make, directory, owner } = all
    await invite()
    const first = await tokenFor(GUEST)
    const begin = at.clock.now.getTime()
    at.clock.now = new Date(begin + 7 * DAY - 1)
    assert.equal((await invitations.look(first, mailed)).state, 'open')
    at.clock.now = new Date(begin + 7 * DAY)
    assert.equal(await state(invitations.accept(first, mailed, form())), 'expired')

    const [waiting] = await invitations.intoVault.list(access)
    await invitations.intoVault.resend(access, waiting!.id)
    assert.equal(await codeOf(invitations.look(first, mailed)), 'E_NO_INVITATION')
    const token = await tokenFor(GUEST)
    assert.equal((await invitations.look(token, mailed)).state, 'open')

    const gone = async (
      table: string,
      where: object,
      change: object,
      back: object,
      says: string
    ) => {
      await db.from(table).where(where).update(change)
      assert.equal(await state(invitations.accept(token, mailed, form())), says)
      await db.from(table).where(where).update(back)
      assert.equal((await invitations.look(token, mailed)).state, 'open')
    }
    const vault = { id: access.vault.id }
    await gone('vaults', vault, { trashed_at: 1 }, { trashed_at: null }, 'over')
    await gone('invitations', { email: GUEST }, { member_until: 1 }, { member_until: null }, 'over')
    const boss = await make('boss@firm.example', 'administrator')
    await directory.disable(owner.id, boss.id)
    assert.equal(await state(invitations.accept(token, mailed, form())), 'revoked')
    await directory.enable(owner.id, boss.id)

    await invitations.intoVault.revoke(access, waiting!.id)
    assert.equal(await state(invitations.accept(token, mailed, form())), 'revoked')
    assert.equal(await codeOf(invitations.intoVault.resend(access, waiting!.id)), 'E_NO_INVITATION')
    assert.lengthOf(await db.from('users').where('email', GUEST), 0)

    at.clock.now = new Date(at.clock.now.getTime() + 31 * DAY)
    await invitations.sweep()
    assert.lengthOf(await db.from('invitations'), 0)
    assert.equal(await codeOf(invitations.look(token, mailed)), 'E_NO_INVITATION')
  })

  test('a refused form leaves the link good and nothing behind: {$self.code}')
    .with([
      { code: 'E_USERNAME', wrong: { username: '' } },
      { code: 'E_USERNAME', wrong: { username: 'a@b' } },
      { code: 'E_USERNAME_TAKEN', wrong: { username: 'taken' } },
      { code: 'E_NAME', wrong: { fullName: 'x\r\nBcc: y@z.example' } },
      { code: 'E_PASSWORD', wrong: { password: 'elf zeichen' } },
      { code: 'E_PASSWORD_NAME', wrong: { password: 'carlaclientcarla' } },
    ])
    .run(async ({ assert, cleanup }, { code, wrong }) => {
      const { invite, tokenFor, invitations, form, db, accounts } = await start({ cleanup })
      await accounts.createUser(
        {
          email: 't@x.example',
          username: 'taken',
          fullName: 'T',
          role: 'client',
          password: PASSWORD,
        },
        'command line'
      )
      await invite()
      const token = await tokenFor(GUEST)
      // A line break in a name is white space, and becomes one; the letter's headers never see it.
      const outcome = await codeOf(invitations.accept(token, mailed, form(wrong)))
      if (code === 'E_NAME') {
        const row = await db.from('users').where('email', GUEST).first()
        assert.equal(row.full_name, 'x Bcc: y@z.example')
        return
      }
      assert.equal(outcome, code)
      assert.equal((await invitations.look(token, mailed)).state, 'open')
      assert.lengthOf(await db.from('users'), 2)
    })

  test('members invite nobody, and what is no address or role is refused', async ({
    assert,
    cleanup,
  }) => {
    const { invite, make, invitations, vaults, access, letters, db } = await start({ cleanup })
    const editor = await make('e@client.example')
    await invite('e@client.example', { role: 'editor' })
    const own = await vaults.open(access.vault.number, editor)
    const wanted = { email: GUEST, role: 'reader' as const, until: null, locale: 'de' as const }
    assert.equal(await codeOf(invitations.intoVault.invite(own, wanted)), 'E_ROLE')
    assert.equal(await codeOf(invitations.intoVault.list(own)), 'E_ROLE')
    const before = (await letters()).length
    for (const [more, code] of [
      [{ role: 'owner' }, 'E_MEMBER_ROLE'],
      [{ email: 'x' }, 'E_ADDRESS'],
      [{ until: new Date(0) }, 'E_PERIOD'],
      [{ words: 'x'.repeat(1001) }, 'E_WORDS'],
    ] as const) {
      assert.equal(await codeOf(invite(GUEST, more)), code)
    }
    assert.lengthOf(await letters(), before)
    assert.lengthOf(await db.from('invitations'), 0)
  })

  test('an administrator gives a reason, which the owner is told', async ({ assert, cleanup }) => {
    const { make, invitations, vaults, access, db } = await start({ cleanup })
    const boss = await make('boss@firm.example', 'administrator', 'Chris Chef')
    const kept = await vaults.care.open(access.vault.number, boss)
    const wanted = { email: GUEST, role: 'reader' as const, until: null, locale: 'de' as const }
    assert.equal(await codeOf(invitations.intoVault.invite(kept, wanted)), 'E_REASON_MISSING')
    await invitations.intoVault.invite(kept, { ...wanted, why: 'Vertretung im Urlaub' })
    const [letter] = await db.from('outbox').where('kind', 'vault_opened')
    assert.equal(letter.recipient, 'anna@firm.example')
    for (const words of ['Chris Chef', GUEST, 'Vertretung im Urlaub']) {
      assert.include(letter.body_text, words)
    }
  })

  test('an account cannot become a source of letters: sent anew counts, into vault and installation together', async ({
    assert,
    cleanup,
  }) => {
    const { invite, invitations, access, make, at } = await start({ cleanup })
    const { intoVault, intoHouse } = invitations
    const boss = await make('boss@firm.example', 'administrator')
    await invite()
    const { id } = (await intoVault.list(access))[0]!
    for (let sent = 1; sent < 50; sent++) await intoVault.resend(access, id)
    const wanted = { email: 'p@audit.example', role: 'auditor' as const, locale: 'de' as const }
    await intoHouse.invite(wanted, boss.id)
    await intoHouse.invite(wanted, access.viewer.id)
    const [waiting] = await intoHouse.list()
    for (let sent = 51; sent < 100; sent++) await intoHouse.resend(waiting!.id, access.viewer.id)
    const letters = await at.db.from('outbox').count('* as total')
    for (const work of [
      () => intoHouse.resend(waiting!.id, access.viewer.id),
      () => intoHouse.invite({ ...wanted, email: 'q@audit.example' }, access.viewer.id),
      () => intoVault.resend(access, id),
      () => invite('next@client.example'),
      () => invite('boss@firm.example'),
    ]) {
      assert.equal(await codeOf(work()), 'E_TOO_MANY')
    }
    assert.deepEqual(await at.db.from('outbox').count('* as total'), letters)
    await intoHouse.resend(waiting!.id, boss.id)

    at.clock.now = new Date(at.clock.now.getTime() + DAY)
    await intoHouse.resend(waiting!.id, access.viewer.id)
    await invitations.sweep()
    assert.lengthOf(await at.db.from('invitation_letters'), 1, 'others are forgotten')
  })
})

test.group('other ways in', () => {
  test('an administrator invites into the installation with a role', async ({
    assert,
    cleanup,
  }) => {
    const { make, invitations, tokenFor, form, letters } = await start({ cleanup })
    const boss = await make('boss@firm.example', 'administrator')
    const wanted = { email: 'p@audit.example', role: 'auditor' as const, locale: 'en' as const }
    await invitations.intoHouse.invite(wanted, boss.id)
    const [letter] = await letters()
    assert.include(letter.subject, 'invites you into Webtresor')
    const token = await tokenFor('p@audit.example')
    assert.equal(await codeOf(invitations.accept(token, ['staff'], form())), 'E_NO_INVITATION')
    const { account } = await invitations.accept(token, mailed, form())
    assert.equal(account.role, 'auditor')
    assert.equal(await codeOf(invitations.intoHouse.invite(wanted, boss.id)), 'E_EMAIL_TAKEN')
  })

  test('staff sign up by a link that only their mailbox gets', async ({ assert, cleanup }) => {
    const { invitations, letters, tokenFor, form, accounts, at, db } = await start({ cleanup })
    for (const nobody of ['x@client.example', 'no address', 'x@firm.example.evil.example']) {
      await invitations.askToRegister(nobody, 'de')
    }
    assert.lengthOf(await letters(), 0)
    await invitations.askToRegister('ANNA@firm.example', 'de')
    const [known] = await letters()
    assert.deepInclude(known, { kind: 'has_account', recipient: 'anna@firm.example' })

    await invitations.askToRegister('neu@firm.example', 'de')
    const first = await tokenFor('neu@firm.example')
    at.clock.now = new Date(at.clock.now.getTime() + 1000)
    await invitations.askToRegister('neu@firm.example', 'de')
    const staff: InvitationKind[] = ['staff']
    assert.equal((await invitations.look(first, staff)).state, 'revoked')
    const token = await tokenFor('neu@firm.example')
    assert.equal(await codeOf(invitations.look(token, mailed)), 'E_NO_INVITATION')

    const begin = at.clock.now.getTime()
    at.clock.now = new Date(begin + DAY)
    assert.equal(await state(invitations.accept(token, staff, form())), 'expired')
    at.clock.now = new Date(begin + DAY - 1)
    await accounts.addDomain('other.example', 'command line')
    await accounts.removeDomain('firm.example', 1)
    assert.equal(await state(invitations.accept(token, staff, form())), 'over')
    await accounts.addDomain('firm.example', 'command line')
    const { account } = await invitations.accept(token, staff, form())
    assert.equal(account.role, 'staff')
    assert.isTrue(await accounts.ownsMailbox(account.id, 'neu@firm.example'))
    assert.lengthOf(await db.from('invitations').whereNotNull('used_at'), 1)
  })

  test('a guessed token opens nothing', async ({ assert, cleanup }) => {
    const { invite, invitations, form } = await start({ cleanup })
    await invite()
    for (const token of ['', 'x', 'A'.repeat(43), '%', "' OR 1=1 --", 'a'.repeat(10_000)]) {
      assert.equal(await codeOf(invitations.accept(token, mailed, form())), 'E_NO_INVITATION')
    }
  })
})
