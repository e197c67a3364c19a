import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import { sessionKey } from '#accounts'
import { PASSWORD } from './fresh_accounts.ts'
import { freshFactors, visit } from './fresh_factors.ts'

const HOUR = 60 * 60 * 1000
const NEXT = 'grüne Gießkanne im Hof'

type House = Awaited<ReturnType<typeof freshFactors>>

async function session({ sessions, account }: House) {
  const id = randomUUID()
  const content = { data: {}, accountId: account.id, complete: true, remembered: false }
  await sessions.begin(id, content, visit)
  return id
}

async function letters({ db }: House) {
  return db.from('outbox').orderBy('queued_at')
}

async function token(house: House): Promise<string> {
  const [last] = (await letters(house)).slice(-1)
  return /<https:\/\/tresor\.firm\.example\/passwort\/([\w-]+)>/.exec(last.body_text)![1]!
}

test.group('a forgotten password', () => {
  test('is replaced by a link, once, which ends all sessions and says so', async ({
    assert,
    cleanup,
  }) => {
    const house = await freshFactors({ cleanup })
    const { resets, accounts, account, sessions, told, configured, db } = house
    const open = await session(house)
    await resets.answer(await resets.request(' ANNA@firm.example', visit))
    const link = await token(house)
    assert.notInclude(JSON.stringify(await db.from('password_resets')), link)
    assert.isTrue(await resets.isOpen(link))
    assert.isFalse(await resets.isOpen(`${link}x`))

    const weak = await resets.redeem(link, 'passwort1234', visit).catch((e) => e)
    assert.equal(weak.code, 'E_PASSWORD_COMMON')
    const answers = await Promise.allSettled([
      resets.redeem(link, NEXT, visit),
      resets.redeem(link, `${NEXT}!`, visit),
    ])
    assert.lengthOf(
      answers.filter((answer) => answer.status === 'fulfilled'),
      1
    )
    const again = await resets.redeem(link, NEXT, visit).catch((e) => e)
    assert.equal(again.code, 'E_RESET')
    assert.isNull(await accounts.authenticate(account.email, PASSWORD))
    assert.isNull(await sessions.read(open))
    assert.deepEqual(await told(), ['reset_requested', 'password_changed'])
    assert.deepInclude((await configured()).at(-1), { what: 'password reset', sessions: 1 })
  })

  test('links end after an hour, by a newer one, and when the account is disabled', async ({
    assert,
    cleanup,
  }) => {
    const house = await freshFactors({ cleanup })
    const { resets, clock, db } = house
    await resets.answer(await resets.request('anna@firm.example', visit))
    const older = await token(house)
    clock.at += 1
    await resets.answer(await resets.request('anna@firm.example', visit))
    const newer = await token(house)
    assert.isFalse(await resets.isOpen(older))
    clock.at += HOUR - 1
    assert.isTrue(await resets.isOpen(newer))
    clock.at += 1
    assert.isFalse(await resets.isOpen(newer))
    await resets.answer(await resets.request('anna@firm.example', visit))
    await db.from('users').update({ disabled_at: 1 })
    assert.isFalse(await resets.isOpen(await token(house)))
  })

  test('of nobody and of disabled accounts leaves nothing', async ({ assert, cleanup }) => {
    const house = await freshFactors({ cleanup })
    await house.db.from('users').update({ disabled_at: 1 })
    for (const login of ['anna@firm.example', 'niemand@firm.example', 'niemand', '', '@', "' OR 1"])
      await house.resets.answer(await house.resets.request(login, visit))
    assert.lengthOf(await letters(house), 0)
    assert.lengthOf(await house.db.from('password_resets'), 0)
  })

  test('is told in the reader’s language, as text and as HTML that harms nothing', async ({
    assert,
    cleanup,
  }) => {
    const house = await freshFactors({ cleanup })
    const { db, resets } = house
    await db.from('users').update({ locale: 'en', full_name: 'Anna <img src=x>\nBcc: x@y.example' })
    await resets.answer(await resets.request('anna@firm.example', visit))
    const [letter] = await letters(house)
    assert.equal(letter.subject, 'Webtresor: Choose a new password')
    assert.include(letter.body_text, 'Firefox on Linux')
    assert.include(letter.body_text, '203.0.113.0/24')
    assert.notMatch(letter.body_text, /^Bcc:/m)
    assert.notInclude(letter.body_html, '<img')
  })
})

test.group('a profile', () => {
  test('takes name, user name and language, and says in the ledger what it was', async ({
    assert,
    cleanup,
  }) => {
    const { profile, account, accounts, person, configured } = await freshFactors({ cleanup })
    const wanted = { fullName: ' Anna  Berger-Roth ', username: 'Anna.B', locale: 'en' as const }
    assert.isTrue(await profile.change(account.id, wanted))
    assert.isFalse(await profile.change(account.id, wanted))
    assert.deepInclude(await profile.of(account.id), {
      fullName: 'Anna Berger-Roth',
      username: 'anna.b',
      locale: 'en',
    })
    assert.deepEqual((await configured()).at(-1), {
      what: 'profile changed',
      account: account.id,
      from: { full_name: 'Anna Berger', username: null, locale: null },
      to: { full_name: 'Anna Berger-Roth', username: 'anna.b', locale: 'en' },
      by: account.id,
    })
    const other = await accounts.createUser(person({ email: 'b@firm.example' }), 'command line')
    const taken = await profile
      .change(other.id, { ...wanted, fullName: 'B', username: 'ANNA.B' })
      .catch((e) => e)
    assert.equal(taken.code, 'E_USERNAME_TAKEN')
    const unknown = await profile
      .change(other.id, { ...wanted, username: null, locale: 'fr' as 'de' })
      .catch((e) => e)
    assert.equal(unknown.code, 'E_LANGUAGE')
  })

  test('changes the password with the old one only, and ends the other sessions', async ({
    assert,
    cleanup,
  }) => {
    const house = await freshFactors({ cleanup })
    const { profile, account, accounts, sessions, resets, told } = house
    const [mine, other] = [await session(house), await session(house)]
    await resets.answer(await resets.request(account.email, visit))
    const link = await token(house)
    const change = (old: string, wanted: string) =>
      profile.changePassword(account.id, { old, wanted, keep: sessionKey(mine) }, visit)
    assert.equal((await change('falsch falsch', NEXT).catch((e) => e)).code, 'E_OLD_PASSWORD')
    assert.equal((await change(PASSWORD, 'kurz').catch((e) => e)).code, 'E_PASSWORD')
    await change(PASSWORD, NEXT)
    assert.isNotNull(await accounts.authenticate(account.email, NEXT))
    assert.isNotNull(await sessions.read(mine))
    assert.isNull(await sessions.read(other))
    assert.isFalse(await resets.isOpen(link), 'a link that somebody asked for before')
    assert.deepEqual(await told(), ['reset_requested', 'password_changed'])
  })
})

test.group('devices', () => {
  test('are told once when they are new, each to its own account', async ({ assert, cleanup }) => {
    const { devices, accounts, person, account, told, clock, db } = await freshFactors({ cleanup })
    const first = await devices.recognise(account.id, undefined, visit)
    assert.deepEqual(await told(), ['new_device'])
    assert.equal(await devices.recognise(account.id, first, visit), first)
    const other = await accounts.createUser(person({ email: 'b@firm.example' }), 'command line')
    assert.equal(await devices.recognise(other.id, first, visit, true), first)
    assert.lengthOf(await told(), 1)
    assert.notInclude(JSON.stringify(await db.from('known_devices')), first)
    clock.at += 366 * 24 * HOUR
    await devices.recognise(other.id, undefined, visit)
    await devices.recognise(account.id, first, visit)
    assert.lengthOf(await told(), 3)
  })
})
